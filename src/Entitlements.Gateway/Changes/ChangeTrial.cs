using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Changes;

/// <summary>A change while it is tried out.</summary>
internal sealed class Trial(WriteScope scope, Alteration alteration, IReadOnlyList<string> apps)
{
    public EntitlementsDb Db => scope.Db;
    public DateTimeOffset Now => scope.Now;
    public string Tenant => alteration.EvidenceTenant;

    /// <summary>Apps whose audience it moves, in <see cref="Tenant"/>; where there are none it changes nothing for anybody.</summary>
    public IReadOnlyList<string> Apps => apps;

    /// <summary>What <paramref name="measure"/> finds with the change made.</summary>
    public Task<T> WithItAsync<T>(Func<Task<T>> measure) =>
        apps.Count == 0 ? measure() : scope.TryOutAsync(() => alteration.ApplyAsync(scope, "measure"), measure);
}

/// <summary>What trying a change out has found, or why it was not tried.</summary>
/// <param name="Named">The caller is told who; otherwise how many.</param>
internal readonly record struct Tried<T>(T? Found, bool Named, IResult? Problem);

/// <summary>
/// Tries a change out that waits for its votes, and undoes it: in a transaction that leaves the revision counter alone, so that no revocation waits for it.
/// </summary>
internal sealed class ChangeTrial(EntitlementsDb db, Writes writes, AlterationKinds kinds, TimeProvider clock)
{
    public async Task<Tried<T>> RunAsync<T>(string id, Caller caller, Func<Trial, Task<T>> compare)
        where T : class
    {
        var change = await db.Changes.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id);
        if (change is null || !ChangeVisibility.MaySee(caller, change))
        {
            return Not(Problems.NotFound());
        }
        if (change.State != ChangeState.Proposed || clock.GetUtcNow() >= change.ExpiresAt)
        {
            return Not(Problems.Conflict("change_decided", "The change waits for no vote any more: what was counted is in it."));
        }
        return await TryAsync(kinds.Read(change), compare) is { } found
            ? new(found, ChangeVisibility.MaySeeNames(caller, change), null)
            : Not(Problems.Conflict("change_moved", "What the change alters is no longer what was shown: propose it again."));

        static Tried<T> Not(IResult problem) => new(null, Named: false, problem);
    }

    /// <summary>Null where it can no longer be made.</summary>
    private Task<T?> TryAsync<T>(Alteration alteration, Func<Trial, Task<T>> compare)
        where T : class =>
        writes.RecordAsync(async scope =>
        {
            try
            {
                var weight = await alteration.WeighAsync(scope);
                return scope.Abandon(weight.Refusal is null ? await compare(new(scope, alteration, weight.Apps)) : null);
            }
            catch (RefusedException)
            {
                return scope.Abandon<T?>(null);
            }
        });
}
