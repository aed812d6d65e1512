using Entitlements.Portal.Tests.Browser;
using Microsoft.Playwright;

namespace Entitlements.Portal.Tests;

/// <summary>What the auditor, the data protection officer and the service desk look up.</summary>
public sealed class RecordsTests(Browser.Portal portal)
{
    [Fact]
    public async Task An_officer_who_is_refused_tells_the_desk_a_reference_and_the_desk_sees_why_and_not_who()
    {
        await using var officer = await portal.OnPhoneAsync();
        await officer.SignInAsync("northvale-0310", "/my/crisis-line");
        await officer.TapAsync(officer.By(AriaRole.Button, "Get a reference"));
        var told = await officer.Page.GetByText("Your reference is").InnerTextAsync();
        await Pictures.TakeAsync(officer.Page, "refusal-reference");
        var reference = told.Split("Your reference is ")[1].Split('.')[0];

        await using var desk = await portal.OnDeskAsync();
        await desk.SignInAsync("northvale-service-desk", "/refusals");
        await desk.TapAsync(desk.By(AriaRole.Button, "Look it up"));
        await Assertions.Expect(desk.Page.GetByText("Enter the reference").First).ToBeVisibleAsync();
        await desk.Page.GetByLabel("Reference").FillAsync("0000-0000-0000");
        await desk.TapAsync(desk.By(AriaRole.Button, "Look it up"));
        await Assertions.Expect(desk.Page.GetByText("There is no refusal with this reference").First).ToBeVisibleAsync();
        await desk.Page.GetByLabel("Reference").FillAsync(reference.ToLowerInvariant().Replace('-', ' '));
        await desk.TapAsync(desk.By(AriaRole.Button, "Look it up"));
        await Assertions.Expect(desk.Page.GetByText("You do not hold a role that opens this at the moment.")).ToBeVisibleAsync();
        await Assertions.Expect(desk.Page.GetByText("northvale-0310")).Not.ToBeVisibleAsync();
        await Pictures.TakeAsync(desk.Page, "refusal-desk");
        await Accessibility.CheckAsync(desk.Page, "refusal");
    }

    [Fact]
    public async Task The_records_are_searched_by_what_who_and_when()
    {
        await using var dpo = await portal.OnDeskAsync();
        await dpo.SignInAsync("northvale-dpo", "/records");
        await Pictures.TakeAsync(dpo.Page, "records");
        await dpo.TapAsync(dpo.Page.GetByText("Search the records"));
        await dpo.Page.GetByLabel("What happened").SelectOptionAsync("change.");
        await dpo.Page.GetByLabel("Who did it").FillAsync("northvale-app-owner");
        await dpo.Page.GetByRole(AriaRole.Group, new() { Name = "First day" }).GetByLabel("Day").FillAsync("31");
        await dpo.TapAsync(dpo.By(AriaRole.Button, "Search"));
        await Assertions.Expect(dpo.Page.GetByText("Enter a real date").First).ToBeVisibleAsync();
        await Pictures.TakeAsync(dpo.Page, "records-error");
        await Assertions.Expect(dpo.Page.GetByLabel("Who did it")).ToHaveValueAsync("northvale-app-owner");
        await dpo.Page.GetByRole(AriaRole.Group, new() { Name = "First day" }).GetByLabel("Day").FillAsync("");
        await dpo.TapAsync(dpo.By(AriaRole.Button, "Search"));
        await Assertions.Expect(dpo.By(AriaRole.Rowheader, "A change was proposed").First).ToBeVisibleAsync();
        await Assertions.Expect(dpo.By(AriaRole.Rowheader, "A role was given")).ToHaveCountAsync(0);
        await dpo.TapAsync(dpo.Page.Locator("tbody a").First);
        await dpo.Page.WaitForURLAsync("**/changes/*");

        await using var auditor = await portal.OnPhoneAsync();
        await auditor.SignInAsync("northvale-auditor", "/records");
        await Pictures.TakeAsync(auditor.Page, "records-phone");
    }

    [Fact]
    public async Task The_dpo_sees_what_is_pressing_and_the_auditor_the_requests_in_numbers()
    {
        await using var officer = await portal.OnPhoneAsync();
        await officer.SignInAsync("northvale-0311", "/my/crisis-line/ask");
        await officer.Page.GetByLabel("Why do you need it?").FillAsync("Joins the team on Monday");
        await officer.TapAsync(officer.By(AriaRole.Button, "Send the request"));

        await using var dpo = await portal.OnDeskAsync();
        await dpo.SignInAsync("northvale-dpo", "/dpias");
        await Assertions.Expect(dpo.By(AriaRole.Rowheader, "Call recorder")).ToBeVisibleAsync();
        await Pictures.TakeAsync(dpo.Page, "dpias");

        await using var auditor = await portal.OnDeskAsync();
        await auditor.SignInAsync("northvale-auditor", "/reports/requests");
        await Pictures.TakeAsync(auditor.Page, "request-numbers");
        await auditor.Page.GetByLabel("First month").SelectOptionAsync(new SelectOptionValue { Index = 0 });
        await auditor.Page.GetByLabel("Last month").SelectOptionAsync(new SelectOptionValue { Index = 1 });
        await auditor.TapAsync(auditor.By(AriaRole.Button, "Show"));
        await Assertions.Expect(auditor.Page.GetByText("The last month must not be before the first").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task How_an_app_stood_and_what_a_person_held_is_looked_up_by_day()
    {
        var today = TimeProvider.System.GetUtcNow();
        await using var dpo = await portal.OnDeskAsync();
        await dpo.SignInAsync("northvale-dpo", "/apps/call-recorder");
        await dpo.TapAsync(dpo.By(AriaRole.Link, "See how it stood on another day"));
        await ShowAsync(today.AddYears(1));
        await Assertions.Expect(dpo.Page.GetByText("Enter a real date that is not in the future").First).ToBeVisibleAsync();
        await ShowAsync(today.AddDays(-400));
        await Assertions.Expect(dpo.Page.GetByText("Nothing of it had been published by then")).ToBeVisibleAsync();
        await ShowAsync(today);
        await Assertions.Expect(dpo.Page.GetByText("As it was published")).ToBeVisibleAsync();
        await Pictures.TakeAsync(dpo.Page, "app-then");
        await Accessibility.CheckAsync(dpo.Page, "app then");

        await dpo.Page.GotoAsync("/records/person/northvale-0001");
        await ShowAsync(today);
        await Assertions.Expect(dpo.By(AriaRole.Rowheader, "Hostage negotiator")).ToBeVisibleAsync();
        await Pictures.TakeAsync(dpo.Page, "person-then");
        await Accessibility.CheckAsync(dpo.Page, "person then");

        async Task ShowAsync(DateTimeOffset day)
        {
            await dpo.Page.GetByLabel("Day", new() { Exact = true }).FillAsync(FormattableString.Invariant($"{day.Day}"));
            await dpo.Page.GetByLabel("Month").FillAsync(FormattableString.Invariant($"{day.Month}"));
            await dpo.Page.GetByLabel("Year").FillAsync(FormattableString.Invariant($"{day.Year}"));
            await dpo.TapAsync(dpo.By(AriaRole.Button, "Show"));
        }
    }
}
