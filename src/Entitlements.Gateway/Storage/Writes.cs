using Entitlements.Gateway.Consistency;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Storage;

/// <summary>
/// Every write is one transaction: the change, its audit record, its outbox message and, if it can change access, the revision with the
/// scopes it may have changed. No cancellation token goes in: a commit that was begun is never cancelled.
/// </summary>
internal sealed class Writes(
    EntitlementsDb db,
    TimeProvider clock,
    IOptions<StorageOptions> storage,
    SqliteWriter sqlite,
    AppliedSignal applied,
    Acknowledgement acknowledgement
)
{
    /// <summary>
    /// Runs <paramref name="act"/> under the revision counter's lock, so that whoever changes access does so one after another and sees all
    /// that came before. Returns when it is in force on every replica, or when that could not be confirmed in time.
    /// </summary>
    /// <remarks>The counter goes first, in a statement of its own: later statements then see what committed while it waited (PostgreSQL READ COMMITTED).</remarks>
    /// <exception cref="CommitInDoubtException">Committed, but perhaps not for good: nothing may be told as done. A repeat finds out.</exception>
    public async Task<Revised<T>> ReviseAsync<T>(Func<WriteScope, Task<T>> act)
    {
        await db.Database.OpenConnectionAsync(); // one connection from the counter to the acknowledgement: what is waited for is waited for where it was committed
        try
        {
            var (outcome, revised) = await CommitAsync(revises: true, act);
            if (revised is null)
            {
                return new(outcome, InForce: true);
            }
            if (!storage.Value.IsPostgres)
            {
                await applied.TellAsync(revised); // after the turn was given back: watchers write, too
            }
            return new(outcome, await acknowledgement.IsInForceAsync(db, revised.Revision));
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    /// <summary>Runs <paramref name="act"/> in a transaction that cannot change access: drafts, uploads, outcomes.</summary>
    public async Task<T> RecordAsync<T>(Func<WriteScope, Task<T>> act) => (await CommitAsync(revises: false, act)).Outcome;

    private async Task<(T Outcome, Applied? Revised)> CommitAsync<T>(bool revises, Func<WriteScope, Task<T>> act)
    {
        using var turn = storage.Value.IsPostgres ? null : await sqlite.TakeTurnAsync();
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync();
        var revision = revises ? await NextRevisionAsync() : await CurrentRevisionAsync();
        var scope = new WriteScope(db, transaction, revision, clock.Earliest(), clock.Now()) { Revises = revises };
        var outcome = await act(scope);
        if (scope.Abandoned)
        {
            await transaction.RollbackAsync();
        }
        else
        {
            if (revises)
            {
                await InvalidateAsync(scope);
            }
            await db.SaveChangesAsync();
            using var watch = new CommitWatch(db.Database.GetDbConnection());
            await transaction.CommitAsync();
            watch.ThrowIfDoubtful();
        }
        db.ChangeTracker.Clear();
        return (outcome, scope.Abandoned || !revises ? null : new(revision, scope.Scopes));
    }

    /// <summary>A row for every revision, also where it touched nothing: a replica sees from a gap that it missed one.</summary>
    private async Task InvalidateAsync(WriteScope scope)
    {
        db.Set<InvalidationRow>()
            .Add(
                new()
                {
                    Rev = scope.Revision,
                    Scopes = [.. scope.Scopes],
                    At = scope.Now,
                }
            );
        if (storage.Value.IsPostgres)
        {
            // told at commit, and only a hint: a full queue, which a listener that does not read makes, would refuse the commit
            await db.Database.ExecuteSqlAsync($"select pg_notify({LeaseTable.Channel}, '') where pg_notification_queue_usage() < 0.9");
        }
    }

    private async Task<long> NextRevisionAsync() =>
        (await db.Database.SqlQueryRaw<long>("update authz_rev set rev = rev + 1 returning rev as \"Value\"").ToListAsync())[0];

    private Task<long> CurrentRevisionAsync() => db.Set<RevisionRow>().Select(r => r.Rev).SingleAsync();
}

/// <summary>What became of a write that can change access.</summary>
/// <param name="InForce">False: committed, but not confirmed on every replica in time.</param>
internal readonly record struct Revised<T>(T Outcome, bool InForce);

/// <summary>One write under way.</summary>
internal sealed class WriteScope(EntitlementsDb db, IDbContextTransaction transaction, long revision, DateTimeOffset earliest, DateTimeOffset now)
{
    public EntitlementsDb Db { get; } = db;

    /// <summary>The revision this write makes, or the one it happens at when it cannot change access.</summary>
    public long Revision { get; } = revision;

    /// <summary>What begins with this write begins here: no replica that reads it is earlier.</summary>
    public DateTimeOffset Earliest { get; } = earliest;

    /// <summary>The one instant of this write.</summary>
    public DateTimeOffset Now { get; } = now;

    private static readonly TimeSpan Late = TimeSpan.FromDays(1);

    /// <summary>The counter is held: whoever else changes access waits.</summary>
    internal bool Revises { get; init; }
    internal bool Abandoned { get; private set; }

    /// <summary>What this write may have changed.</summary>
    internal HashSet<string> Scopes { get; } = new(StringComparer.Ordinal);

    /// <summary>From here to the end of this write nobody else is at <paramref name="work"/>, in any replica.</summary>
    public async Task AloneAsync(string work)
    {
        if (Db.Database.IsNpgsql()) // on SQLite every write is alone
        {
            await Db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({work}, 0))");
        }
    }

    /// <summary>Nothing of this write is kept; returns <paramref name="outcome"/> for the caller to return.</summary>
    public T Abandon<T>(T outcome)
    {
        Abandoned = true;
        return outcome;
    }

    /// <summary>Tells the log, in this transaction. <paramref name="details"/> carries neither tokens nor names.</summary>
    public void Audit(string kind, string? tenant, string actor, string target, object? details = null) =>
        Db.AuditEvents.Add(
            new()
            {
                Kind = kind,
                Tenant = tenant,
                Actor = actor,
                Target = target,
                Details = StoredJson.Write(details ?? new { }),
                At = Now,
                Revision = Revision,
            }
        );

    /// <summary>Tells the log of each of <paramref name="tenants"/>: what two forces do together is in the evidence of either.</summary>
    public void AuditIn(IEnumerable<string> tenants, string kind, string actor, string target, object details)
    {
        foreach (var tenant in tenants)
        {
            Audit(kind, tenant, actor, target, details);
        }
    }

    /// <summary>Owes the outside a message, in this transaction.</summary>
    public void Tell(string kind, string? tenant, object payload) =>
        Db.Outbox.Add(
            new()
            {
                Kind = kind,
                Tenant = tenant,
                Payload = StoredJson.Write(payload),
                At = Now,
                Revision = Revision,
            }
        );

    /// <summary>What rests on these scopes was decided before this revision and counts no more.</summary>
    public void Invalidate(params IEnumerable<string> scopes) => Scopes.UnionWith(scopes);

    /// <summary>Overtakes every issue and redemption that was judged before this revision, of <paramref name="tenant"/> and of every tenant that it lends people to: their right there rests on the one here.</summary>
    /// <remarks>Aid that was over by this writer's clock counts for a day more: others' clocks are never that late.</remarks>
    public Task RaiseGuardAsync(string tenant) =>
        Db.Database.ExecuteSqlAsync(
            $"""
            insert into tenant_guard (tenant, rev)
            select g.tenant, g.rev from (
              select {tenant} as tenant, {Revision} as rev
              union select a.host, {Revision} from mutual_aid a where a.home = {tenant} and a.not_after > {Instants.ToParameter(
                Now - Late,
                Db.Database.IsNpgsql()
            )}
            ) g where true on conflict (tenant) do update set rev = excluded.rev
            """
        );

    /// <summary>Overtakes every issue and redemption that was judged before this revision.</summary>
    public Task RaiseGlobalGuardAsync() => Db.Set<GlobalGuardRow>().ExecuteUpdateAsync(set => set.SetProperty(g => g.Rev, Revision));

    /// <summary>Does <paramref name="act"/>, asks <paramref name="measure"/>, undoes it: what would be, without it having been.</summary>
    /// <remarks>Without the counter it meets others who alter the same rows, and gives up long before PostgreSQL would call it a deadlock and end one of the two: that might be a revocation.</remarks>
    public async Task<T> TryOutAsync<T>(Func<Task> act, Func<Task<T>> measure)
    {
        await Db.SaveChangesAsync();
        if (!Revises && Db.Database.IsNpgsql())
        {
            await Db.Database.ExecuteSqlRawAsync("set local lock_timeout = '250ms'");
        }
        await transaction.CreateSavepointAsync("try_out");
        await act();
        await Db.SaveChangesAsync();
        var result = await measure();
        await transaction.RollbackToSavepointAsync("try_out");
        Db.ChangeTracker.Clear();
        return result;
    }
}
