using Entitlements.Portal.Tests.Browser;
using Microsoft.Playwright;

namespace Entitlements.Portal.Tests;

/// <summary>What an app's owner writes down about it: its record, its DPIA, its guidance.</summary>
public sealed class AppOwnerTests(Browser.Portal portal)
{
    [Fact]
    public async Task An_app_is_made_as_a_draft_and_its_record_altered()
    {
        await using var owner = await portal.OnDeskAsync();
        owner.Expect("400");
        owner.Expect("409");
        await owner.SignInAsync("northvale-app-owner", "/apps");
        await owner.TapAsync(owner.By(AriaRole.Link, "New app"));
        await owner.TapAsync(owner.By(AriaRole.Button, "Make the draft"));
        await Assertions.Expect(owner.By(AriaRole.Link, "Enter a short name for addresses")).ToBeVisibleAsync();
        await Accessibility.CheckAsync(owner.Page, "new app, nothing entered");
        await owner.Page.GetByLabel("Short name for addresses").FillAsync("Drone Viewer");
        await owner.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Drone viewer");
        await owner.TapAsync(owner.Page.GetByLabel("High risk"));
        await owner.TapAsync(owner.By(AriaRole.Button, "Make the draft"));
        await Assertions.Expect(owner.Page.GetByText("A short name is small letters").First).ToBeVisibleAsync();
        await owner.Page.GetByLabel("Short name for addresses").FillAsync("call-rec0rder"); // looks like another
        await owner.TapAsync(owner.By(AriaRole.Button, "Make the draft"));
        await Assertions.Expect(owner.By(AriaRole.Link, "This short name cannot be used")).ToBeVisibleAsync();
        await Pictures.TakeAsync(owner.Page, "app-new");
        await owner.Page.GetByLabel("Short name for addresses").FillAsync("drone-viewer");
        await owner.TapAsync(owner.By(AriaRole.Button, "Make the draft"));
        await Assertions.Expect(owner.Page.GetByText("nobody can have it yet. This page says what is missing")).ToBeVisibleAsync();
        await Pictures.TakeAsync(owner.Page, "app-draft");

        await owner.TapAsync(owner.By(AriaRole.Link, "Change its record"));
        await owner.Page.GetByLabel("Most phones of one person").FillAsync("many");
        await owner.TapAsync(owner.By(AriaRole.Button, "Save or propose"));
        await Assertions.Expect(owner.By(AriaRole.Link, "Enter a number from 1 to 1000")).ToBeVisibleAsync();
        await owner.Page.GetByLabel("Most phones of one person").FillAsync("2");
        await owner.TapAsync(owner.By(AriaRole.Button, "Save or propose"));
        await Assertions.Expect(owner.Page.GetByText("Changed. It is in force")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_dpia_is_proposed_from_the_one_that_stands_and_read_in_words()
    {
        await using var owner = await portal.OnDeskAsync();
        owner.Expect("400");
        await owner.SignInAsync("northvale-app-owner", "/apps/call-recorder");
        await owner.TapAsync(owner.By(AriaRole.Link, "Propose a DPIA"));
        await Assertions.Expect(owner.Page.GetByLabel("It may be used")).ToBeCheckedAsync();
        await owner.TapAsync(owner.By(AriaRole.Button, "Propose it"));
        await Assertions.Expect(owner.By(AriaRole.Link, "Enter a real review date, such as 27 3 2027")).ToBeVisibleAsync();
        await Accessibility.CheckAsync(owner.Page, "DPIA, wrong");
        await owner.Page.GetByLabel("Day", new() { Exact = true }).FillAsync("27");
        await owner.Page.GetByLabel("Month").FillAsync("3");
        await owner.Page.GetByLabel("Year").FillAsync((TimeProvider.System.GetUtcNow().Year + 2).ToString(System.Globalization.CultureInfo.InvariantCulture));
        await owner.Page.GetByLabel("Days after it").FillAsync("99");
        await owner.Page.GetByLabel("What does this rest on?").FillAsync("Reviewed with the data protection officer");
        await owner.TapAsync(owner.By(AriaRole.Button, "Propose it"));
        await Assertions.Expect(owner.By(AriaRole.Link, "Enter a number of days, 0 to 30")).ToBeVisibleAsync();
        await Assertions.Expect(owner.Page.GetByLabel("What does this rest on?")).ToHaveValueAsync("Reviewed with the data protection officer");
        await Pictures.TakeAsync(owner.Page, "dpia");
        await owner.Page.GetByLabel("Days after it").FillAsync("14");
        await owner.TapAsync(owner.By(AriaRole.Button, "Propose it"));
        await Assertions.Expect(owner.Page.GetByText("Proposed. It is in force when the data protection officer")).ToBeVisibleAsync();
        await Assertions.Expect(owner.Page.GetByText("it may be used", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(owner.Page.GetByText("14 days", new() { Exact = true })).ToBeVisibleAsync();
        await owner.TapAsync(owner.By(AriaRole.Link, "Try it out on the last 90 days"));
        await Assertions.Expect(owner.Page.GetByText("in the last 90 days").First).ToBeVisibleAsync();
        await Pictures.TakeAsync(owner.Page, "change-words");
        await Accessibility.CheckAsync(owner.Page, "change in words");
    }

    [Fact]
    public async Task Guidance_is_put_right_question_by_question()
    {
        await using var owner = await portal.OnDeskAsync();
        owner.Expect("400");
        await owner.SignInAsync("northvale-app-owner", "/apps/pocket-notebook");
        await owner.TapAsync(owner.By(AriaRole.Link, "What people read and accept before they get it"));
        await owner.Page.GetByLabel("The text in English").FillAsync("Write down what you saw.\n\nNothing else.");
        await owner.Page.GetByLabel("The text in Welsh").FillAsync("Ysgrifennwch yr hyn a welsoch.");
        for (var n = 0; n < 4; n++)
        {
            await owner.TapAsync(owner.By(AriaRole.Button, "Add a question"));
            var question = owner.Page.GetByRole(AriaRole.Group, new() { Name = $"Question {n + 1}" });
            await question.GetByLabel("In English", new() { Exact = true }).FillAsync($"What {n}?");
            await question.GetByLabel("In Welsh", new() { Exact = true }).FillAsync($"Beth {n}?");
            foreach (var choice in new[] { 1, 3 }) // one is left empty between them
            {
                await question.GetByLabel($"Answer {choice} in English").FillAsync($"That {choice}");
                await question.GetByLabel($"Answer {choice} in Welsh").FillAsync($"Hynny {choice}");
            }
            await question.GetByLabel("Number of the right answer").FillAsync(n == 3 ? "" : "3");
        }
        await owner.TapAsync(owner.By(AriaRole.Button, "Remove question 1"));
        await Assertions
            .Expect(owner.Page.GetByRole(AriaRole.Group, new() { Name = "Question 1" }).GetByLabel("In English", new() { Exact = true }))
            .ToHaveValueAsync("What 1?");
        await Assertions
            .Expect(owner.Page.GetByRole(AriaRole.Group, new() { Name = "Question 1" }).GetByLabel("Number of the right answer"))
            .ToHaveValueAsync("2");
        await owner.TapAsync(owner.By(AriaRole.Button, "Propose it"));
        await Assertions.Expect(owner.By(AriaRole.Link, "Enter the number of the right answer")).ToBeVisibleAsync();
        await Pictures.TakeAsync(owner.Page, "guidance-text");
        await Accessibility.CheckAsync(owner.Page, "guidance text, wrong");
        await owner.Page.GetByRole(AriaRole.Group, new() { Name = "Question 3" }).GetByLabel("Number of the right answer").FillAsync("1");
        await owner.TapAsync(owner.By(AriaRole.Button, "Propose it"));
        await Assertions.Expect(owner.Page.GetByText("Proposed. It is in force when others have voted for it")).ToBeVisibleAsync();
        await Assertions.Expect(owner.Page.GetByText("Write down what you saw.").First).ToBeVisibleAsync();
    }
}
