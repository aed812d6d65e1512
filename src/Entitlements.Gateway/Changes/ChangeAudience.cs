using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;

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

/// <summary>Whom a change reaches, and whom no longer.</summary>
internal static class ChangeAudience
{
    public static async Task<AudienceMoves> CompareAsync(Trial trial)
    {
        Task<HashSet<long>> ReachedAsync() => Exposure.ReachedAsync(trial.Db, trial.Tenant, trial.Apps, trial.Now);
        var before = await ReachedAsync();
        var after = await trial.WithItAsync(ReachedAsync);
        var moves = after
            .Except(before)
            .Select(key => (key, AudienceEffect.Gains))
            .Concat(before.Except(after).Select(key => (key, AudienceEffect.Loses)))
            .OrderBy(move => move.key);
        return new(before.Count, after.Count, [.. moves]);
    }

    /// <summary>The accounts of some of those moves, in their order.</summary>
    public static async Task<List<AudienceMember>> NamesAsync(EntitlementsDb db, IReadOnlyCollection<(long Key, AudienceEffect Effect)> moves)
    {
        var names = await Subjects.IdsAsync(db, [.. moves.Select(m => m.Key)]);
        return [.. moves.Select(m => new AudienceMember(names[m.Key], m.Effect))];
    }
}
