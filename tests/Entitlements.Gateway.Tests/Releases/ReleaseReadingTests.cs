using System.IO.Compression;
using System.Net;
using System.Text;
using Entitlements.Engine.Packages;
using Entitlements.Gateway.Demonstration;
using Entitlements.Gateway.Tests.Apk;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using static Entitlements.Gateway.Tests.Releases.ReleaseActs;

namespace Entitlements.Gateway.Tests.Releases;

/// <summary>A file is the release that its owner says it is, or it is none.</summary>
public sealed class ReleaseReadingTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_file_that_is_not_what_the_release_says_is_refused(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        (string Version, byte[] File, string Platform)[] others =
        [
            ("2.0", Package("1.0"), "android"),
            ("1.0", DemonstrationPackage.Make("uk.evil", "1.0", [], []), "android"),
            ("1.0", Package("1.0"), "ios"),
            ("1.0", Package("1.0"), "windows"), // by another name it would not be looked at
            ("1.0", Ipa("1.0"), "android"),
            ("2.0", Ipa("1.0"), "ios"),
        ];
        foreach (var (version, file, platform) in others)
        {
            var answer = await owner.ReleaseAsync(version, file, platform, platform == "windows" ? [] : null);
            Assert.Equal("package_differs", await answer.CodeAsync(HttpStatusCode.UnprocessableEntity));
            Assert.Equal(HttpStatusCode.NotFound, (await owner.GetAsync($"/v1/apps/recorder/releases/{version}/{platform}")).StatusCode);
        }
        await (await owner.ReleaseAsync("1.0-rc1", Package("1.0-RC1"))).ChangeAsync(); // names here are in lower case
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_a_release_can_do_is_told_in_words_the_riskiest_first(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        await owner.ReleaseAsync("1.0", Internet, Microphone);
        var release = await owner.ReadReleaseAsync("1.0");
        Assert.Equal([Microphone, Internet], release["capabilities"]!.AsArray().Select(c => (string)c!["name"]!));
        Assert.Equal(
            ("high", "Can listen through the microphone"),
            ((string)release["capabilities"]![0]!["risk"]!, (string)release["capabilities"]![0]!["en"]!)
        );
        Assert.Equal((Recorder, "not_scanned"), ((string)release["package"]!["id"]!, (string)release["scan"]!));
        Assert.Null((string?)release["package"]!["signer_sha256"]);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_ipa_is_read_as_well(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        Assert.Equal("release_held", await (await owner.ReleaseAsync("1.0", Ipa("1.0"), "ios")).CodeAsync(HttpStatusCode.Conflict));
        await (await owner.ReleaseAsync("7", Ipa("1.0"), "ios")).ShouldBeAsync(HttpStatusCode.Conflict); // by its build
        var release = await owner.ReadReleaseAsync("1.0", "ios");
        Assert.Equal("NSMicrophoneUsageDescription", (string)Assert.Single(release["uncovered"]!.AsArray())!);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_real_package_is_taken_from_its_signer_alone_and_unaltered(string database)
    {
        var file = await File.ReadAllBytesAsync(await RealApk.PathAsync());
        using var stream = new MemoryStream(file);
        var read = PackageReader.Read(stream);
        await using var gateway = await postgres.StartRecorderAsync(database, signer: read.SignerSha256, package: read.Id);
        using var owner = gateway.As("north-app-owner");
        await gateway.AssessAsync("north", [.. read.Capabilities]);
        await (await owner.ReleaseAsync(read.Build!, file)).ChangeAsync();
        var change = await (await owner.ReleaseAsync(read.Version!, file)).ChangeAsync();
        Assert.Equal(read.SignerSha256, (string)(await owner.ReadReleaseAsync(read.Version!))["package"]!["signer_sha256"]!);
        using var approver = gateway.As("north-approver-1");
        Assert.Equal(read.Capabilities, (await approver.ReadAsync($"/v1/changes/{change}"))["alteration"]!["capabilities"]!.AsArray().Select(c => (string)c!));

        file[file.Length / 2] ^= 1;
        Assert.Equal("package_unreadable", await (await owner.ReleaseAsync(read.Version!, file)).CodeAsync(HttpStatusCode.UnprocessableEntity));
        var unsigned = DemonstrationPackage.Make(read.Id, "1.0", [], []);
        Assert.Equal("signer_differs", await (await owner.ReleaseAsync("1.0", unsigned)).CodeAsync(HttpStatusCode.UnprocessableEntity));
    }

    private static byte[] Ipa(string version)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        using (var info = zip.CreateEntry("Payload/Recorder.app/Info.plist").Open())
        {
            info.Write(
                Encoding.UTF8.GetBytes(
                    $"""
                    <?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>
                    <key>CFBundleIdentifier</key><string>{Recorder}</string><key>CFBundleShortVersionString</key><string>{version}</string>
                    <key>CFBundleVersion</key><string>7</string><key>NSMicrophoneUsageDescription</key><string>To record calls.</string>
                    </dict></plist>
                    """
                )
            );
        }
        return file.ToArray();
    }
}
