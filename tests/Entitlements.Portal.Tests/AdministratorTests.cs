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

    [Fact]
    public async Task An_approver_passes_a_shift_on_and_the_role_administrator_puts_somebody_on_duty()
    {
        await using var giver = await portal.OnPhoneAsync();
        await giver.SignInAsync("southmere-approver-1", "/approvals");
        await giver.TapAsync(giver.By(AriaRole.Link, "Duty rotas"));
        await Pictures.TakeAsync(giver.Page, "rotas");
        await giver.TapAsync(giver.By(AriaRole.Link, "Approvers on duty"));
        await Assertions.Expect(giver.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Southmere Police approver-1" })).ToBeVisibleAsync();
        await giver.Page.GetByLabel("To whom?").FillAsync("southmere-approver-2");
        await giver.TapAsync(giver.By(AriaRole.Button, "Offer it"));
        await Assertions.Expect(giver.Page.GetByText("It stays yours until they take it")).ToBeVisibleAsync();

        await using var taker = await portal.OnPhoneAsync();
        await taker.SignInAsync("southmere-approver-2", "/rotas/approvers");
        await Pictures.TakeAsync(taker.Page, "rota-offered");
        await taker.TapAsync(taker.By(AriaRole.Button, "Take it"));
        await Assertions.Expect(taker.Page.GetByText("You are on duty then")).ToBeVisibleAsync();
        await Assertions.Expect(taker.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Southmere Police approver-2" })).ToBeVisibleAsync();

        await using var admin = await portal.OnDeskAsync();
        admin.Expect("400");
        admin.Expect("409");
        await admin.SignInAsync("southmere-role-admin", "/rotas/approvers");
        var put = admin.Page.Locator("#put");
        await put.GetByLabel("Person").FillAsync("nobody");
        await admin.TapAsync(put.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("Enter a real first day").First).ToBeVisibleAsync();
        await Pictures.TakeAsync(admin.Page, "rota-error");
        await FillAsync(put, "First day", TimeProvider.System.GetUtcNow().AddDays(80));
        await put.GetByLabel("From").FillAsync("6pm");
        await FillAsync(put, "Last day", TimeProvider.System.GetUtcNow().AddDays(81));
        await put.GetByLabel("Until").FillAsync("06:00");
        await admin.TapAsync(put.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("Nobody of that id is on record").First).ToBeVisibleAsync();
        await put.GetByLabel("Person").FillAsync("southmere-approver-1");
        await admin.TapAsync(put.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("Put on the rota.")).ToBeVisibleAsync();
        var row = admin.Page.Locator("tr", new() { HasText = "at 6pm" });
        await admin.TapAsync(row.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("Nobody is on duty by it any more")).ToBeVisibleAsync();
        await Assertions.Expect(row).Not.ToBeVisibleAsync();
    }

    [Fact]
    public async Task Somebody_is_put_on_record_given_a_phone_suspended_and_let_in_again()
    {
        await using var admin = await portal.OnDeskAsync();
        admin.Expect("400");
        admin.Expect("409");
        await admin.SignInAsync("northvale-role-admin", "/people");
        await admin.Page.GetByLabel("Id, sign-in name or number").FillAsync("northvale.0700@northvale.example");
        await admin.TapAsync(admin.By(AriaRole.Button, "Find"));
        await Assertions.Expect(admin.By(AriaRole.Link, "northvale-0700")).ToBeVisibleAsync();
        await Pictures.TakeAsync(admin.Page, "people");
        await admin.Page.GetByLabel("Their id").FillAsync("northvale-7001");
        await admin.TapAsync(admin.By(AriaRole.Button, "Continue"));
        await admin.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Sam Wrén");
        await admin.Page.GetByLabel("Mobile number").FillAsync("07700 900123");
        await admin.TapAsync(admin.By(AriaRole.Button, "Put them on record"));
        await Assertions.Expect(admin.Page.Locator(".govuk-error-summary")).ToBeVisibleAsync();
        await Pictures.TakeAsync(admin.Page, "person-error");
        await admin.Page.GetByLabel("Mobile number").FillAsync("+447700900123");
        await admin.TapAsync(admin.By(AriaRole.Button, "Put them on record"));
        await Assertions.Expect(admin.Page.GetByText("On record.", new() { Exact = true })).ToBeVisibleAsync();

        var phone = admin.Page.Locator("#phone");
        await phone.GetByLabel("Put another phone on record").FillAsync("northvale-phone-0001");
        await admin.TapAsync(phone.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("on record for somebody else").First).ToBeVisibleAsync();
        await phone.GetByLabel("Put another phone on record").FillAsync("R58N-7001");
        await admin.TapAsync(phone.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("The phone is on record")).ToBeVisibleAsync();

        var standing = admin.Page.Locator("#standing");
        await standing.GetByLabel("Why?").FillAsync("Left the card at home");
        await admin.TapAsync(standing.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("Suspended: can have nothing")).ToBeVisibleAsync();
        await Pictures.TakeAsync(admin.Page, "person");
        await standing.GetByLabel("Why?").FillAsync("Found it");
        await admin.TapAsync(standing.GetByRole(AriaRole.Button));
        await Assertions.Expect(admin.Page.GetByText("It takes effect when others have voted for it")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_system_is_registered_with_an_approvers_vote_and_ended_at_once()
    {
        await using var platform = await portal.OnDeskAsync();
        platform.Expect("400");
        await platform.SignInAsync("platform-admin-1", "/clients");
        await platform.TapAsync(platform.By(AriaRole.Button, "Continue"));
        await Assertions.Expect(platform.Page.GetByText("Enter the client's id").First).ToBeVisibleAsync();
        await platform.Page.GetByLabel("Its client id").FillAsync("northvale-kiosk");
        await platform.TapAsync(platform.By(AriaRole.Button, "Continue"));
        await platform.TapAsync(platform.By(AriaRole.Button, "Propose it"));
        await Assertions.Expect(platform.Page.GetByText("Choose at least one force").First).ToBeVisibleAsync();
        await Pictures.TakeAsync(platform.Page, "client-error");
        await platform.Page.GetByLabel("Northvale Police").CheckAsync();
        await platform.Page.GetByLabel("Ask who may have what").CheckAsync();
        await platform.Page.GetByLabel("Why?").FillAsync("Kiosk in the canteen");
        await platform.TapAsync(platform.By(AriaRole.Button, "Propose it"));
        await Assertions.Expect(platform.Page.GetByText("It takes effect when others have voted for it")).ToBeVisibleAsync();
        var change = new Uri(platform.Page.Url).AbsolutePath;

        await using var approver = await portal.OnDeskAsync();
        await approver.SignInAsync("northvale-approver-2", change);
        await approver.Page.GetByLabel("type how many people").FillAsync("0");
        await approver.Page.GetByLabel("Why?").FillAsync("Seen it");
        await approver.TapAsync(approver.By(AriaRole.Button, "Vote for it"));
        await Assertions.Expect(approver.Page.GetByText("In force", new() { Exact = true })).ToBeVisibleAsync();

        await platform.Page.GotoAsync("/clients");
        await platform.TapAsync(platform.By(AriaRole.Link, "northvale-kiosk"));
        await Pictures.TakeAsync(platform.Page, "client");
        var end = platform.Page.Locator("#end");
        await end.GetByLabel("Why?").FillAsync("Canteen closed");
        await platform.TapAsync(end.GetByRole(AriaRole.Button));
        await Assertions.Expect(platform.Page.GetByText("It can do nothing any more")).ToBeVisibleAsync();
        await Assertions.Expect(platform.By(AriaRole.Link, "northvale-kiosk")).Not.ToBeVisibleAsync();
    }

    private static async Task FillAsync(ILocator form, string group, DateTimeOffset day)
    {
        var date = form.GetByRole(AriaRole.Group, new() { Name = group });
        foreach (var (part, number) in new[] { ("Day", day.Day), ("Month", day.Month), ("Year", day.Year) })
        {
            await date.GetByLabel(part).FillAsync(number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
