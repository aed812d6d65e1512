using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using static Entitlements.Gateway.Tests.Releases.ReleaseActs;

namespace Entitlements.Gateway.Tests.Releases;

/// <summary>Files that nobody should unpack: uploaded like any other, and refused by the list of what is in them.</summary>
public sealed class HostileUploadTests(PostgresServer postgres)
{
    [Trait("Abuse", "29")]
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_hostile_file_is_refused_in_words_of_ours_and_leaves_no_release(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        var good = Package("1.0");
        (string Words, byte[] File)[] hostile =
        [
            ("The file would unpack to more than any package does.", With("bomb", zip => Fill(zip, "bomb", megabytes: 400))),
            ("An entry's name leads outside of the package, or it is a link.", With("path", zip => Fill(zip, "../../etc/cron.d/evil"))),
            ("An entry's name leads outside of the package, or it is a link.", With("link", zip => Fill(zip, "link").ExternalAttributes = 0xa1ff << 16)),
            ("Two entries have the same name.", With("twin", zip => Fill(zip, "AndroidManifest.xml"))),
            ("The file lists more entries than any package has.", ManyEntries(1_000_000)),
            ("The file is no ZIP file, or is cut short.", good[..^1]),
            ("The file is no ZIP file, or is cut short.", good[..(good.Length / 2)]),
            ("The file is no ZIP file, or is cut short.", good[..1]),
            ("The file is no ZIP file, or is cut short.", CatalogueActs.Bytes(1_000)),
        ];
        foreach (var (words, file) in hostile)
        {
            var refusal = await (await owner.ReleaseAsync("1.0", file)).ShouldBeAsync(HttpStatusCode.UnprocessableEntity);
            Assert.Equal(("urn:entitlements:problem:package_unreadable", words), ((string)refusal["type"]!, (string)refusal["detail"]!));
        }
        Assert.Equal(HttpStatusCode.NotFound, (await owner.GetAsync("/v1/apps/recorder/releases/1.0/android")).StatusCode);
        Assert.Equal(hostile.Length, await gateway.InDatabaseAsync(db => db.ArtifactReadings.CountAsync(r => r.Contents == null && r.Fault != null)));
        await (await owner.ReleaseAsync("1.0", good)).ChangeAsync(); // and the name is free
    }

    /// <summary>The good package with something added.</summary>
    private static byte[] With(string note, Action<ZipArchive> add)
    {
        using var file = new MemoryStream();
        file.Write(Package("1.0"));
        using (var zip = new ZipArchive(file, ZipArchiveMode.Update, leaveOpen: true))
        {
            zip.Comment = note;
            add(zip);
        }
        return file.ToArray();
    }

    private static ZipArchiveEntry Fill(ZipArchive zip, string name, int megabytes = 0)
    {
        var entry = zip.CreateEntry(name);
        var block = new byte[1024 * 1024];
        using var content = entry.Open();
        for (var i = 0; i < megabytes; i++)
        {
            content.Write(block);
        }
        return entry;
    }

    /// <summary>A list of empty entries, all of which say that they are at the front; as long as it says, and counted as far as the format can.</summary>
    private static byte[] ManyEntries(int count)
    {
        const int entrySize = 46 + 7;
        var file = new byte[30 + count * entrySize + 22];
        BinaryPrimitives.WriteUInt32LittleEndian(file, 0x04034b50);
        for (var i = 0; i < count; i++)
        {
            var entry = file.AsSpan(30 + i * entrySize, entrySize);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, 0x02014b50);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[28..], 7);
            i.TryFormat(entry[46..], out _, "d7", System.Globalization.CultureInfo.InvariantCulture);
        }
        var end = file.AsSpan(file.Length - 22);
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054b50);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], (ushort)count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], (ushort)count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)(count * entrySize));
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], 30);
        return file;
    }
}
