using Entitlements.Engine.Packages;
using static Entitlements.Engine.Tests.Packages.AndroidPackageTests;
using static Entitlements.Engine.Tests.Packages.Samples;

namespace Entitlements.Engine.Tests.Packages;

public sealed class ApplePackageTests
{
    private const string Head =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"><plist version=\"1.0\">";

    private const string Info =
        Head
        + """
            <dict>
              <key>CFBundleIdentifier</key><string>uk.police.recorder</string>
              <key>CFBundleShortVersionString</key><string>2.1</string>
              <key>CFBundleVersion</key><string>7</string>
              <key>MinimumOSVersion</key><string>16.0</string>
              <key>LSRequiresIPhoneOS</key><true/>
              <key>NSMicrophoneUsageDescription</key><string>To record calls.</string>
              <key>UIBackgroundModes</key><array><string>audio</string><integer>1</integer></array>
              <key>Empty</key><dict/>
              <key>Nested</key><dict><key>NSCameraUsageDescription</key><string>not of the app</string></dict>
            </dict></plist>
            """;

    /// <summary>The same but for the nested part, as Python's plistlib writes it in binary.</summary>
    private const string BinaryInfo =
        "62706c6973743030d70102030405060708090a0b0c0d0e5f1012434642756e646c654964656e7469666965725f101a434642756e646c6553686f727456657273696f6e537472"
        + "696e675f100f434642756e646c6556657273696f6e5f10124c5352657175697265734950686f6e654f535f10104d696e696d756d4f5356657273696f6e5f101c4e534d696372"
        + "6f70686f6e6555736167654465736372697074696f6e5f101155494261636b67726f756e644d6f6465735f1012756b2e706f6c6963652e7265636f7264657253322e31513709"
        + "5431362e306f10190054006f0020007200650063006f00720064002000630061006c006c00730020201300200061006c0077006100790073002ea20f1055617564696f100100"
        + "080017002c0049005b0070008300a200b600cb00cf00d100d200d7010c010f01150000000000000201000000000000001100000000000000000000000000000117";

    [Fact]
    public void What_the_property_list_says_is_read_as_xml()
    {
        var read = PackageReader.Read(Ipa(System.Text.Encoding.UTF8.GetBytes(Info)));
        Assert.Equal(("ios", "uk.police.recorder", "2.1", "7", "16.0"), (read.Platform, read.Id, read.Version, read.Build, read.LowestSystem));
        Assert.Equal(["NSMicrophoneUsageDescription", "UIBackgroundModes:audio"], read.Capabilities);
    }

    [Fact]
    public void What_the_property_list_says_is_read_as_binary()
    {
        var read = PackageReader.Read(Ipa(Convert.FromHexString(BinaryInfo)));
        Assert.Equal(("ios", "uk.police.recorder", "2.1", "7", "16.0"), (read.Platform, read.Id, read.Version, read.Build, read.LowestSystem));
        Assert.Equal(["NSMicrophoneUsageDescription", "UIBackgroundModes:audio"], read.Capabilities);
    }

    [Fact]
    public void Entities_are_not_known_and_nothing_is_fetched() =>
        Refused(
            PackageFault.ManifestUnreadable,
            Ipa(
                "<!DOCTYPE plist [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><plist><dict><key>CFBundleIdentifier</key><string>&x;</string></dict></plist>"u8.ToArray()
            )
        );

    [Fact]
    public void Two_apps_in_one_file_are_refused() =>
        Refused(PackageFault.ManifestUnreadable, Zip(("Payload/a.app/Info.plist", "x"u8.ToArray()), ("Payload/b.app/Info.plist", "x"u8.ToArray())));

    [Fact]
    public void A_key_that_stands_twice_is_refused() =>
        Refused(
            PackageFault.ManifestUnreadable,
            Ipa("<plist><dict><key>CFBundleIdentifier</key><string>a.b</string><key>CFBundleIdentifier</key><string>c.d</string></dict></plist>"u8.ToArray())
        );

    [Fact]
    public void Lists_that_nest_without_end_are_refused() =>
        Refused(
            PackageFault.ManifestUnreadable,
            Ipa(System.Text.Encoding.UTF8.GetBytes($"<plist><dict><key>a</key>{string.Concat(Enumerable.Repeat("<array>", 10_000))}"))
        );

    /// <summary>One list that holds itself.</summary>
    [Fact]
    public void A_binary_list_that_holds_itself_is_refused() =>
        Refused(
            PackageFault.ManifestUnreadable,
            Ipa(
                Convert.FromHexString(
                    "62706c6973743030" + "a100" + "08" + "000000000000" + "0101" + "0000000000000001" + "0000000000000000" + "000000000000000a"
                )
            )
        );

    private static MemoryStream Ipa(byte[] info) => Zip(("Payload/Recorder.app/Info.plist", info), ("Payload/Recorder.app/Recorder", new byte[10]));
}
