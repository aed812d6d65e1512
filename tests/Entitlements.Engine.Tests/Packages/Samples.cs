using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Entitlements.Engine.Tests.Packages;

/// <summary>Makes packages as the tests want them: the plain other half of the reader.</summary>
internal static class Samples
{
    private const string Names = "http://schemas.android.com/apk/res/android";

    private static readonly Dictionary<string, uint> Ids = new()
    {
        ["name"] = 0x01010003,
        ["permission"] = 0x01010006,
        ["debuggable"] = 0x0101000f,
        ["minSdkVersion"] = 0x0101020c,
        ["targetSdkVersion"] = 0x01010270,
        ["versionCode"] = 0x0101021b,
        ["versionName"] = 0x0101021c,
        ["versionCodeMajor"] = 0x01010576,
    };

    public static MemoryStream Zip(params (string Name, byte[] Content)[] entries)
    {
        var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }
        return file;
    }

    public static MemoryStream Apk(params Element[] elements) => Zip(("AndroidManifest.xml", Xml(elements)), ("classes.dex", new byte[100]));

    public static Element Manifest(params (string, object)[] attributes) => new(1, "manifest", attributes);

    public static Element Permission(string name, string tag = "uses-permission") => new(2, tag, [("name", name)]);

    /// <summary>Compiled XML; an attribute is of Android's namespace where its name has an id, else of none. Text and int as they are, bool as a flag, and what no compiler makes.</summary>
    public static byte[] Xml(params Element[] elements)
    {
        var texts = Ids.Keys.ToList();
        uint Text(string text)
        {
            if (!texts.Contains(text))
            {
                texts.Add(text);
            }
            return (uint)texts.IndexOf(text);
        }
        Text(Names);
        var nodes = new MemoryStream();
        var open = new Stack<Element>();
        void CloseTo(int depth)
        {
            while (open.Count >= depth)
            {
                Chunk(nodes, 0x0103, 16, U32(0, 0xffffffff, 0xffffffff, Text(open.Pop().Name)));
            }
        }
        foreach (var element in elements)
        {
            CloseTo(element.Depth);
            open.Push(element);
            var body = new List<uint> { 0, 0xffffffff, 0xffffffff, Text(element.Name), 20 << 16 | 20, (uint)element.Attributes.Length, 0 };
            foreach (var (name, value) in element.Attributes)
            {
                body.AddRange([Ids.ContainsKey(name) ? Text(Names) : 0xffffffff, Text(name)]);
                body.AddRange(
                    value switch
                    {
                        string text => [Text(text), 0x03000008, Text(text)],
                        int number => [0xffffffff, 0x10000008, (uint)number],
                        Reference { Written: var written } => [Text(written), 0x01000008, 0x7f010001],
                        TwoTexts { Written: var written, Compiled: var compiled } => [Text(written), 0x03000008, Text(compiled)],
                        bool flag => [0xffffffff, 0x12000008, flag ? 0xffffffff : 0],
                        _ => throw new System.Diagnostics.UnreachableException(),
                    }
                );
            }
            Chunk(nodes, 0x0102, 16, U32([.. body]));
        }
        CloseTo(1);
        var all = new MemoryStream();
        Chunk(all, 0x0001, 28, Pool(texts));
        Chunk(all, 0x0180, 8, U32([.. Ids.Values]));
        all.Write(nodes.ToArray());
        var file = new MemoryStream();
        Chunk(file, 0x0003, 8, all.ToArray());
        return file.ToArray();
    }

    private static byte[] Pool(List<string> texts)
    {
        var (offsets, pool) = (new List<uint>(), new MemoryStream());
        foreach (var bytes in texts.Select(Encoding.UTF8.GetBytes))
        {
            offsets.Add((uint)pool.Length);
            pool.Write([(byte)bytes.Length, (byte)bytes.Length, .. bytes, 0]);
        }
        pool.Write(new byte[(4 - pool.Length % 4) % 4]);
        return [.. U32((uint)texts.Count, 0, 0x100, 28 + 4 * (uint)texts.Count, 0), .. U32([.. offsets]), .. pool.ToArray()];
    }

    private static void Chunk(MemoryStream into, ushort type, ushort header, byte[] body) =>
        into.Write([.. U32(type | (uint)header << 16, (uint)body.Length + 8), .. body]);

    private static byte[] U32(params uint[] numbers)
    {
        var bytes = new byte[4 * numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), numbers[i]);
        }
        return bytes;
    }
}

/// <summary>A value that names a resource, whatever was written before it was compiled.</summary>
internal sealed record Reference(string Written);

/// <summary>A text that says another thing than what was written before it was compiled.</summary>
internal sealed record TwoTexts(string Written, string Compiled);

internal sealed record Element(int Depth, string Name, params (string Name, object Value)[] Attributes);
