using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Changes;

/// <summary>What a change does to somebody.</summary>
internal enum AudienceEffect
{
    Gains,
    Loses,
}

/// <summary>Somebody whom a change gives something, or takes something from.</summary>
internal sealed record AudienceMember(string Subject, AudienceEffect Effect);

/// <summary>Who gains and who loses by a change, one by one.</summary>
/// <param name="Before">Distinct accounts reached as things stand.</param>
/// <param name="After">Distinct accounts reached once it is published.</param>
/// <param name="Moves">Whoever gains or loses, by the key of their account, in its order.</param>
internal sealed record AudienceMoves(int Before, int After, IReadOnlyList<(long Key, AudienceEffect Effect)> Moves);

/// <summary>
/// Tries a change out that waits for its votes, and undoes it: in a transaction that leaves the revision counter alone, so that no revocation waits for it.
/// </summary>
internal sealed class ChangeAudience(Writes writes, AlterationKinds kinds)
{
    /// <summary>Null where the change can no longer be made.</summary>
    public Task<AudienceMoves?> ReadAsync(ChangeRow change) =>
        writes.RecordAsync(async scope =>
        {
            try
            {
                return scope.Abandon(await TryAsync(scope, kinds.Read(change)));
            }
            catch (RefusedException)
            {
                return scope.Abandon<AudienceMoves?>(null);
            }
        });

    /// <summary>The accounts of some of those moves, in their order.</summary>
    public static async Task<List<AudienceMember>> NamesAsync(EntitlementsDb db, IReadOnlyCollection<(long Key, AudienceEffect Effect)> moves)
    {
        var keys = moves.Select(m => m.Key).ToList();
        var names = await db.Subjects.Where(s => EF.Parameter(keys).Contains(s.Key)).Select(s => new { s.Key, s.Id }).ToDictionaryAsync(s => s.Key, s => s.Id);
        return [.. moves.Select(m => new AudienceMember(names[m.Key], m.Effect))];
    }

    /// <summary>Who votes on it, and those who know the tenant's people anyway. The others are told how many.</summary>
    public static bool MaySeeNames(Caller caller, ChangeRow change) =>
        change.Quorum.Any(caller.Functions.Contains)
        || caller.Holds(Function.RoleAdmin, change.Tenant)
        || caller.Holds(Function.DataProtectionOfficer, change.Tenant);

    private static async Task<AudienceMoves?> TryAsync(WriteScope scope, Alteration alteration)
    {
        var weight = await alteration.WeighAsync(scope);
        if (weight.Refusal is not null)
        {
            return null;
        }
        if (weight.Apps.Count == 0)
        {
            return new(0, 0, []);
        }
        Task<HashSet<long>> ReachedAsync() => Exposure.ReachedAsync(scope.Db, alteration.EvidenceTenant, weight.Apps, scope.Now);
        var before = await ReachedAsync();
        var after = await scope.TryOutAsync(() => alteration.ApplyAsync(scope, "measure"), ReachedAsync);
        var moves = after
            .Except(before)
            .Select(key => (key, AudienceEffect.Gains))
            .Concat(before.Except(after).Select(key => (key, AudienceEffect.Loses)))
            .OrderBy(move => move.key);
        return new(before.Count, after.Count, [.. moves]);
    }
}
