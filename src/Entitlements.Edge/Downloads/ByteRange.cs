using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Entitlements.Edge.Downloads;

/// <summary>What part of a file a <c>Range</c> header asks for (RFC 9110 §14).</summary>
internal abstract record ByteRange
{
    /// <summary>Clients that ask for more ranges at once mean harm or are broken (RFC 9110 §17.15).</summary>
    private const int MostRanges = 5;

    private ByteRange() { }

    /// <summary>No range, an unknown unit or no legible range: the header does not count.</summary>
    internal sealed record Whole : ByteRange;

    /// <summary>One range, ends included.</summary>
    internal sealed record Part(long First, long Last) : ByteRange;

    /// <summary>416.</summary>
    internal sealed record Unsatisfiable : ByteRange;

    /// <summary>Of several ranges the first that can be had is given, as a server may (§15.3.7); never a multipart answer.</summary>
    public static ByteRange Read(StringValues header, long size)
    {
        const string unit = "bytes=";
        var text = header.Count == 1 ? header[0]!.Trim() : null;
        if (text?.StartsWith(unit, StringComparison.OrdinalIgnoreCase) != true)
        {
            return header.Count > 1 ? new Unsatisfiable() : new Whole();
        }

        var specs = text[unit.Length..].Split(',', MostRanges + 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (specs.Length > MostRanges)
        {
            return new Unsatisfiable();
        }

        var ranges = Array.ConvertAll(specs, spec => ReadOne(spec, size));
        return ranges.Length == 0 || ranges.Any(range => range is Whole) ? new Whole() : ranges.FirstOrDefault(range => range is Part) ?? new Unsatisfiable();
    }

    /// <returns><see cref="Whole"/> when <paramref name="spec"/> is not a range at all.</returns>
    private static ByteRange ReadOne(string spec, long size)
    {
        var dash = spec.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !TryReadNumber(spec.AsSpan(0, dash), out var first) || !TryReadNumber(spec.AsSpan(dash + 1), out var last))
        {
            return new Whole();
        }

        return (first, last) switch
        {
            (null, null) => new Whole(),
            (null, { } suffix) => suffix == 0 || size == 0 ? new Unsatisfiable() : new Part(Math.Max(0, size - suffix), size - 1),
            ({ } from, { } to) when to < from => new Whole(),
            ({ } from, _) when from >= size => new Unsatisfiable(),
            ({ } from, var to) => new Part(from, Math.Min(to ?? long.MaxValue, size - 1)),
        };
    }

    /// <summary>Digits of any length: more than fit are as many as fit.</summary>
    private static bool TryReadNumber(ReadOnlySpan<char> digits, out long? number)
    {
        number = null;
        if (digits.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        if (!digits.IsEmpty)
        {
            number = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : long.MaxValue;
        }

        return true;
    }
}
