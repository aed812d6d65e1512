using Entitlements.Gateway.Accreditations;

namespace Entitlements.Gateway.Rotas;

/// <summary>What a feed changes of what its source said before. A shift is known again by its person and its beginning.</summary>
/// <param name="Standing">Shifts of the source in the window that were not over.</param>
/// <param name="IsEmpty">It names no shift at all.</param>
internal sealed record ShiftDifference(
    IReadOnlyList<(long Subject, DateTimeOffset From, DateTimeOffset Until)> Inserted,
    IReadOnlyList<(ShiftRow Shift, DateTimeOffset Until)> Moved,
    IReadOnlyList<ShiftRow> Dropped,
    int Unchanged,
    int Standing,
    bool IsEmpty
)
{
    /// <remarks>What is over stays as it was.</remarks>
    public static ShiftDifference Between(
        IReadOnlyList<ShiftRow> before,
        IReadOnlyDictionary<(long Subject, DateTimeOffset From), DateTimeOffset> named,
        Window window,
        FeedMode mode,
        DateTimeOffset now
    )
    {
        var known = before.ToDictionary(s => (s.SubjectKey, s.NotBefore));
        var standing = before.Where(s => s.NotAfter > now && window.Meets(s.NotBefore, s.NotAfter)).ToList();
        var kept = named.Where(n => known.ContainsKey(n.Key)).Select(n => (Shift: known[n.Key], Until: n.Value)).ToList();
        return new(
            [.. named.Where(n => !known.ContainsKey(n.Key)).Select(n => (n.Key.Subject, n.Key.From, n.Value))],
            kept.FindAll(k => k.Shift.NotAfter != k.Until),
            mode == FeedMode.Full ? standing.FindAll(s => !named.ContainsKey((s.SubjectKey, s.NotBefore))) : [],
            kept.Count(k => k.Shift.NotAfter == k.Until),
            standing.Count,
            named.Count == 0
        );
    }
}
