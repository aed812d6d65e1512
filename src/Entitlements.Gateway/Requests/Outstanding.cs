using Entitlements.Engine.Decisions;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>What a person has to do, or to hold, before their request is voted on.</summary>
/// <param name="Guidance">Guidance is in force that they have not accepted.</param>
/// <param name="Accreditations">How far they hold what the policy, the role and the resource's rule ask for, at the instant at which the grant would begin.</param>
internal sealed record Outstanding(bool Guidance, AccreditationCover Accreditations)
{
    public static async Task<Outstanding> OfAsync(EntitlementsDb db, AccessRequestRow row, DateTimeOffset now) => (await OfAsync(db, [row], now))[row.Id];

    /// <summary>By the id of the request; a few statements, however many they are.</summary>
    public static async Task<Dictionary<string, Outstanding>> OfAsync(EntitlementsDb db, IReadOnlyList<AccessRequestRow> rows, DateTimeOffset now)
    {
        if (rows.Count == 0)
        {
            return [];
        }
        var unaccepted = await UnacceptedAsync(db, rows);
        var asked = await AskedAsync(db, rows);
        var held = await HeldAsync(db, rows, [.. asked.SelectMany(a => a.Value).Distinct()]);
        return rows.ToDictionary(
            r => r.Id,
            r => new Outstanding(
                unaccepted.Contains(r.Id),
                AccreditationCover.Of(asked[r.Id], [.. held[(r.Tenant, r.SubjectKey)]], r.AskedFrom is { } booked && booked > now ? booked : now)
            )
        );
    }

    private static async Task<HashSet<string>> UnacceptedAsync(EntitlementsDb db, IReadOnlyList<AccessRequestRow> rows)
    {
        var ofApps = rows.Where(r => r.ResourceType == Resource.App).ToList();
        var (apps, tenants, people) = (
            ofApps.ConvertAll(r => r.Resource!).Distinct().ToList(),
            ofApps.ConvertAll(r => r.Tenant).Distinct().ToList(),
            ofApps.ConvertAll(r => r.SubjectKey).Distinct().ToList()
        );
        if (apps.Count == 0)
        {
            return [];
        }
        var guidance = await db.Guidance.AsNoTracking().Where(g => apps.Contains(g.App) && tenants.Contains(g.Tenant)).ToListAsync();
        var accepted = await db
            .Acknowledgements.Where(a => apps.Contains(a.App) && tenants.Contains(a.Tenant) && people.Contains(a.SubjectKey))
            .Select(a => new
            {
                a.App,
                a.Tenant,
                a.TextVersion,
                a.SubjectKey,
            })
            .ToListAsync();
        return
        [
            .. from row in ofApps
            where
                guidance.Exists(g =>
                    g.App == row.Resource
                    && g.Tenant == row.Tenant
                    && !accepted.Exists(a => a.App == g.App && a.Tenant == g.Tenant && a.TextVersion >= g.AcceptedFrom && a.SubjectKey == row.SubjectKey)
                )
            select row.Id,
        ];
    }

    /// <summary>What the policy that it was made under, the role and the resource's rule ask for.</summary>
    private static async Task<Dictionary<string, List<string>>> AskedAsync(EntitlementsDb db, IReadOnlyList<AccessRequestRow> rows)
    {
        var (tenants, roles, resources) = (
            rows.Select(r => r.Tenant).Distinct().ToList(),
            rows.Select(r => r.Role).Distinct().ToList(),
            rows.Select(r => r.Resource).OfType<string>().Distinct().ToList()
        );
        var ofRoles = await db.Roles.AsNoTracking().Where(r => tenants.Contains(r.Tenant) && roles.Contains(r.Id)).ToListAsync();
        var rules = resources is [] ? [] : await db.Rules.AsNoTracking().Where(r => tenants.Contains(r.Tenant) && resources.Contains(r.App)).ToListAsync();
        return rows.ToDictionary(
            row => row.Id,
            row =>
                (List<string>)
                    [
                        .. ApprovalPolicies.Read(row.Policy)?.Accreditations ?? [],
                        .. ofRoles.Find(r => r.Tenant == row.Tenant && r.Id == row.Role)?.Accreditations ?? [],
                        .. rules
                            .Find(r => r.Tenant == row.Tenant && r.Type == row.ResourceType && r.App == row.Resource && r.Action == row.Action)
                            ?.Accreditations
                            ?? [],
                    ]
        );
    }

    private static async Task<ILookup<(string, long), HeldAccreditation>> HeldAsync(EntitlementsDb db, IReadOnlyList<AccessRequestRow> rows, List<string> asked)
    {
        var people = rows.Select(r => r.SubjectKey).Distinct().ToList();
        var held = asked is []
            ? []
            : await db.Accreditations.AsNoTracking().Where(a => people.Contains(a.SubjectKey) && asked.Contains(a.Accreditation)).ToListAsync();
        return held.ToLookup(a => (a.Tenant, a.SubjectKey), a => new HeldAccreditation(a.Accreditation, a.NotBefore, a.NotAfter, a.Ended));
    }
}

/// <summary>What the requester has to do, or to hold, before anybody votes.</summary>
/// <param name="Guidance">Accept the guidance of what they asked for.</param>
/// <param name="Accreditations">That are not on record for them; null where the role is sensitive and the reader need not know.</param>
internal sealed record OutstandingView(bool Guidance, IReadOnlyList<string>? Accreditations);
