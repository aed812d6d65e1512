using System.Buffers.Binary;
using Entitlements.Engine.Packages;
using static Entitlements.Engine.Tests.Packages.AndroidPackageTests;
using static Entitlements.Engine.Tests.Packages.Samples;

namespace Entitlements.Engine.Tests.Packages;

/// <summary>Abuse case 29, and what else a hostile file may be: refused, in bounded memory.</summary>
public sealed class HostilePackageTests
{
    private static readonly MemoryStream Good = Apk(
        Manifest(("package", "uk.police.recorder"), ("versionCode", 7), ("versionName", "2.1")),
        Permission("android.permission.RECORD_AUDIO"),
        new(2, "application"),
        new(3, "service", ("name", ".Reader"), ("permission", "android.permission.BIND_ACCESSIBILITY_SERVICE"))
    );

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/etc/passwd")]
    [InlineData("a\\b")]
    [InlineData("C:evil")]
    [InlineData("a/./b")]
    [InlineData("nul\0byte")]
    public void A_name_that_leads_outside_is_refused(string name) =>
        Refused(PackageFault.Malformed, Zip(("AndroidManifest.xml", Xml(Manifest(("package", "a.b")))), (name, [1])));

    [Fact]
    public void A_symbolic_link_is_refused()
    {
        var file = Good.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(ListAt(file) + 38), 0xa1ff0000);
        Refused(PackageFault.Malformed, new(file));
    }

    [Fact]
    public void Two_entries_of_one_name_are_refused() =>
        Refused(
            PackageFault.Malformed,
            Zip(("AndroidManifest.xml", Xml(Manifest(("package", "a.b")))), ("AndroidManifest.xml", Xml(Manifest(("package", "c.d")))))
        );

    [Fact]
    public void A_bomb_is_refused_without_being_unpacked() =>
        Refused(PackageFault.TooLarge, Zip(("AndroidManifest.xml", Xml(Manifest(("package", "a.b")))), ("bomb", new byte[400_000_000])));

    [Fact]
    public void A_manifest_that_unpacks_to_more_than_it_says_is_refused()
    {
        var file = Zip(("AndroidManifest.xml", new byte[1_500_000])).ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(ListAt(file) + 24), 1_000);
        Refused(PackageFault.Malformed, new(file));
    }

    [Fact]
    public void A_million_entries_are_refused() =>
        Refused(PackageFault.TooLarge, Zip([.. Enumerable.Range(0, 70_000).Select(i => (FormattableString.Invariant($"{i}"), Array.Empty<byte>()))]));

    [Theory]
    [InlineData(500, true)]
    [InlineData(501, false)]
    public void Who_asks_for_more_than_any_app_does_is_refused(int permissions, bool isRead)
    {
        var file = Apk([Manifest(("package", "a.b")), .. Enumerable.Range(0, permissions).Select(i => Permission(FormattableString.Invariant($"p{i}")))]);
        if (isRead)
        {
            Assert.Equal(permissions, PackageReader.Read(file).Capabilities.Length);
        }
        else
        {
            Refused(PackageFault.TooLarge, file);
        }
    }

    [Fact]
    public void A_second_list_in_the_comment_is_refused()
    {
        var file = Good.ToArray();
        var end = file.AsSpan(file.Length - 22).ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(file.Length - 2), 22);
        Refused(PackageFault.Malformed, new([.. file, .. end]));
    }

    [Fact]
    public void Nothing_but_a_refusal_comes_of_a_file_that_is_cut_short()
    {
        var file = Good.ToArray();
        for (var length = 0; length < file.Length; length++)
        {
            Assert.Throws<PackageException>(() => PackageReader.Read(new MemoryStream(file, 0, length)));
        }
    }

    /// <summary>100,000 hostile files, each some altered bytes away from a good one: read, or refused with our own words, never anything else, never much memory.</summary>
    [Fact]
    public void Nothing_but_a_refusal_comes_of_altered_bytes()
    {
        var good = Good.ToArray();
        var random = new Random(29);
        var refused = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var bytes = (byte[])good.Clone();
            for (var n = random.Next(1, 6); n > 0; n--)
            {
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(4) == 0 ? 0xff : random.Next(256));
            }
            refused += Read(new(bytes)) ? 0 : 1;
        }
        Assert.InRange(refused, 1, 99_999);
    }

    /// <summary>As above, of the manifest alone, which the file's own checks would otherwise protect.</summary>
    [Fact]
    public void Nothing_but_a_refusal_comes_of_an_altered_manifest()
    {
        var good = Xml(Manifest(("package", "uk.police.recorder"), ("versionCode", 7)), Permission("android.permission.RECORD_AUDIO"), new(2, "application"));
        var random = new Random(30);
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = (byte[])good.Clone();
            for (var n = random.Next(1, 6); n > 0; n--)
            {
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(4) == 0 ? 0xff : random.Next(256));
            }
            refused += Read(Zip(("AndroidManifest.xml", bytes))) ? 0 : 1;
        }
        Assert.InRange(refused, 1, 19_999);
    }

    private static bool Read(MemoryStream file)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            PackageReader.Read(file);
            return true;
        }
        catch (PackageException)
        {
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64L * 1024 * 1024);
        }
    }

    private static int ListAt(byte[] file) => (int)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(file.Length - 22 + 16));
}
