using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Entitlements.Engine.Canonical;

/// <summary>
/// One form of bytes for one JSON value, so that it can be hashed: members sorted by UTF-16 code units, no white space, shortest escapes, UTF-8.
/// Numbers are integers only, so the number form of RFC 8785 §3.2.2.3 never matters. Source: RFC 8785 §3.2.
/// </summary>
public static class CanonicalJson
{
    /// <summary>Largest integer that every JSON implementation keeps exactly (RFC 7493 §2.2).</summary>
    private const long LargestInteger = 9_007_199_254_740_991;

    private const int Deepest = 64;

    /// <summary>The canonical UTF-8 bytes of <paramref name="value"/>.</summary>
    /// <exception cref="ArgumentException">
    /// A number is not an integer within ±(2^53 − 1), a name occurs twice, text is not valid Unicode, or the value nests deeper than 64.
    /// </exception>
    public static byte[] Bytes(JsonElement value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    internal static void Append(StringBuilder text, JsonElement value, int depth = 0)
    {
        if (depth > Deepest)
        {
            throw new ArgumentException("The value nests too deeply to be hashed.", nameof(value));
        }
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                AppendObject(text, value, depth);
                break;
            case JsonValueKind.Array:
                AppendArray(text, value, depth);
                break;
            case JsonValueKind.String:
                AppendText(text, Text(value.GetString));
                break;
            case JsonValueKind.Number:
                AppendInteger(text, value.TryGetInt64(out var integer) ? integer : long.MaxValue);
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.Null:
                text.Append("null");
                break;
            case JsonValueKind.Undefined:
            default:
                throw new ArgumentException("There is no value to hash.", nameof(value));
        }
    }

    private static void AppendObject(StringBuilder text, JsonElement value, int depth)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (!members.TryAdd(Text(() => member.Name), member.Value))
            {
                throw new ArgumentException($"The member '{member.Name}' occurs twice.", nameof(value));
            }
        }
        text.Append('{');
        var separator = "";
        foreach (var (name, member) in members)
        {
            text.Append(separator);
            AppendText(text, name);
            text.Append(':');
            Append(text, member, depth + 1);
            separator = ",";
        }
        text.Append('}');
    }

    private static void AppendArray(StringBuilder text, JsonElement value, int depth)
    {
        text.Append('[');
        var separator = "";
        foreach (var item in value.EnumerateArray())
        {
            text.Append(separator);
            Append(text, item, depth + 1);
            separator = ",";
        }
        text.Append(']');
    }

    internal static void AppendInteger(StringBuilder text, long value)
    {
        if (value is < -LargestInteger or > LargestInteger)
        {
            throw new ArgumentException("A number is not an integer within 2^53.", nameof(value));
        }
        text.Append(value.ToString(CultureInfo.InvariantCulture));
    }

    /// <remarks>The reader refuses a lone surrogate only when the text is taken out.</remarks>
    private static string Text(Func<string?> read)
    {
        try
        {
            return read()!;
        }
        catch (InvalidOperationException invalid)
        {
            throw new ArgumentException("The text is not valid Unicode.", nameof(read), invalid);
        }
    }

    internal static void AppendText(StringBuilder text, string value)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i += Rune.IsValid(value[i]) ? 1 : 2)
        {
            if (!Rune.TryGetRuneAt(value, i, out var rune))
            {
                throw new ArgumentException("The text is not valid Unicode.", nameof(value));
            }
            AppendRune(text, rune);
        }
        text.Append('"');
    }

    private static void AppendRune(StringBuilder text, Rune rune)
    {
        _ = rune.Value switch
        {
            '"' => text.Append("\\\""),
            '\\' => text.Append(@"\\"),
            '\b' => text.Append("\\b"),
            '\t' => text.Append("\\t"),
            '\n' => text.Append("\\n"),
            '\f' => text.Append("\\f"),
            '\r' => text.Append("\\r"),
            < 0x20 => text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
            _ => text.Append(rune.ToString()),
        };
    }
}
