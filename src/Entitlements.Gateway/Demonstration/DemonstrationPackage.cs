using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Entitlements.Gateway.Demonstration;

/// <summary>Makes a small Android package, the same at every start: a manifest, as the system compiles it, and a note. It is unsigned, so no phone installs it.</summary>
/// <remarks>The least that AOSP <c>ResourceTypes.h</c> allows: texts, attribute ids, one <c>manifest</c> with its <c>uses-permission</c>.</remarks>
internal static class DemonstrationPackage
{
    private const uint None = uint.MaxValue;
    private static readonly DateTimeOffset Always = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static byte[] Make(string id, string version, IReadOnlyList<string> permissions, ReadOnlySpan<byte> note)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, "AndroidManifest.xml", Manifest(id, version, permissions));
            Add(zip, "README.txt", note);
        }
        return bytes.ToArray();
    }

    private static void Add(ZipArchive zip, string name, ReadOnlySpan<byte> content)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = Always;
        using var stream = entry.Open();
        stream.Write(content);
    }

    private static byte[] Manifest(string id, string version, IReadOnlyList<string> permissions)
    {
        // the first two are attributes of Android's namespace, by the ids that follow
        List<string> texts =
        [
            "name",
            "versionName",
            "http://schemas.android.com/apk/res/android",
            "package",
            "manifest",
            "uses-permission",
            id,
            version,
            .. permissions,
        ];
        var nodes = new List<byte[]> { Chunk(0x0102, 16, Words([0, None, None, 4, 20 << 16 | 20, 2, 0, .. Text(None, 3, 6), .. Text(2, 1, 7)])) };
        for (var i = 0; i < permissions.Count; i++)
        {
            nodes.Add(Chunk(0x0102, 16, Words([0, None, None, 5, 20 << 16 | 20, 1, 0, .. Text(2, 0, (uint)(8 + i))])));
            nodes.Add(Chunk(0x0103, 16, Words(0, None, None, 5)));
        }
        nodes.Add(Chunk(0x0103, 16, Words(0, None, None, 4)));
        return Chunk(0x0003, 8, [.. Chunk(0x0001, 28, Pool(texts)), .. Chunk(0x0180, 8, Words(0x01010003, 0x0101021c)), .. nodes.SelectMany(n => n)]);
    }

    /// <summary>An attribute whose value is a text.</summary>
    private static uint[] Text(uint space, uint name, uint value) => [space, name, value, 0x03000008, value];

    private static byte[] Pool(List<string> texts)
    {
        var (offsets, pool) = (new List<uint>(), new List<byte>());
        foreach (var text in texts)
        {
            offsets.Add((uint)pool.Count);
            pool.AddRange([(byte)text.Length, 0, .. Encoding.Unicode.GetBytes(text), 0, 0]);
        }
        pool.AddRange(new byte[(4 - pool.Count % 4) % 4]);
        return [.. Words((uint)texts.Count, 0, 0, 28 + 4 * (uint)texts.Count, 0), .. Words([.. offsets]), .. pool];
    }

    private static byte[] Chunk(ushort type, ushort header, byte[] body) => [.. Words(type | (uint)header << 16, (uint)body.Length + 8), .. body];

    private static byte[] Words(params uint[] words)
    {
        var bytes = new byte[4 * words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), words[i]);
        }
        return bytes;
    }
}
