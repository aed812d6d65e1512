using Entitlements.Portal.Tests.Browser;
using Microsoft.Playwright;

namespace Entitlements.Portal.Tests;

/// <summary>The incident, as people would live through it with the product.</summary>
public sealed class IncidentTests(Browser.Portal portal)
{
    [Fact]
    public async Task An_officer_asks_at_night_is_approved_on_a_phone_and_downloads_over_a_slow_line()
    {
        await using var officer = await portal.OnPhoneAsync();
        await officer.SignInAsync("northvale-0400");
        await officer.ThrottleAsync(kilobitsPerSecond: 400);
        officer.StartCounting();
        await officer.TapAsync(officer.By(AriaRole.Link, "Call recorder"));
        await officer.TapAsync(officer.By(AriaRole.Button, "It is urgent"));
        await officer.Page.GetByLabel("Why do you need it?").FillAsync("Armed man in a house in Dock Street, two children with him");
        await officer.TapAsync(officer.Page.GetByLabel("I will keep to it, and accept it within 24 hours"));
        await officer.TapAsync(officer.By(AriaRole.Button, "Send the request"));
        var request = officer.Page.Url.Split('/')[^1];
        await Pictures.TakeAsync(officer.Page, "urgent-officer-waits");

        await using var approver = await portal.OnPhoneAsync();
        await approver.SignInAsync("northvale-approver-1", $"/approvals/{request}"); // by the link of the message: one tap, counted below
        Assert.True(officer.Taps + 1 + approver.Taps <= 6, $"{officer.Taps} taps of the officer, 1 on the link and {approver.Taps} to sign in");
        Assert.True(approver.Bytes <= 60_000, $"The first visit to the decision took {approver.Bytes} bytes");
        Figures.Note("approver: link to decision page, first visit", approver);
        await Pictures.TakeAsync(approver.Page, "approver-decide");
        await Accessibility.CheckAsync(approver.Page, "decision");
        await approver.TapAsync(approver.Page.GetByLabel("Needed for a live operation"));
        await approver.TapAsync(approver.By(AriaRole.Button, "Approve"));
        Assert.True(approver.Taps + 1 <= 4, $"{approver.Taps} taps and the link");
        await approver.Page.GetByText("Your approval counts").WaitForAsync();
        await Pictures.TakeAsync(approver.Page, "approver-decided");
        Figures.Note("approver: link to approved", approver);

        await officer.Page.ReloadAsync();
        await officer.TapAsync(officer.By(AriaRole.Button, "Get the app"));
        var (_, bytes) = await officer.DownloadAsync(officer.By(AriaRole.Button, "Download"));
        Assert.Equal("PK"u8.ToArray(), bytes[..2]);
        Figures.Note("officer: urgent request to download at 400 kbit/s", officer);
    }

    [Fact]
    public async Task Who_asks_in_working_hours_reads_the_guidance_before_anybody_decides()
    {
        await using var officer = await portal.OnPhoneAsync();
        await officer.SignInAsync("northvale-0401", "/my/call-recorder/ask");
        await officer.Page.GetByLabel("Why do you need it?").FillAsync("Course next week");
        await officer.TapAsync(officer.By(AriaRole.Button, "Send the request"));
        await officer.TapAsync(officer.By(AriaRole.Link, "Read and accept it")); // an ordinary request waits for the guidance
        await Pictures.TakeAsync(officer.Page, "officer-guidance");
        Assert.True(await officer.Page.GetByRole(AriaRole.Radio).CountAsync() > 0);
    }

