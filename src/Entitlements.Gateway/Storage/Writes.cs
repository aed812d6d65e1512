using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Storage;

/// <summary>
/// Every write is one transaction: the change, its audit record, its outbox message and, if it can change access, the revision.
/// No cancellation token goes in: a commit that was begun is never cancelled.
/// </summary>
internal sealed class Writes(EntitlementsDb db, TimeProvider clock, IOptions<StorageOptions> storage, SqliteWriter sqlite, GuardSignal guards)
{
    /// <summary>Runs <paramref name="act"/> under the revision counter's lock, so that whoever changes access does so one after another and sees all that came before.</summary>
    /// <remarks>The counter goes first, in a statement of its own: later statements then see what committed while it waited (PostgreSQL READ COMMITTED).</remarks>
    public Task<T> ReviseAsync<T>(Func<WriteScope, Task<T>> act) => WriteAsync(revises: true, act);

    /// <summary>Runs <paramref name="act"/> in a transaction that cannot change access: drafts, uploads, outcomes.</summary>
    public Task<T> RecordAsync<T>(Func<WriteScope, Task<T>> act) => WriteAsync(revises: false, act);

    private async Task<T> WriteAsync<T>(bool revises, Func<WriteScope, Task<T>> act)
    {
        var (outcome, raised) = await CommitAsync(revises, act);
        if (raised is not null)
        {
            await guards.TellAsync(raised); // after the turn was given back: watchers write, too
        }
        return outcome;
    }

    private async Task<(T Outcome, GuardsRaised? Raised)> CommitAsync<T>(bool revises, Func<WriteScope, Task<T>> act)
    {
        using var turn = storage.Value.IsPostgres ? null : await sqlite.TakeTurnAsync();
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync();
        var revision = revises ? await NextRevisionAsync() : await CurrentRevisionAsync();
        var scope = new WriteScope(db, transaction, revision, clock.Now());
        var outcome = await act(scope);
        if (scope.Abandoned)
        {
            await transaction.RollbackAsync();
        }
        else
        {
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
        }
        db.ChangeTracker.Clear();
        return (outcome, scope.Abandoned ? null : scope.Raised);
    }

    private async Task<long> NextRevisionAsync() =>
        (await db.Database.SqlQueryRaw<long>("update authz_rev set rev = rev + 1 returning rev as \"Value\"").ToListAsync())[0];

    private Task<long> CurrentRevisionAsync() => db.Set<RevisionRow>().Select(r => r.Rev).SingleAsync();
}

/// <summary>One write under way.</summary>
internal sealed class WriteScope(EntitlementsDb db, IDbContextTransaction transaction, long revision, DateTimeOffset now)
{
    public EntitlementsDb Db { get; } = db;

    /// <summary>The revision this write makes, or the one it happens at when it cannot change access.</summary>
    public long Revision { get; } = revision;

    /// <summary>The one instant of this write.</summary>
    public DateTimeOffset Now { get; } = now;

    internal bool Abandoned { get; private set; }

    /// <summary>The guards raised so far; null when none was.</summary>
    internal GuardsRaised? Raised => _everywhere || _tenants.Count > 0 ? new(Revision, _tenants, _everywhere) : null;

    private readonly HashSet<string> _tenants = new(StringComparer.Ordinal);
    private bool _everywhere;

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

    /// <summary>Overtakes every issue and redemption of <paramref name="tenant"/> that was judged before this revision.</summary>
    public async Task RaiseGuardAsync(string tenant)
    {
        _tenants.Add(tenant);
        await Db.Database.ExecuteSqlAsync(
            $"insert into tenant_guard (tenant, rev) values ({tenant}, {Revision}) on conflict (tenant) do update set rev = excluded.rev"
        );
    }

    /// <summary>Overtakes every issue and redemption that was judged before this revision.</summary>
    public Task RaiseGlobalGuardAsync()
    {
        _everywhere = true;
        return Db.Set<GlobalGuardRow>().ExecuteUpdateAsync(set => set.SetProperty(g => g.Rev, Revision));
    }

    /// <summary>Does <paramref name="act"/>, asks <paramref name="measure"/>, undoes it: what would be, without it having been.</summary>
    public async Task<T> TryOutAsync<T>(Func<Task> act, Func<Task<T>> measure)
    {
        await Db.SaveChangesAsync();
        await transaction.CreateSavepointAsync("try_out");
        await act();
        await Db.SaveChangesAsync();
        var result = await measure();
        await transaction.RollbackToSavepointAsync("try_out");
        Db.ChangeTracker.Clear();
        return result;
    }
}
