using System.Text.Json;

namespace Entitlements.Gateway.Identity;

/// <summary>Reads claims by their JSON types and remembers the first fault: a claim of the wrong type is never read as absent, but for those that tell of the sign-in.</summary>
/// <remarks>RFC 7519 §2 (NumericDate, StringOrURI), §4.</remarks>
internal sealed class ClaimReader(JsonElement payload)
{
    /// <summary>Last second of the year 9999: what a DateTimeOffset can hold.</summary>
    private const double LastInstant = 253_402_300_799;

    /// <summary>Why the token is refused, in words from a closed set; null while nothing is wrong.</summary>
    public string? Fault { get; private set; }

    public void Refuse(string fault) => Fault ??= fault;

    /// <summary>Null when absent; a fault when it is anything but 1 to 256 bytes of text without control characters.</summary>
    public string? Text(string name)
    {
        if (!payload.TryGetProperty(name, out var member))
        {
            return null;
        }

        var text = CompactJws.Text256(member);
        if (text is null)
        {
            Refuse($"claim {name} is malformed");
        }

        return text;
    }

    public string? RequiredText(string name)
    {
        if (!payload.TryGetProperty(name, out _))
        {
            Refuse($"claim {name} is missing");
        }

        return Text(name);
    }

    /// <summary>A NumericDate: a JSON number of seconds, never a string.</summary>
    public DateTimeOffset? Instant(string name)
    {
        if (!payload.TryGetProperty(name, out var member))
        {
            return null;
        }

        var instant = InstantOf(member);
        if (instant is null)
        {
            Refuse($"claim {name} is malformed");
        }

        return instant;
    }

    private static DateTimeOffset? InstantOf(JsonElement member) =>
        member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out var seconds) && seconds is >= 0 and <= LastInstant
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    public DateTimeOffset? RequiredInstant(string name)
    {
        if (!payload.TryGetProperty(name, out _))
        {
            Refuse($"claim {name} is missing");
        }

        return Instant(name);
    }

    /// <summary>A list of words: an array of strings, or one string of words between spaces. Empty when absent.</summary>
    public IReadOnlySet<string> Words(string name)
    {
        HashSet<string> words = new(StringComparer.Ordinal);
        if (!payload.TryGetProperty(name, out var member))
        {
            return words;
        }

        if (member.ValueKind == JsonValueKind.String)
        {
            words.UnionWith(LongText(member)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? Malformed(name));
        }
        else if (member.ValueKind == JsonValueKind.Array && member.EnumerateArray().All(item => CompactJws.Text256(item) is not null))
        {
            words.UnionWith(member.EnumerateArray().Select(item => item.GetString()!));
        }
        else
        {
            Malformed(name);
        }

        return words;
    }

    /// <summary>Null also where it is malformed; for what only ever opens something when it is there.</summary>
    public string? TextOrNothing(string name) => payload.TryGetProperty(name, out var member) ? CompactJws.Text256(member) : null;

    /// <inheritdoc cref="TextOrNothing"/>
    public DateTimeOffset? InstantOrNothing(string name) => payload.TryGetProperty(name, out var member) ? InstantOf(member) : null;

    /// <summary>An array of strings; empty also where it is anything else.</summary>
    /// <inheritdoc cref="TextOrNothing"/>
    public IReadOnlyList<string> ListOrNothing(string name) =>
        payload.TryGetProperty(name, out var member)
        && member.ValueKind == JsonValueKind.Array
        && member.EnumerateArray().All(item => CompactJws.Text256(item) is not null)
            ? [.. member.EnumerateArray().Select(item => item.GetString()!)]
            : [];

    public bool Has(string name) => payload.TryGetProperty(name, out _);

    /// <summary>A fault when any of these claims is there, whatever it says.</summary>
    public void Absent(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Has(name))
            {
                Refuse($"claim {name} is not for this");
            }
        }
    }

    private string[] Malformed(string name)
    {
        Refuse($"claim {name} is malformed");
        return [];
    }

    private static string? LongText(JsonElement member)
    {
        try
        {
            return member.GetString() is { } text && !text.Any(char.IsControl) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // an escaped lone surrogate
        }
    }
}
