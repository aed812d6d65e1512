namespace Entitlements.Engine.Changes;

/// <summary>What a write does to who may have what. Governance goes by this, never by the shape of the request.</summary>
public enum Reach
{
    /// <summary>It can only take away: in force at once.</summary>
    Narrows,

    /// <summary>It changes nobody's access.</summary>
    Unchanged,

    /// <summary>Somebody refused before could be allowed after it, now or by the passing of time alone: a change that others vote on.</summary>
    Widens,
}

/// <summary>Sums what the parts of one write do: any widening part makes the write widening, whatever else it takes away.</summary>
internal readonly record struct ReachTally(bool AnyWidens, bool AnyNarrows)
{
    internal Reach Reach =>
        AnyWidens ? Reach.Widens
        : AnyNarrows ? Reach.Narrows
        : Reach.Unchanged;

    internal ReachTally And(bool widens, bool narrows) => new(AnyWidens || widens, AnyNarrows || narrows);

    /// <summary>A set of which every member lets somebody in.</summary>
    internal ReachTally AndGrants<T>(IEnumerable<T> before, IEnumerable<T> after) => And(after.Except(before).Any(), before.Except(after).Any());

    /// <summary>A ceiling; null means that there is none.</summary>
    internal ReachTally AndCeiling<T>(T? before, T? after)
        where T : struct, IComparable<T> => And(IsHigher(after, before), IsHigher(before, after));

    private static bool IsHigher<T>(T? left, T? right)
        where T : struct, IComparable<T> => right is { } bound && (left is not { } value || value.CompareTo(bound) > 0);
}
