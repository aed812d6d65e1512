using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.OpenStores;

/// <summary>Somebody who has the app, because nobody refused it, and would be refused.</summary>
/// <param name="Reported">The store's own list names them.</param>
/// <param name="Asked">How often the store asked for them since the observation began.</param>
/// <param name="HoldsRole">The app's rules reach them: what is left is a step of their own.</param>
/// <param name="Reasons">Codes, of the last answer; where nobody ever asked, that they hold none of the roles.</param>
internal sealed record ObservedPerson(long Key, bool Reported, int Asked, DateTimeOffset? LastAskedAt, bool HoldsRole, IReadOnlyList<string> Reasons);

/// <summary>Who has an observed app, and who of them would be refused.</summary>
/// <param name="Asked">People for whom the store asked since it began.</param>
/// <param name="Reported">People whom the store's own lists name.</param>
/// <param name="Unknown">Names in those lists that are nobody's here: whoever they are, they have the app and would be refused.</param>
/// <param name="Refused">By the key of their account, in its order.</param>
internal sealed record ObservationReport(int Asked, int Reported, int Unknown, IReadOnlyList<ObservedPerson> Refused)
{
    private static readonly string NotHeld = DenyReason.RoleNotHeld.Code;

    public static async Task<ObservationReport> OfAsync(EntitlementsDb db, ObservationRow observation, DateTimeOffset now)
    {
        var (app, tenant) = (observation.App, observation.Tenant);
        var lines = db.ReportedHolders.Where(h => h.App == app && h.Tenant == tenant);
        var reported = await lines.Where(h => h.SubjectKey != null).Select(h => h.SubjectKey!.Value).ToHashSetAsync();
        var unknown = await lines.Where(h => h.SubjectKey == null).Select(h => h.Name).Distinct().CountAsync();
        var asked = (await AskedLately.ReadAsync(db, tenant, [app], observation.Since, int.MaxValue)).Latest.ToLookup(a => a.SubjectKey);
        var reached = await Exposure.ReachedAsync(db, tenant, [app], now);
        var refused = reported
            .Union(asked.Select(a => a.Key))
            .Order()
            .Select(key => Of(key, reported.Contains(key), [.. asked[key]], reached.Contains(key)))
            .Where(WouldBeRefused);
        return new(asked.Count, reported.Count, unknown, [.. refused]);
    }

    /// <param name="asked">With each device, the latest first.</param>
    private static ObservedPerson Of(long key, bool isReported, IReadOnlyList<AskedQuestion> asked, bool holdsRole) =>
        new(
            key,
            isReported,
            asked.Sum(a => a.Times),
            asked.Count > 0 ? asked[0].LastAt : null,
            holdsRole,
            asked.Count > 0 ? asked[0].LastReasons
                : holdsRole ? []
                : [NotHeld]
        );

    /// <summary>Without a role; or by the last answer, unless all that it missed was a role, which they hold since.</summary>
    private static bool WouldBeRefused(ObservedPerson person) => !person.HoldsRole || person.Reasons.Any(reason => reason != NotHeld);
}
