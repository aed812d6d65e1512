using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>
/// Who may answer for the items of a review at one instant: whoever is in its groups; the holder's line manager where it names that one; where that leaves nobody
/// for an item, the tenant's approvers; where these leave nobody either, its data protection officers. Never the holder, by any account of theirs.
/// </summary>
/// <param name="Named">Accounts in the groups that are the same for every item.</param>
/// <param name="NamesManager">The holder's line manager is one of the reviewers.</param>
/// <param name="Approvers">Accounts that stand in where nobody is left.</param>
/// <param name="Officers">Accounts that stand in for those.</param>
internal sealed record ReviewPanel(
    string Tenant,
    string HomeIssuer,
    IReadOnlyList<SubjectRow> Named,
    bool NamesManager,
    IReadOnlyList<SubjectRow> Approvers,
    IReadOnlyList<SubjectRow> Officers
)
{
    public static async Task<ReviewPanel> ReadAsync(EntitlementsDb db, string tenant, IReadOnlyCollection<Approver> reviewers, DateTimeOffset now)
    {
        var isPlatform = tenant == TenantRow.Platform;
        return new(
            tenant,
            await db.Tenants.Where(t => t.Id == tenant).Select(t => t.Issuer).SingleAsync(),
            await InAsync([.. reviewers.Where(r => r.Kind != ApproverKind.LineManager)]),
            reviewers.Any(r => r.Kind == ApproverKind.LineManager),
            await InAsync([new(ApproverKind.Role, isPlatform ? Function.PlatformAdmin : Function.Approver)]),
            isPlatform ? [] : await InAsync([new(ApproverKind.Role, Function.DataProtectionOfficer)])
        );

        async Task<IReadOnlyList<SubjectRow>> InAsync(IReadOnlyCollection<Approver> groups) =>
            await (await Requests.Approvers.AccountsAsync(db, tenant, beneficiary: null, groups, now)).AsNoTracking().OrderBy(s => s.Key).ToListAsync();
    }

    public bool Names(SubjectRow account) => IsIn(Named, account);

    /// <summary>Of <paramref name="items"/> those that are open and that <paramref name="account"/> may answer for now.</summary>
    /// <param name="account">Null: somebody of no tenant, or of another.</param>
    public IQueryable<ReviewItemRow> AnswerableBy(EntitlementsDb db, IQueryable<ReviewItemRow> items, SubjectRow? account)
    {
        if (account is not { Active: true, Suspended: false, Person: { } person } || account.Tenant != Tenant)
        {
            return items.Where(_ => false);
        }
        var others = items.Where(i =>
            i.Status == ReviewItemStatus.Open
            && i.SubjectKey != account.Key
            && db.Subjects.Any(h => h.Key == i.SubjectKey && (h.Person == null || h.Person != person))
        );
        if (IsIn(Named, account))
        {
            return others;
        }
        var isManager = NamesManager && account.Issuer == HomeIssuer;
        var own = others.Where(i => isManager && db.Subjects.Any(h => h.Key == i.SubjectKey && h.Tenant == Tenant && h.Manager == account.Id));
        var (approves, decides) = (IsIn(Approvers, account), IsIn(Officers, account));
        if (!approves && !decides)
        {
            return own;
        }
        var (noApprover, onlyApprover) = Left(Approvers);
        return own.Concat(
            Abandoned(db, others)
                .Where(i => approves || noApprover || (onlyApprover != null && db.Subjects.Any(h => h.Key == i.SubjectKey && h.Person == onlyApprover)))
        );
    }

    /// <summary>Of <paramref name="items"/> those that are open and that have nobody among the reviewers whom the review names.</summary>
    public IQueryable<ReviewItemRow> Abandoned(EntitlementsDb db, IQueryable<ReviewItemRow> items)
    {
        var (none, only) = Left(Named);
        return from item in items
            join holder in db.Subjects on item.SubjectKey equals holder.Key
            where
                item.Status == ReviewItemStatus.Open
                && (none || (only != null && holder.Person == only))
                && !(
                    NamesManager
                    && holder.Tenant == Tenant // a guest's manager is of another force, which does not review here
                    && db.Subjects.Any(m =>
                        m.Tenant == Tenant
                        && m.Issuer == HomeIssuer
                        && m.Id == holder.Manager
                        && m.Active
                        && !m.Suspended
                        && m.Person != null
                        && (holder.Person == null || m.Person != holder.Person)
                    )
                )
            select item;
    }

    /// <summary>Every account that may answer for one of <paramref name="items"/> at least, and whether one of these has nobody at all.</summary>
    public async Task<(IReadOnlyList<SubjectRow> Accounts, bool HasNobody)> AskedAsync(EntitlementsDb db, IQueryable<ReviewItemRow> items)
    {
        var open = items.Where(i => i.Status == ReviewItemStatus.Open);
        var holders = open.Join(db.Subjects, i => i.SubjectKey, h => h.Key, (_, h) => h); // from the items on: a test of each of the force's people would look at each item for each
        var persons = await holders.Select(h => h.Person).Distinct().OrderBy(p => p).Take(2).ToListAsync();
        var asked = Named.Where(a => persons.Exists(person => person != a.Person)).ToList();
        if (NamesManager)
        {
            asked.AddRange(
                await (
                    from holder in holders
                    join manager in db.Subjects on holder.Manager equals manager.Id
                    where
                        holder.Tenant == Tenant
                        && manager.Tenant == Tenant
                        && manager.Issuer == HomeIssuer
                        && manager.Active
                        && !manager.Suspended
                        && manager.Person != null
                        && (holder.Person == null || holder.Person != manager.Person)
                    select manager
                )
                    .AsNoTracking()
                    .Distinct()
                    .ToListAsync()
            );
        }
        var abandoned = Abandoned(db, items);
        if (await abandoned.AnyAsync())
        {
            foreach (var account in Approvers.Concat(Officers))
            {
                if (await AnswerableBy(db, items, account).AnyAsync())
                {
                    asked.Add(account);
                }
            }
        }
        var (noApprover, onlyApprover) = Left(Approvers);
        var (noOfficer, onlyOfficer) = Left(Officers);
        var nobody =
            from item in abandoned
            join holder in db.Subjects on item.SubjectKey equals holder.Key
            where
                (noApprover || (onlyApprover != null && holder.Person == onlyApprover)) && (noOfficer || (onlyOfficer != null && holder.Person == onlyOfficer))
            select item;
        return ([.. asked.DistinctBy(a => a.Key)], await nobody.AnyAsync());
    }

    private static bool IsIn(IReadOnlyList<SubjectRow> accounts, SubjectRow account) => accounts.Any(a => a.Key == account.Key);

    /// <summary>Whether nobody is there, or one person alone, whose own items they cannot answer for.</summary>
    private static (bool None, string? Only) Left(IReadOnlyList<SubjectRow> accounts) =>
        accounts.Select(a => a.Person!).Distinct().Take(2).ToList() switch
        {
            [] => (true, null),
            [var only] => (false, only),
            _ => (false, null),
        };
}
