using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Rotas;

/// <summary>A stretch of a shift that is one person's.</summary>
internal readonly record struct Piece(long SubjectKey, DateTimeOffset From, DateTimeOffset Until);

/// <summary>Whose a shift is, stretch by stretch, after what was taken over: the same that <see cref="OnDuty"/> reads for one instant.</summary>
internal static class ShiftPieces
{
    /// <param name="taken">Swaps of this shift that were accepted; the last one counts. What lies outside of the shift, as it stands now, is nothing.</param>
    public static List<Piece> Of(ShiftRow shift, IEnumerable<SwapRow> taken)
    {
        var swaps = taken.Where(w => w.Shift == shift.Id && w.State == SwapState.Accepted).OrderByDescending(w => w.Taken).ToList();
        var cuts = swaps
            .SelectMany(w => new[] { w.NotBefore, w.NotAfter })
            .Where(at => at > shift.NotBefore && at < shift.NotAfter)
            .Append(shift.NotBefore)
            .Append(shift.NotAfter)
            .Distinct()
            .Order()
            .ToList();
        var pieces = new List<Piece>();
        foreach (var (from, until) in cuts.Zip(cuts.Skip(1)))
        {
            var whose = swaps.Find(w => w.NotBefore <= from && w.NotAfter >= until)?.TakerKey ?? shift.SubjectKey;
            if (pieces is [.., var last] && last.SubjectKey == whose)
            {
                pieces[^1] = last with { Until = until };
            }
            else
            {
                pieces.Add(new(whose, from, until));
            }
        }
        return pieces;
    }

    /// <summary>True where all of the span, within the shift, is that person's.</summary>
    public static bool IsAllOf(this IEnumerable<Piece> pieces, long subject, DateTimeOffset from, DateTimeOffset until) =>
        pieces.Any(p => p.SubjectKey == subject && p.From <= from && p.Until >= until);

    /// <summary>The stretches of all shifts of a rota that meet the window.</summary>
    public static async Task<List<Piece>> InAsync(EntitlementsDb db, string tenant, string rota, Window window)
    {
        var shifts = await db.Standing(tenant, rota, window).ToListAsync();
        var taken = await db.TakenOfAsync(shifts);
        return [.. shifts.SelectMany(s => Of(s, taken[s.Id])).Where(p => window.Meets(p.From, p.Until))];
    }

    /// <summary>Shifts that nobody ended and that meet the window.</summary>
    public static IQueryable<ShiftRow> Standing(this EntitlementsDb db, string tenant, string rota, Window window)
    {
        var earliest = window.From - ShiftRow.Longest;
        return db
            .RotaShifts.AsNoTracking()
            .Where(s => s.Tenant == tenant && s.Rota == rota && !s.Ended && s.NotBefore >= earliest && s.NotBefore < window.Until && s.NotAfter > window.From);
    }

    public static async Task<ILookup<long, SwapRow>> TakenOfAsync(this EntitlementsDb db, List<ShiftRow> shifts)
    {
        var ids = shifts.ConvertAll(s => s.Id);
        var taken = await db.RotaSwaps.AsNoTracking().Where(w => EF.Parameter(ids).Contains(w.Shift) && w.State == SwapState.Accepted).ToListAsync();
        return taken.ToLookup(w => w.Shift);
    }
}
