using Entitlements.Portal.Tests.Browser;
using Microsoft.Playwright;

namespace Entitlements.Portal.Tests;

/// <summary>What an officer does: look, ask, read guidance, download, hand back.</summary>
public sealed class OfficerTests(Browser.Portal portal)
{
    [Fact]
    public async Task A_negotiator_downloads_the_recorder_and_its_bytes_are_the_releases()
    {
        await using var officer = await portal.OnPhoneAsync();
        await officer.SignInAsync("northvale-0002");
        await Pictures.TakeAsync(officer.Page, "officer-apps");
        await officer.TapAsync(officer.By(AriaRole.Link, "Call recorder"));
        await Pictures.TakeAsync(officer.Page, "officer-app");
        var (name, bytes) = await officer.DownloadAsync(officer.By(AriaRole.Button, "Download"));
        Figures.Note("download the recorder, sign-in included", officer);

        Assert.EndsWith(".apk", name);
        Assert.Equal("PK"u8.ToArray(), bytes[..2]);
    }

    private const string Hostile = "Cover <img src=x onerror=alert(1)> <script>alert(2)</script> \u202Eeman";

    [Trait("Abuse", "67")]
    [Fact]
    public async Task Who_is_no_negotiator_may_ask_and_not_download()
    {
        await using var officer = await portal.OnPhoneAsync();
        officer.Expect("400"); // a form that is sent back
        await officer.SignInAsync("northvale-0200", "/my/call-recorder");
        Assert.Equal(0, await officer.By(AriaRole.Button, "Download").CountAsync());
        await Pictures.TakeAsync(officer.Page, "officer-app-may-ask");
        await officer.TapAsync(officer.By(AriaRole.Button, "Ask for it"));
        await Pictures.TakeAsync(officer.Page, "officer-ask");
        await officer.TapAsync(officer.By(AriaRole.Button, "Send the request"));
        Assert.StartsWith("Error: ", await officer.Page.TitleAsync());
        await Pictures.TakeAsync(officer.Page, "officer-ask-error");
        await officer.Page.GetByLabel("Why do you need it?").FillAsync(Hostile);
        await officer.TapAsync(officer.By(AriaRole.Button, "Send the request"));
        await Pictures.TakeAsync(officer.Page, "officer-request");
        await Assertions.Expect(officer.Page.Locator("dd bdi").First).ToHaveTextAsync(Hostile); // text, and nothing ran
        Assert.Contains("/requests/", officer.Page.Url);
    }

    [Fact]
    public async Task What_was_typed_is_there_again_when_the_session_was_lost_in_mid_form()
    {
        await using var officer = await portal.OnPhoneAsync();
        await officer.SignInAsync("northvale-0201", "/my/call-recorder/ask");
        await officer.Page.GetByLabel("Why do you need it?").FillAsync("Night cover, operation Heron");
        await officer.Page.GetByLabel("12 hours").CheckAsync();
        await officer.Page.Context.ClearCookiesAsync();
        await officer.TapAsync(officer.By(AriaRole.Button, "Send the request"));
        await officer.NameAsync("northvale-0201");
        await Assertions.Expect(officer.Page.GetByLabel("Why do you need it?")).ToHaveValueAsync("Night cover, operation Heron");
        await Assertions.Expect(officer.Page.GetByLabel("12 hours")).ToBeCheckedAsync();
    }

    [Fact]
    public async Task Everything_works_without_script()
    {
        await using var officer = await portal.OnPhoneAsync(script: false);
        await officer.SignInAsync("northvale-0202", "/my/call-recorder");
        await officer.TapAsync(officer.By(AriaRole.Button, "Ask for it"));
        await officer.Page.GetByLabel("Why do you need it?").FillAsync("Course in May");
        await officer.TapAsync(officer.By(AriaRole.Button, "Send the request"));
        await officer.TapAsync(officer.By(AriaRole.Button, "Take the request back"));
        await Assertions.Expect(officer.Page.GetByText("It no longer opens anything")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_lost_phone_is_replaced_for_a_day_and_the_app_downloads_to_the_new_one()
    {
        await using var officer = await portal.OnPhoneAsync();
        officer.Expect("400");
        officer.Expect("409");
        await officer.SignInAsync("northvale-0004");
        await officer.TapAsync(officer.By(AriaRole.Link, "My phones"));
        await officer.TapAsync(officer.By(AriaRole.Button, "Enrol it"));
        await Assertions.Expect(officer.Page.GetByText("Enter the serial number of the new phone").First).ToBeVisibleAsync();
        await officer.Page.GetByLabel("Serial number of the new phone").FillAsync("northvale-phone-0005");
        await officer.TapAsync(officer.By(AriaRole.Button, "Enrol it"));
        await Assertions.Expect(officer.Page.GetByText("a device of this name on record already")).ToBeVisibleAsync();
        await Pictures.TakeAsync(officer.Page, "officer-phones-error");
        await officer.Page.GetByLabel("Serial number of the new phone").FillAsync("R58N-0004");
        await officer.TapAsync(officer.By(AriaRole.Button, "Enrol it"));
        await Assertions.Expect(officer.Page.GetByText("Enrolled, for 24 hours")).ToBeVisibleAsync();
        await Assertions.Expect(officer.By(AriaRole.Rowheader, "northvale-phone-0004")).Not.ToBeVisibleAsync();
        await Pictures.TakeAsync(officer.Page, "officer-phones");
        await officer.Page.GotoAsync("/my/call-recorder");
        var (_, bytes) = await officer.DownloadAsync(officer.By(AriaRole.Button, "Download"));
        Assert.Equal("PK"u8.ToArray(), bytes[..2]);
    }
}
