using Entitlements.Engine.Packages;
using static Entitlements.Engine.Tests.Packages.Samples;

namespace Entitlements.Engine.Tests.Packages;

public sealed class AndroidPackageTests
{
    [Fact]
    public void What_the_manifest_says_is_read()
    {
        var read = PackageReader.Read(
            Apk(
                Manifest(("package", "uk.police.recorder"), ("versionCode", 7), ("versionCodeMajor", 1), ("versionName", "2.1")),
                new(2, "uses-sdk", ("minSdkVersion", 26), ("targetSdkVersion", 34)),
                Permission("android.permission.RECORD_AUDIO"),
                Permission("android.permission.INTERNET"),
                Permission("android.permission.RECORD_AUDIO", "uses-permission-sdk-23"),
                new(2, "application", ("debuggable", true)),
                new(3, "service", ("name", ".Reader"), ("permission", "android.permission.BIND_ACCESSIBILITY_SERVICE")),
                new(3, "receiver", ("name", ".Admin"), ("permission", "android.permission.BIND_DEVICE_ADMIN")),
                new(3, "service", ("name", ".Own"), ("permission", "uk.police.recorder.OWN"))
            )
        );
        Assert.Equal(("android", "uk.police.recorder", "2.1", "4294967303"), (read.Platform, read.Id, read.Version, read.Build));
        Assert.Equal(("26", "34", true, null), (read.LowestSystem, read.TargetSystem, read.Debuggable, read.SignerSha256));
        Assert.Equal(
            [
                "android.permission.BIND_ACCESSIBILITY_SERVICE",
                "android.permission.BIND_DEVICE_ADMIN",
                "android.permission.INTERNET",
                "android.permission.RECORD_AUDIO",
            ],
            read.Capabilities
        );
    }

    [Fact]
    public void A_permission_deeper_in_the_tree_or_without_a_plain_name_is_none()
    {
        var read = PackageReader.Read(
            Apk(
                Manifest(("package", "a.b")),
                Permission("android.permission.CAMERA<script>"),
                Permission(""),
                new(2, "application"),
                new(3, "uses-permission", ("name", "android.permission.CAMERA"))
            )
        );
        Assert.Empty(read.Capabilities);
        Assert.Null(read.Build);
    }

    /// <summary>The system takes the application's own permission for each service that names none.</summary>
    [Fact]
    public void A_service_that_hides_behind_what_its_application_says_is_seen()
    {
        var read = PackageReader.Read(
            Apk(
                Manifest(("package", "a.b")),
                new(2, "application", ("permission", "android.permission.BIND_ACCESSIBILITY_SERVICE")),
                new(3, "service", ("name", ".Reader"))
            )
        );
        Assert.Equal(["android.permission.BIND_ACCESSIBILITY_SERVICE"], read.Capabilities);
    }

    /// <summary>The system would look it up in another file; what it says there nobody here has read.</summary>
    [Theory]
    [InlineData("application", 2)]
    [InlineData("service", 3)]
    [InlineData("receiver", 3)]
    public void A_permission_that_is_not_in_plain_text_is_refused(string element, int depth) =>
        Refused(
            PackageFault.ManifestUnreadable,
            Apk(Manifest(("package", "a.b")), new(2, "application"), new(depth, element, ("permission", new Reference("uk.harmless"))))
        );

    [Fact]
    public void A_version_that_is_not_in_plain_text_is_none() =>
        Assert.Null(PackageReader.Read(Apk(Manifest(("package", "a.b"), ("versionName", new Reference("2.1"))))).Version);

    [Fact]
    public void Two_texts_in_one_place_are_refused_as_two_readers_would_read_two_things() =>
        Refused(PackageFault.ManifestUnreadable, Apk(Manifest(("package", new TwoTexts("a.b", "c.d")))));

    [Fact]
    public void What_is_said_twice_is_refused_as_two_readers_would_read_two_things() =>
        Refused(PackageFault.ManifestUnreadable, Apk(Manifest(("package", "a.b"), ("package", "c.d"))));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/../b")]
    public void A_package_that_does_not_name_itself_is_refused(string name) => Refused(PackageFault.ManifestUnreadable, Apk(Manifest(("package", name))));

    [Fact]
    public void A_manifest_of_another_root_is_refused() => Refused(PackageFault.ManifestUnreadable, Apk(new Element(1, "html", ("package", "a.b"))));

    [Fact]
    public void A_plain_text_manifest_is_refused() =>
        Refused(PackageFault.ManifestUnreadable, Zip(("AndroidManifest.xml", "<manifest package='a.b'/>"u8.ToArray())));

    [Fact]
    public void Every_capability_that_a_data_protection_officer_asks_about_is_high()
    {
        string[] high =
        [
            "RECORD_AUDIO",
            "CALL_PHONE",
            "READ_PHONE_STATE",
            "READ_CALL_LOG",
            "READ_SMS",
            "SEND_SMS",
            "ACCESS_FINE_LOCATION",
            "READ_CONTACTS",
            "BIND_ACCESSIBILITY_SERVICE",
            "BIND_DEVICE_ADMIN",
        ];
        Assert.All(high, name => Assert.Equal(CapabilityRisk.High, Capability.Of($"android.permission.{name}").Risk));
        Assert.Equal(CapabilityRisk.Low, Capability.Of("android.permission.INTERNET").Risk);
    }

    [Fact]
    public void A_capability_that_nobody_has_looked_at_is_not_called_harmless() =>
        Assert.Equal(CapabilityRisk.Medium, Capability.Of("com.example.permission.ANYTHING").Risk);

    internal static void Refused(PackageFault fault, MemoryStream file) =>
        Assert.Equal(fault, Assert.Throws<PackageException>(() => PackageReader.Read(file)).Fault);
}
