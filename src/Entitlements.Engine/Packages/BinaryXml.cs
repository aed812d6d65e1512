using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Entitlements.Engine.Packages;

/// <summary>One element of a manifest, with its own attributes.</summary>
/// <param name="Depth">1 for the outermost.</param>
internal sealed record XmlElement(int Depth, string Name, IReadOnlyDictionary<string, XmlValue> Attributes)
{
    public string? Text(string attribute) => Attributes.TryGetValue(attribute, out var value) ? value.Text : null;

    public long? Number(string attribute) => Attributes.TryGetValue(attribute, out var value) ? value.Number : null;

    public bool Flag(string attribute) => Attributes.TryGetValue(attribute, out var value) && value.Number is not (null or 0);
}

/// <param name="Text">Null for what is no text, a reference to a resource, for instance.</param>
/// <param name="Number">Null for what is no number.</param>
internal readonly record struct XmlValue(string? Text, long? Number);

/// <summary>
/// Android's compiled XML: a pool of texts, a table of attribute ids, then elements. Bounded by the bytes it is given: every offset is looked at before it is
/// followed. Source: AOSP <c>ResourceTypes.h</c> (ResChunk_header, ResStringPool_header, ResXMLTree_node, Res_value).
/// </summary>
internal static class BinaryXml
{
    private const int MostElements = 200_000;
    private const uint Missing = uint.MaxValue;
    private const int Deepest = 100;

    private static readonly Dictionary<string, XmlValue> None = [];

    /// <summary>Attributes that we ask for, by their resource id: the system goes by the id, whatever name stands in the file.</summary>
    private static readonly Dictionary<uint, string> ById = new()
    {
        [0x01010003] = "name",
        [0x01010006] = "permission",
        [0x0101000f] = "debuggable",
        [0x0101020c] = "minSdkVersion",
        [0x01010270] = "targetSdkVersion",
        [0x0101021b] = "versionCode",
        [0x0101021c] = "versionName",
        [0x01010271] = "maxSdkVersion",
        [0x01010576] = "versionCodeMajor",
    };

    /// <exception cref="PackageException">The bytes are no such XML.</exception>
    public static ImmutableArray<XmlElement> Read(ReadOnlySpan<byte> file)
    {
        try
        {
            var (type, header, size) = Chunk(file);
            return type == 0x0003 && size <= file.Length ? ReadTree(file[header..size]) : throw Unreadable();
        }
        catch (Exception fault) when (fault is ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw Unreadable(); // an offset led outside of the bytes
        }
    }

    private static ImmutableArray<XmlElement> ReadTree(ReadOnlySpan<byte> chunks)
    {
        var elements = ImmutableArray.CreateBuilder<XmlElement>();
        TextPool? texts = null;
        uint[] ids = [];
        var depth = 0;
        while (!chunks.IsEmpty)
        {
            var (type, header, size) = Chunk(chunks);
            var chunk = chunks[..size];
            switch (type)
            {
                case 0x0001:
                    texts = texts is null ? new(chunk, header) : throw Unreadable();
                    break;
                case 0x0180:
                    ids = [.. ReadIds(chunk[header..])];
                    break;
                case 0x0102 when ++depth > Deepest || elements.Count == MostElements:
                    throw Unreadable();
                case 0x0102:
                    elements.Add(ReadElement(chunk[header..], depth, texts ?? throw Unreadable(), ids));
                    break;
                case 0x0103 when --depth < 0:
                    throw Unreadable();
            }
            chunks = chunks[size..];
        }
        return depth == 0 && elements.Count > 0 ? elements.ToImmutable() : throw Unreadable();
    }

    private static (int Type, int Header, int Size) Chunk(ReadOnlySpan<byte> bytes)
    {
        var (type, header, size) = (U16(bytes, 0), U16(bytes, 2), U32(bytes, 4));
        return header >= 8 && header <= size && size <= bytes.Length ? (type, header, (int)size) : throw Unreadable();
    }

    private static List<uint> ReadIds(ReadOnlySpan<byte> bytes)
    {
        var ids = new List<uint>(bytes.Length / 4);
        for (var i = 0; i + 4 <= bytes.Length; i += 4)
        {
            ids.Add(U32(bytes, i));
        }
        return ids;
    }

    /// <param name="body">Behind the node's header: namespace, name, then where the attributes are, their size and number.</param>
    private static XmlElement ReadElement(ReadOnlySpan<byte> body, int depth, TextPool texts, uint[] ids)
    {
        var name = texts[U32(body, 4)];
        var (at, size, count) = (U16(body, 8), U16(body, 10), U16(body, 12));
        if (size < 20)
        {
            throw Unreadable();
        }
        Dictionary<string, XmlValue>? attributes = null;
        for (var i = 0; i < count; i++)
        {
            var one = body[(at + i * size)..];
            var key = U32(one, 4);
            var known =
                key < (uint)ids.Length ? ById.GetValueOrDefault(ids[key])
                : IsOurs(one) ? texts[key]
                : null;
            if (known is not null && !(attributes ??= new(StringComparer.Ordinal)).TryAdd(known, ReadValue(one, texts)))
            {
                throw Unreadable(); // said twice: two readers would read two things
            }
        }
        return new(depth, name, attributes ?? None);
    }

    /// <summary>Of no namespace, as <c>package</c> is.</summary>
    private static bool IsOurs(ReadOnlySpan<byte> attribute) => U32(attribute, 0) == Missing;

    private static XmlValue ReadValue(ReadOnlySpan<byte> attribute, TextPool texts)
    {
        var (raw, type, data) = (U32(attribute, 8), attribute[15], U32(attribute, 16));
        return type switch
        {
            0x03 when raw == Missing || texts[raw] == texts[data] => new(texts[data], null),
            0x03 => throw Unreadable(), // two texts in one place: two readers would read two things
            0x10 or 0x11 => new(null, (int)data),
            0x12 => new(null, data == 0 ? 0 : 1),
            _ => default, // what was written before it was compiled is not what the system goes by
        };
    }

    internal static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    internal static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    internal static PackageException Unreadable() => new(PackageFault.ManifestUnreadable, "The Android manifest cannot be read.");
}
