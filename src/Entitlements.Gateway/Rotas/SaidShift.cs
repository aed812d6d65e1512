using Entitlements.Gateway.Changes;

namespace Entitlements.Gateway.Rotas;

/// <summary>A shift as a feed says it, before anybody knows whose it is.</summary>
/// <param name="Who">A subject's id, or with <paramref name="IsAddress"/> a mail address.</param>
/// <param name="Where">JSON pointer, or <c>line N</c> of a file.</param>
internal sealed record SaidShift(string Who, bool IsAddress, DateTimeOffset From, DateTimeOffset Until, string Where);

/// <summary>What a feed was read as.</summary>
/// <param name="Skipped">What is in the file and is no shift: cancelled, tentative, declined, free time, without length or without a person.</param>
internal sealed record SaidShifts(IReadOnlyList<SaidShift> Shifts, int Skipped);

/// <summary>The span of time that a feed says the whole truth of.</summary>
internal readonly record struct Window(DateTimeOffset From, DateTimeOffset Until)
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(92);

    public bool Meets(DateTimeOffset from, DateTimeOffset until) => from < Until && until > From;
}

/// <summary>Bounds of one feed, whatever its format.</summary>
internal static class FeedBounds
{
    public const int MostShifts = 10_000;
    public const int MostBytes = 2 << 20;

    /// <summary>More faults than this are not listed.</summary>
    public const int MostFaults = 100;

    public static RefusedException Fault(string where, string error) => Faults([(where, error)]);

    public static RefusedException Faults(IEnumerable<(string, string)> faults) =>
        new(new("invalid_body", "The feed is not valid. Nothing was changed.", StatusCodes.Status400BadRequest) { Errors = [.. faults.Take(MostFaults)] });

    public static RefusedException TooMany() => Fault("", FormattableString.Invariant($"must be at most {MostShifts} shifts"));

    /// <summary>What is wrong with a shift's span; null where nothing is.</summary>
    public static string? SpanFault(DateTimeOffset from, DateTimeOffset until) =>
        until <= from ? "must come after from"
        : until - from > ShiftRow.Longest ? FormattableString.Invariant($"must be at most {ShiftRow.Longest.Days} days after from")
        : null;
}
