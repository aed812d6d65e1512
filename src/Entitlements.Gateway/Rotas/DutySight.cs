using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Rotas;

/// <summary>Who is on duty, as far as the reader may know.</summary>
internal static class DutySight
{
    /// <param name="at">The instant that is asked about.</param>
    /// <param name="now">The instant at which the reader is who they are.</param>
    /// <returns>Null where the tenant has no such rota.</returns>
    public static async Task<OnDutyView?> ReadAsync(EntitlementsDb db, Caller caller, string tenant, string rota, DateTimeOffset at, DateTimeOffset now)
    {
        if (await RotaSight.FindAsync(db, tenant, rota) is not { } row)
        {
            return null;
        }
        var people = await OnDuty.Of(db, tenant, row.Id, at).AsNoTracking().ToListAsync();
        var count = people.Select(s => s.Person).Distinct().Count();
        if (!await RotaSight.MayNameAsync(db, caller, row, now))
        {
            return new(at, count, null);
        }
        var pieces = await ShiftPieces.InAsync(db, tenant, row.Id, new(at, at.AddMicroseconds(1)));
        var shown = people
            .OrderBy(s => s.Id, StringComparer.Ordinal)
            .Select(s => new DutyView(s.Id, s.DisplayName, pieces.Where(p => p.SubjectKey == s.Key).Max(p => (DateTimeOffset?)p.Until)));
        return new(at, count, [.. shown]);
    }
}

/// <param name="Count">How many persons.</param>
/// <param name="People">Null where the pool is sensitive and the reader need not know.</param>
internal sealed record OnDutyView(DateTimeOffset At, int Count, IReadOnlyList<DutyView>? People);

/// <param name="Until">When their stretch is over.</param>
internal sealed record DutyView(string Subject, string? Name, DateTimeOffset? Until);
