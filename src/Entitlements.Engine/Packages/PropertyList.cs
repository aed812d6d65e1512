using System.Xml;

namespace Entitlements.Engine.Packages;

/// <summary>The outermost dictionary of an Apple property list, as XML or binary: texts, lists and dictionaries; whatever else stands in it is left out.</summary>
internal static class PropertyList
{
    private const int Deepest = 32;
    private const int MostValues = 20_000;

    /// <exception cref="PackageException">It is none.</exception>
    public static IReadOnlyDictionary<string, object> Read(byte[] file)
    {
        try
        {
            var value = file.AsSpan().StartsWith("bplist00"u8) ? new BinaryPropertyList(file).Read() : ReadXml(file);
            return value as IReadOnlyDictionary<string, object> ?? throw Unreadable();
        }
        catch (Exception fault) when (fault is XmlException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw Unreadable();
        }
    }

    /// <summary>Refuses what nests deeper, or holds more, than any such file.</summary>
    internal static void Bound(int depth, ref int values)
    {
        if (depth > Deepest || ++values > MostValues)
        {
            throw Unreadable();
        }
    }

    internal static PackageException Unreadable() => new(PackageFault.ManifestUnreadable, "The Info.plist cannot be read.");

    private static object? ReadXml(byte[] file)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Ignore, // every such file names Apple's; nothing is fetched, no entity is known
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
        };
        using var xml = XmlReader.Create(new MemoryStream(file), settings);
        var values = 0;
        xml.MoveToContent();
        xml.ReadStartElement("plist");
        return ReadValue(xml, 1, ref values);
    }

    private static object? ReadValue(XmlReader xml, int depth, ref int values)
    {
        Bound(depth, ref values);
        switch (xml.MoveToContent() == XmlNodeType.Element ? xml.Name : throw Unreadable())
        {
            case "string":
                return xml.ReadElementContentAsString();
            case "array":
                return ReadList(xml, depth, ref values);
            case "dict":
                return ReadDictionary(xml, depth, ref values);
            default:
                xml.Skip();
                return null;
        }
    }

    private static List<object> ReadList(XmlReader xml, int depth, ref int values)
    {
        var list = new List<object>();
        for (var inside = Enter(xml); inside && xml.MoveToContent() == XmlNodeType.Element; )
        {
            if (ReadValue(xml, depth + 1, ref values) is { } value)
            {
                list.Add(value);
            }
        }
        return Leave(xml, list);
    }

    private static Dictionary<string, object> ReadDictionary(XmlReader xml, int depth, ref int values)
    {
        var dictionary = new Dictionary<string, object>(StringComparer.Ordinal);
        for (var inside = Enter(xml); inside && xml.MoveToContent() == XmlNodeType.Element; )
        {
            var key = xml.Name == "key" ? xml.ReadElementContentAsString() : throw Unreadable();
            if (ReadValue(xml, depth + 1, ref values) is { } value && !dictionary.TryAdd(key, value))
            {
                throw Unreadable(); // said twice
            }
        }
        return Leave(xml, dictionary);
    }

    private static bool Enter(XmlReader xml)
    {
        var isEmpty = xml.IsEmptyElement;
        xml.Read();
        return !isEmpty;
    }

    private static T Leave<T>(XmlReader xml, T value)
    {
        if (xml.NodeType == XmlNodeType.EndElement && xml.Name is "array" or "dict")
        {
            xml.ReadEndElement();
        }
        return value;
    }
}
