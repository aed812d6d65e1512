using Entitlements.Engine.Decisions;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>What a transition of a request may depend on, read afresh inside its transaction.</summary>
internal static class RequestTruth
{
    /// <summary>How long before its end a grant may be asked for anew.</summary>
    public static readonly TimeSpan RenewalWindow = TimeSpan.FromDays(14);

    /// <param name="stage">The stage that may begin with this transition; null: none.</param>
    /// <param name="voting">Who votes in it, and so counts in no later stage.</param>
    public static async Task<RequestFacts> ReadAsync(
        WriteScope scope,
        AccessRequestRow row,
        ApprovalPolicy policy,
        int? stage,
        params IEnumerable<string> voting
    )
    {
        var subject = await scope.Db.Subjects.AsNoTracking().SingleAsync(s => s.Key == row.SubjectKey);
        var votes = await scope.Db.RequestVotes.Where(v => v.Request == row.Id).Select(v => new { v.Person, v.OnBehalfOf }).ToListAsync();
        var used = votes.SelectMany(v => new[] { v.Person, v.OnBehalfOf }).OfType<string>();
        var pools = new Pool[policy.Stages.Length];
        if (stage is { } number && number < pools.Length)
        {
            pools[number] = await PoolAsync(scope, row, subject, policy.Stages[number], [.. row.Interested(), .. used, .. voting]);
        }
        var outstanding = await Outstanding.OfAsync(scope.Db, row, scope.Now);
        return new(
            scope.Now,
            await BarAsync(scope, row, subject, outstanding.Accreditations.Until),
            !row.SetsAside.HasFlag(SetsAside.Guidance) && outstanding.Guidance,
            [.. pools],
            row.Urgency == Urgency.Ordinary ? await Calendars.OfAsync(scope.Db, row.Tenant) : WorkingCalendar.AroundTheClock
        )
        {
            Unaccredited = !outstanding.Accreditations.Missing.IsEmpty,
            AccreditedFrom = outstanding.Accreditations.Begins,
        };
    }

    private static async Task<Pool> PoolAsync(WriteScope scope, AccessRequestRow row, SubjectRow subject, ApprovalStage stage, HashSet<string> without)
    {
        var approvers = await Approvers.PersonsAsync(scope.Db, row.Tenant, subject, stage.Approvers, scope.Now);
        var fallback = await Approvers.PersonsAsync(scope.Db, row.Tenant, subject, stage.Fallback, scope.Now);
        return new(approvers.Except(without).Count(), approvers.Union(fallback).Except(without).Count());
    }

    /// <summary>What stands against granting it at this moment; null when nothing does.</summary>
    /// <param name="accredited">Until when the person holds all accreditations that are asked for; null: no end by that.</param>
    private static async Task<VoidReason?> BarAsync(WriteScope scope, AccessRequestRow row, SubjectRow subject, DateTimeOffset? accredited)
    {
        if (!subject.Active || subject.Suspended)
        {
            return VoidReason.SubjectInactive;
        }
        var role = await scope.Db.Roles.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == row.Tenant && r.Id == row.Role && !r.Deleted);
        var policy = await ApprovalPolicies.FindAsync(scope.Db, row.Tenant, row.Role);
        if (role is null || role.Version != row.RoleVersion || policy?.Version != row.PolicyVersion)
        {
            return VoidReason.RoleChanged;
        }
        if (row.Resource is not null && await OfResourceAsync(scope, row) is { } bar)
        {
            return bar;
        }
        var from = row.AskedFrom is { } booked && booked > scope.Now ? booked : scope.Now;
        var terms = ApprovalPolicies.Read(row.Policy) ?? policy.Value.Policy; // an emergency's are its own
        var asked = Earliest(row.AskedEnd(from) ?? from + terms.DefaultGrant, from + terms.LongestGrant);
        var until = accredited < asked ? accredited.Value : asked;
        return until <= from ? VoidReason.WindowEmpty
            : await DoNotRenew.StandsAgainstAsync(scope.Db, row) ? VoidReason.NotToBeRenewed
            : await IsHeldAsync(scope, row, from, until) ? VoidReason.AlreadyHeld
            : await IncompatibleRoles.StandAgainstAsync(scope, role, row.SubjectKey, from, until) ? VoidReason.IncompatibleRole
            : await Seats.IsFreeAsync(scope, role, row.SubjectKey) ? null
            : VoidReason.EstablishmentReached;
    }

    private static async Task<VoidReason?> OfResourceAsync(WriteScope scope, AccessRequestRow row)
    {
        var (db, tenant, type, id) = (scope.Db, row.Tenant, row.ResourceType, row.Resource);
        var rule = await db.Rules.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == tenant && r.Type == type && r.App == id && r.Action == row.Action);
        if (rule is null || rule.InForceUntil <= scope.Now || rule.Version != row.RuleVersion || !rule.Roles.Contains(row.Role))
        {
            return VoidReason.RuleChanged;
        }
        if (type != Resource.App)
        {
            return null;
        }
        var barred =
            await db.Bars.AnyAsync(b => b.App == id && b.Release == null && b.LiftedAt == null && (b.Tenant == null || b.Tenant == tenant))
            || !await db.Releases.AnyAsync(r => r.App == id && r.PublishedAt != null);
        if (barred)
        {
            return VoidReason.AppBarred;
        }
        var lapsed =
            await db.Apps.AnyAsync(a => a.Type == type && a.Id == id && a.HighRisk)
            && !await db.Assessments.AnyAsync(a => a.App == id && a.Tenant == tenant && a.Outcome == AssessmentOutcome.Approved && a.InForceUntil > scope.Now);
        return lapsed && !row.SetsAside.HasFlag(SetsAside.Assessment) ? VoidReason.AssessmentLapsed : null;
    }

    /// <summary>True while the person holds the role already for as long, or so long that it is too early to renew. The broken glass is never renewed.</summary>
    private static Task<bool> IsHeldAsync(WriteScope scope, AccessRequestRow row, DateTimeOffset from, DateTimeOffset until)
    {
        var renewable = scope.Now + RenewalWindow;
        return scope
            .Db.Assignments.Unended(scope.Now)
            .AnyAsync(a =>
                a.Tenant == row.Tenant
                && a.Role == row.Role
                && a.SubjectKey == row.SubjectKey
                && !a.Suspended
                && a.NotBefore <= from
                && (a.NotAfter == null || a.NotAfter >= until || a.NotAfter > renewable || row.Urgency == Urgency.BreakGlass)
            );
    }

    /// <summary>True while guidance is in force that the person has not accepted.</summary>
    public static Task<bool> IsGuidanceOpenAsync(EntitlementsDb db, string tenant, string app, long subjectKey) =>
        db.Guidance.AnyAsync(g =>
            g.App == app
            && g.Tenant == tenant
            && !db.Acknowledgements.Any(a => a.App == g.App && a.Tenant == g.Tenant && a.TextVersion >= g.AcceptedFrom && a.SubjectKey == subjectKey)
        );

    private static DateTimeOffset Earliest(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
