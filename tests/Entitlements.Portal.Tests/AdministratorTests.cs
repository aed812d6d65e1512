using Entitlements.Portal.Tests.Browser;
using Microsoft.Playwright;

namespace Entitlements.Portal.Tests;

/// <summary>What those with functions do: give and end roles.</summary>
public sealed class AdministratorTests(Browser.Portal portal)
{
    [Fact]
    public async Task A_restricted_role_is_proposed_voted_on_and_ended()
    {
        await using var admin = await portal.OnDeskAsync();
        admin.Expect("400");
        await admin.SignInAsync("northvale-role-admin", "/roles");
        await admin.TapAsync(admin.By(AriaRole.Link, "Hostage negotiator"));
        await Pictures.TakeAsync(admin.Page, "role");
        var give = admin.Page.Locator("#give");
        await admin.TapAsync(give.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("Enter who is to hold it").First).ToBeVisibleAsync();
        await give.GetByLabel("Person").FillAsync("northvale-0600");
        await give.GetByLabel("Why?").FillAsync("Passed the course");
        await admin.TapAsync(give.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("It takes effect when others have voted for it")).ToBeVisibleAsync();
        var change = new Uri(admin.Page.Url).AbsolutePath;

        await using var approver = await portal.OnDeskAsync();
        await approver.SignInAsync("northvale-approver-1", change);
        var after = await approver.Page.Locator("tr", new() { HasText = "After" }).Locator("td").InnerTextAsync();
        await approver.Page.GetByLabel("type how many people").FillAsync(after.Split(' ')[0]);
        await approver.Page.GetByLabel("Why?").FillAsync("Seen the certificate");
        await approver.TapAsync(approver.By(AriaRole.Button, "Vote for it"));
        await Assertions.Expect(approver.Page.GetByText("Your vote counts")).ToBeVisibleAsync();

        await using var dpo = await portal.OnDeskAsync();
        await dpo.SignInAsync("northvale-dpo", change);
        if (await dpo.By(AriaRole.Button, "Vote for it").CountAsync() > 0) // the role opens an app of high risk
        {
            await dpo.Page.GetByLabel("type how many people").FillAsync(after.Split(' ')[0]);
            await dpo.Page.GetByLabel("Why?").FillAsync("Within the assessment");
            await dpo.TapAsync(dpo.By(AriaRole.Button, "Vote for it"));
        }
        await Assertions.Expect(dpo.Page.GetByText("In force", new() { Exact = true })).ToBeVisibleAsync();

        await admin.Page.GotoAsync("/roles/hostage-negotiator");
        await Assertions.Expect(admin.By(AriaRole.Rowheader, "northvale-0600")).ToBeVisibleAsync();
        var end = admin.Page.Locator("#end");
        await end.GetByLabel("Person").FillAsync("northvale-0600");
        await end.GetByLabel("Why?").FillAsync("Moved to another force");
        await admin.TapAsync(end.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("It opens nothing any more, anywhere")).ToBeVisibleAsync();
        await Assertions.Expect(admin.By(AriaRole.Rowheader, "northvale-0600")).Not.ToBeVisibleAsync();
    }
}
