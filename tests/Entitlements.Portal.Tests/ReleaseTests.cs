using System.Security.Cryptography;
using Entitlements.Gateway.Demonstration;
using Entitlements.Portal.Tests.Browser;
using Microsoft.Playwright;

namespace Entitlements.Portal.Tests;

/// <summary>From a file on the app owner's disk to a version that others vote on.</summary>
public sealed class ReleaseTests(Browser.Portal portal) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("entitlements-upload-").FullName;

    [Fact]
    public async Task A_file_goes_up_in_slices_over_a_lost_network_and_a_reload_and_becomes_a_version()
    {
        var (path, sha256) = Package("uk.northvale.pocketnotebook", "3.1.0", bytes: 8_000_000, "android.permission.INTERNET");
        await using var owner = await portal.OnDeskAsync();
        owner.Expect("ERR_INTERNET_DISCONNECTED");
        await owner.SignInAsync("northvale-app-owner", "/apps/pocket-notebook");
        await owner.TapAsync(owner.By(AriaRole.Link, "Propose a new version"));
        await owner.TapAsync(owner.By(AriaRole.Button, "Upload"));
        await Assertions.Expect(owner.By(AriaRole.Link, "Choose the file of the app")).ToBeVisibleAsync();
        await Accessibility.CheckAsync(owner.Page, "upload without a file");

        await owner.ThrottleAsync(kilobitsPerSecond: 8_000);
        await owner.Page.GetByLabel("The file of the app").SetInputFilesAsync(path);
        await owner.TapAsync(owner.By(AriaRole.Button, "Upload"));
        var bytes = owner.Page.Locator("[data-portal-part=bytes]");
        await Assertions.Expect(bytes).ToContainTextAsync("of 8.0 MB");
        await owner.Page.RouteAsync("**/uploads/*", route => route.AbortAsync("internetdisconnected"));
        await Assertions.Expect(bytes).ToContainTextAsync("The network is away");
        await owner.Page.UnrouteAllAsync();
        await Assertions.Expect(bytes).ToContainTextAsync("of 8.0 MB");
        await owner.TapAsync(owner.By(AriaRole.Button, "Pause"));
        await Assertions.Expect(bytes).ToContainTextAsync("Nothing that was sent is lost");
        await Pictures.TakeAsync(owner.Page, "upload-paused");
        await Accessibility.CheckAsync(owner.Page, "upload paused");

        await owner.Page.ReloadAsync();
        await Assertions.Expect(owner.Page.GetByText("An upload was not finished")).ToBeVisibleAsync();
        await owner.Page.GetByLabel("The file of the app").SetInputFilesAsync(path);
        await owner.TapAsync(owner.By(AriaRole.Button, "Upload"));
        await owner.Page.WaitForURLAsync("**/releases/new?upload=*");
        await Assertions.Expect(owner.Page.GetByText(sha256)).ToBeVisibleAsync();
        await Assertions.Expect(owner.Page.GetByLabel("Version", new() { Exact = true })).ToHaveValueAsync("3.1.0");
        await Pictures.TakeAsync(owner.Page, "release-new");
        await Accessibility.CheckAsync(owner.Page, "release, new");

        await owner.Page.GetByLabel("Version", new() { Exact = true }).FillAsync("9.9.9");
        await owner.Page.GetByLabel("What is new, and why?").FillAsync("Opens links");
        owner.Expect("422");
        await owner.TapAsync(owner.By(AriaRole.Button, "Propose to publish it"));
        await Assertions.Expect(owner.Page.GetByText("The package says that it is version 3.1.0").First).ToBeVisibleAsync();
        await owner.Page.GetByLabel("Version", new() { Exact = true }).FillAsync("3.1.0");
        await owner.TapAsync(owner.By(AriaRole.Button, "Propose to publish it"));
        await Assertions.Expect(owner.Page.GetByText("It is published when others have voted for it")).ToBeVisibleAsync();
        var change = new Uri(owner.Page.Url).AbsolutePath;

        foreach (var person in new[] { "northvale-approver-1", "northvale-dpo" })
        {
            await using var voter = await portal.OnDeskAsync();
            await voter.SignInAsync(person, change);
            var after = await voter.Page.Locator("tr", new() { HasText = "After" }).Locator("td").InnerTextAsync();
            await voter.Page.GetByLabel("type how many people").FillAsync(after.Split(' ')[0]);
            await voter.Page.GetByLabel("Why?").FillAsync("Seen what it can do");
            await voter.TapAsync(voter.By(AriaRole.Button, "Vote for it"));
            await Assertions.Expect(voter.Page.GetByText("Your vote counts")).ToBeVisibleAsync();
        }

        await owner.Page.GotoAsync("/apps/pocket-notebook/releases/3.1.0/android");
        await Assertions.Expect(owner.Page.Locator(".portal-status")).ToHaveTextAsync("Published");
        await Pictures.TakeAsync(owner.Page, "release");
        await owner.TapAsync(owner.Page.GetByLabel("Pull this version"));
        await owner.Page.GetByLabel("Why?").FillAsync("Crashes on start");
        await owner.TapAsync(owner.By(AriaRole.Button, "Do it"));
        await Assertions.Expect(owner.Page.Locator(".portal-status")).ToHaveTextAsync("Pulled: no new downloads");
    }

    [Fact]
    public async Task Without_script_the_form_itself_carries_the_file_and_a_wrong_one_is_told()
    {
        var path = Path.Combine(_folder, "notes.txt");
        await File.WriteAllTextAsync(path, "no app at all", TestContext.Current.CancellationToken);
        await using var owner = await portal.OnDeskAsync(script: false);
        await owner.SignInAsync("northvale-app-owner", "/apps/pocket-notebook/releases/new");
        await owner.Page.GetByLabel("The file of the app").SetInputFilesAsync(path);
        await owner.TapAsync(owner.By(AriaRole.Button, "Upload"));
        await Assertions.Expect(owner.Page.GetByText("This is no app for Android or iPhone that can be read")).ToBeVisibleAsync();
        await Assertions.Expect(owner.Page.GetByText(Digest("no app at all"u8))).ToBeVisibleAsync();
        await owner.Page.GetByLabel("Version", new() { Exact = true }).FillAsync("4.0");
        await owner.TapAsync(owner.Page.GetByLabel("Android"));
        await owner.Page.GetByLabel("What is new, and why?").FillAsync("A try");
        owner.Expect("422");
        await owner.TapAsync(owner.By(AriaRole.Button, "Propose to publish it"));
        await Assertions.Expect(owner.By(AriaRole.Heading, "There is a problem")).ToBeVisibleAsync();
        await Assertions.Expect(owner.Page.GetByLabel("What is new, and why?")).ToHaveValueAsync("A try");
        await Pictures.TakeAsync(owner.Page, "release-wrong-file");
    }

    [Fact]
    public async Task A_version_that_can_do_more_than_was_assessed_is_held_and_its_page_says_why()
    {
        var (path, _) = Package("uk.northvale.callrecorder", "1.5.0", bytes: 1000, "android.permission.READ_SMS");
        await using var owner = await portal.OnDeskAsync();
        await owner.SignInAsync("northvale-app-owner", "/apps/call-recorder/releases/new");
        await owner.Page.GetByLabel("The file of the app").SetInputFilesAsync(path);
        await owner.TapAsync(owner.By(AriaRole.Button, "Upload"));
        await owner.Page.GetByLabel("What is new, and why?").FillAsync("Reads messages, too");
        await owner.TapAsync(owner.By(AriaRole.Button, "Propose to publish it"));
        await Assertions.Expect(owner.Page.GetByText("Held: it can do more than the DPIA covers")).ToBeVisibleAsync();
        await Assertions.Expect(owner.Page.GetByText("Not assessed: holds this version")).ToBeVisibleAsync();
        await Pictures.TakeAsync(owner.Page, "release-held");
        await Accessibility.CheckAsync(owner.Page, "release, held");
    }

    private (string Path, string Sha256) Package(string id, string version, int bytes, params string[] permissions)
    {
        var note = new byte[bytes];
        new Random(1).NextBytes(note);
        var package = DemonstrationPackage.Make(id, version, permissions, note);
        var path = Path.Combine(_folder, $"{id}.apk");
        File.WriteAllBytes(path, package);
        return (path, Digest(package));
    }

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
