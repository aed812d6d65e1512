using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Rotas;

/// <summary>
/// Tells when a rota's feeders are silent, and when nobody is on duty at some moment of the next 48 hours. It only tells: who is on duty is read afresh for
/// every vote. Many replicas run it; each thing is told in the transaction that marks it as told.
/// </summary>
internal sealed partial class RotaWatch(IServiceScopeFactory scopes, TimeProvider clock, ILogger<RotaWatch> log)
    : Worker("Duty rotas", TimeSpan.FromMinutes(1), scopes, clock, log)
{
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(48);

    protected override Task ActAsync(CancellationToken stopping) => LookAsync();

    /// <summary>Tells what is new, rota by rota.</summary>
    internal async Task LookAsync()
    {
        await using var scope = Scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EntitlementsDb>();
        var now = Clock.Now();
        var watched = db.Rotas.AsNoTracking().Where(r => !r.Deleted && !db.Tenants.Any(t => t.Id == r.Tenant && t.ExerciseOf != null)); // nobody feeds an exercise
        foreach (var rota in await watched.ToListAsync())
        {
            var gap = await GapAsync(db, rota, now);
            if (!IsKnown(gap, rota, now) || (rota.StaleFrom <= now && !rota.StaleTold))
            {
                await scope.ServiceProvider.GetRequiredService<Writes>().RecordAsync(write => TellAsync(write, rota));
            }
        }
    }

    /// <summary>The first moment without anybody on duty, people as they are now; null where there is none.</summary>
    private static async Task<DateTimeOffset?> GapAsync(EntitlementsDb db, RotaRow rota, DateTimeOffset now)
    {
        var pool = (await OnDuty.InPool(db, rota.Tenant, rota.Id, now).Select(s => s.Key).ToListAsync()).ToHashSet();
        var covered = now;
        foreach (
            var piece in (await ShiftPieces.InAsync(db, rota.Tenant, rota.Id, new(now, now + Ahead)))
                .Where(p => pool.Contains(p.SubjectKey))
                .OrderBy(p => p.From)
        )
        {
            if (piece.From > covered)
            {
                break;
            }
            covered = piece.Until > covered ? piece.Until : covered;
        }
        return covered < now + Ahead ? covered : null;
    }

    private async Task<bool> TellAsync(WriteScope write, RotaRow seen)
    {
        await RotaWrite.LockAsync(write, seen.Tenant, seen.Id);
        var rota = await write.Db.Rotas.SingleAsync(r => r.Tenant == seen.Tenant && r.Id == seen.Id);
        if (rota.Deleted)
        {
            return false;
        }
        if (rota.StaleFrom is { } since && since <= write.Now && !rota.StaleTold)
        {
            rota.StaleTold = true;
            write.Tell("rota.stale", rota.Tenant, new { since }); // no id: it may name a sensitive role
            Stale(rota.Tenant, since);
        }
        var gap = await GapAsync(write.Db, rota, write.Now);
        if (gap is { } from && rota.GapTold is null)
        {
            write.Tell("rota.gap", rota.Tenant, new { from });
            Gap(rota.Tenant, from);
        }
        rota.GapTold = IsKnown(gap, rota, write.Now) ? rota.GapTold : gap;
        return true;
    }

    /// <summary>True where it was told as it is; a gap that has begun does not begin anew with every look.</summary>
    private static bool IsKnown(DateTimeOffset? gap, RotaRow rota, DateTimeOffset now) => gap == rota.GapTold || (gap <= now && rota.GapTold <= now);

    [LoggerMessage(LogLevel.Warning, "A duty rota of tenant {Tenant} has not been fed as it should: stale since {Since:u}.")]
    private partial void Stale(string tenant, DateTimeOffset since);

    [LoggerMessage(LogLevel.Warning, "A duty rota of tenant {Tenant} has nobody on duty from {From:u}.")]
    private partial void Gap(string tenant, DateTimeOffset from);
}