    [Fact]
    public async Task Who_comes_too_late_is_told_that_somebody_else_has_decided()
    {
        await using var officer = await portal.OnPhoneAsync();
        await officer.SignInAsync("northvale-0402", "/my/crisis-line/ask");
        await officer.Page.GetByLabel("Why do you need it?").FillAsync("Joins the team on Monday");
        await officer.TapAsync(officer.By(AriaRole.Button, "Send the request"));
        var page = $"/approvals/{officer.Page.Url.Split('/')[^1]}";

        await using var first = await portal.OnPhoneAsync();
        await first.SignInAsync("northvale-approver-1", page);
        await using var late = await portal.OnPhoneAsync();
        late.Expect("409");
        await late.SignInAsync("northvale-approver-2", page);
        foreach (var approver in new[] { first, late })
        {
            await approver.TapAsync(approver.Page.GetByLabel("Needed for their role, and they are qualified"));
            await approver.TapAsync(approver.By(AriaRole.Button, "Approve"));
        }
        await Assertions.Expect(first.Page.GetByText("Your approval counts")).ToBeVisibleAsync();
        await Assertions.Expect(late.Page.GetByText("Somebody else has already decided this")).ToBeVisibleAsync();
        await Assertions.Expect(late.By(AriaRole.Button, "Approve")).Not.ToBeVisibleAsync();
    }

    [Fact]
    public async Task Opening_an_app_to_everybody_is_stopped_by_whoever_has_to_type_the_number()
    {
        await using (var desk = new Api(portal.Url))
        {
            await desk.SendAsync(
                "northvale-app-owner",
                HttpMethod.Put,
                "/v1/apps/crisis-line/rules/northvale",
                new
                {
                    roles = new[] { "officer" },
                    device = "known",
                    in_force_until = TimeProvider.System.GetUtcNow().AddDays(90),
                    reason = "So that nobody has to ask",
                }
            );
        }
        await using var approver = await portal.OnDeskAsync();
        approver.Expect("400");
        await approver.SignInAsync("northvale-approver-2", "/changes");
        await approver.TapAsync(approver.Page.GetByRole(AriaRole.Link, new() { Name = "Who can have an app" }).First);
        await Assertions.Expect(approver.Page.GetByText("1,200 people")).ToBeVisibleAsync();
        await Pictures.TakeAsync(approver.Page, "change-vote");
        await Accessibility.CheckAsync(approver.Page, "change");
        await approver.Page.GetByLabel("type how many people").FillAsync("12");
        await approver.Page.GetByLabel("Why?").FillAsync("Looks fine");
        await approver.TapAsync(approver.By(AriaRole.Button, "Vote for it"));
        await Assertions.Expect(approver.Page.GetByText("That is not the number shown above").First).ToBeVisibleAsync();
        await Pictures.TakeAsync(approver.Page, "change-vote-error");
        await approver.Page.GetByLabel("Why?").FillAsync("Negotiators only: it reaches everybody");
        await approver.TapAsync(approver.By(AriaRole.Button, "Reject it"));
        await Assertions.Expect(approver.Page.GetByText("You rejected the change")).ToBeVisibleAsync();
        await Pictures.TakeAsync(approver.Page, "change-rejected");
    }

    [Fact]
    public async Task A_recall_ends_it_for_everybody_with_the_next_tap()
    {
        await using var officer = await portal.OnPhoneAsync();
        await officer.SignInAsync("northvale-0500", "/my/pocket-notebook");
        await Assertions.Expect(officer.By(AriaRole.Button, "Download")).ToBeVisibleAsync();

        await using var dpo = await portal.OnDeskAsync();
        await dpo.SignInAsync("northvale-app-owner", "/apps/pocket-notebook");
        await Pictures.TakeAsync(dpo.Page, "app-history");
        await dpo.TapAsync(dpo.Page.GetByLabel("Recall it for good"));
        await dpo.Page.GetByLabel("Why?").FillAsync("It records calls");
        await dpo.TapAsync(dpo.By(AriaRole.Button, "Do it now"));
        await Assertions.Expect(dpo.Page.GetByText("It is in force everywhere")).ToBeVisibleAsync();
        Figures.Note("recall an app, sign-in included", dpo);

        officer.Expect("403");
        await officer.TapAsync(officer.By(AriaRole.Button, "Download"));
        await Assertions.Expect(officer.Page.GetByText("This app has been recalled. Nobody may use it.").First).ToBeVisibleAsync();
        await Pictures.TakeAsync(officer.Page, "officer-recalled");
    }
}
