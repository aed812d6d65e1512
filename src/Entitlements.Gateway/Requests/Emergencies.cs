using Entitlements.Engine.Decisions;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>
/// What an emergency may set aside: approvers; guidance and an unknown device for a day; a lapsed assessment only with the DPO's vote. Never a recall,
/// a withdrawal, a suspension, a missing role, accreditation or seat: those stand against it as against every other request.
/// </summary>
internal static class Emergencies
{
    /// <summary>How long guidance may wait, and a device be unseen.</summary>
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    private static readonly Approver Dpo = new(ApproverKind.Role, Function.DataProtectionOfficer);

    /// <summary>The role under its emergency policy, and what the request sets aside; or why it cannot be one.</summary>
    /// <exception cref="RefusedException">The role knows no such emergency, or something is in the way that must be said first.</exception>
    public static async Task<(RequestableRole Role, SetsAside Aside)> PrepareAsync(WriteScope scope, SubjectRow subject, RequestableRole role, Ask ask)
    {
        var isGlass = ask.Urgency == Urgency.BreakGlass;
        if (isGlass ? role.Policy.BreakGlass is null : role.Policy.Urgent is null)
        {
            throw Refused("no_emergency_access", isGlass ? "Nobody may break the glass for this." : "This cannot be asked for urgently.");
        }
        var aside =
            await DeviceAsync(scope, subject, ask.Device)
            | (await GuidanceAsync(scope, subject, ask) ? SetsAside.Guidance : default)
            | (await HasLapsedAsync(scope, subject.Tenant, ask.Resource) ? SetsAside.Assessment : default);
        if (isGlass && aside.HasFlag(SetsAside.Assessment))
        {
            throw Refused("assessment_lapsed", "Only a data protection officer's vote sets a lapsed assessment aside: ask urgently.");
        }
        Approver? then = aside.HasFlag(SetsAside.Assessment) ? Dpo : null;
        return (role with { Policy = isGlass ? role.Policy.AsBreakGlass() : role.Policy.AsUrgent(then) }, aside);
    }

    /// <summary>What breaking the glass depends on besides what any grant does.</summary>
    public static async Task<GlassFacts> GlassAsync(WriteScope scope, SubjectRow subject, AccessRequestRow row, BreakGlass glass)
    {
        var groups = await Approvers.GroupsOfAsync(scope.Db, subject, scope.Now);
        var lately = scope.Now - glass.LongestGrant;
        var denied = await scope.Db.AccessRequests.AnyAsync(r =>
            r.Tenant == row.Tenant
            && r.Role == row.Role
            && r.Person == row.Person
            && r.Urgency == Urgency.Urgent
            && r.Status == RequestStatus.Denied
            && r.DecidedAt > lately
        );
        return new(
            glass.Roles.Any(role => groups.Contains($"role:{role}")),
            await BreakGlassReviews.IsOverdueAsync(scope.Db, row.Tenant, row.Role, scope.Now),
            denied
        );
    }

    /// <summary>Everyone whom the broken glass passed by, and the DPO; after an earlier use that nobody has answered for yet also whoever looks after the tenant's people and apps.</summary>
    public static async Task<List<long>> SkippedAsync(WriteScope scope, AccessRequestRow row, ApprovalPolicy policy)
    {
        List<Approver> skipped = [.. policy.Named, Dpo];
        if (policy.Urgent is { Rota: var rota })
        {
            skipped.Add(new(ApproverKind.OnDuty, rota));
        }
        if (await BreakGlassReviews.OpenCountAsync(scope.Db, row.Tenant, row.Role) > 0)
        {
            skipped.AddRange([
                new(ApproverKind.Role, Function.RoleAdmin),
                new(ApproverKind.Role, Function.AppOwner),
                new(ApproverKind.Role, Function.Approver),
            ]);
        }
        var subject = await scope.Db.Subjects.AsNoTracking().SingleAsync(s => s.Key == row.SubjectKey);
        var interested = row.Interested().ToList();
        var accounts = await Approvers.AccountsAsync(scope.Db, row.Tenant, subject, skipped, scope.Now);
        return await accounts.Where(s => !interested.Contains(s.Person!)).Select(s => s.Key).ToListAsync();
    }

    /// <summary>Who looks at what was taken, within a day.</summary>
    public static async Task ReviewAsync(WriteScope scope, AccessRequestRow row, BreakGlass glass, Caller caller)
    {
        var assignment = await scope.Db.Assignments.Where(a => a.Origin == row.Id).Select(a => a.Id).SingleAsync();
        await BreakGlassReviews.OpenAsync(scope, new(row.Tenant, row.Role, assignment, row.Id, caller.Key, caller.HumanId, glass.Reviewers));
    }

    /// <summary>With the grant, in its transaction: from now on what it sets aside is no longer in the way, until its time.</summary>
    public static async Task SetAsideAsync(WriteScope scope, AccessRequestRow row, DateTimeOffset from, DateTimeOffset until)
    {
        var day = from + Day < until ? from + Day : until;
        row.GuidanceUntil = row.SetsAside.HasFlag(SetsAside.Guidance) ? day : null;
        row.AssessmentUntil = row.SetsAside.HasFlag(SetsAside.Assessment) ? until : null;
        if (row.SetsAside.HasFlag(SetsAside.Device) && !await scope.Db.Devices.AnyAsync(d => d.Tenant == row.Tenant && d.Id == row.Device))
        {
            await AcceptDeviceAsync(scope, row, from + Day);
        }
    }

    /// <summary>One at a time: a device that an earlier emergency let in makes way.</summary>
    private static async Task AcceptDeviceAsync(WriteScope scope, AccessRequestRow row, DateTimeOffset until)
    {
        foreach (
            var earlier in await scope.Db.Devices.Where(d => d.SubjectKey == row.SubjectKey && d.AcceptedBy != null && d.UsableUntil > scope.Now).ToListAsync()
        )
        {
            (earlier.UsableUntil, earlier.SubjectKey) = (scope.Now, null);
            earlier.Version++;
            scope.Invalidate([Evidence.Device(earlier.Tenant, earlier.Id)]);
        }
        scope.Db.Devices.Add(
            new()
            {
                Tenant = row.Tenant,
                Id = row.Device!,
                Kind = DeviceKind.Personal,
                SubjectKey = row.SubjectKey,
                UsableUntil = until,
                AcceptedBy = row.Id,
            }
        );
        if (!await scope.Db.DeviceIdentifiers.AnyAsync(i => i.Tenant == row.Tenant && i.Identifier == row.Serial))
        {
            scope.Db.DeviceIdentifiers.Add(
                new()
                {
                    Tenant = row.Tenant,
                    Identifier = row.Serial!,
                    Device = row.Device!,
                }
            );
        }
        scope.Invalidate([Evidence.Device(row.Tenant, row.Device!)]);
        scope.Audit(
            "device.accepted_unseen",
            row.Tenant,
            row.FiledBy,
            $"tenant/{row.Tenant}/device/{row.Device}",
            new
            {
                request = row.Id,
                row.Serial,
                until,
            }
        );
    }

    /// <summary>An unknown device is accepted by its serial number; one that is somebody else's never.</summary>
    private static async Task<SetsAside> DeviceAsync(WriteScope scope, SubjectRow subject, AskedDevice? asked)
    {
        if (asked is null)
        {
            return SetsAside.Nothing;
        }
        var known = await scope.Db.Devices.AsNoTracking().SingleOrDefaultAsync(d => d.Tenant == subject.Tenant && d.Id == asked.Id);
        if (known is not null)
        {
            return SetsAside.Nothing; // whether it is theirs is for the decision to say
        }
        if (asked.Serial is null)
        {
            throw Refused("device_unknown", "This device is not known to your organisation: give its serial number.");
        }
        return await scope.Db.DeviceIdentifiers.AnyAsync(i => i.Tenant == subject.Tenant && i.Identifier == asked.Serial)
            ? throw Refused("serial_taken", "Your organisation knows a device with this serial number under another name.")
            : SetsAside.Device;
    }

    private static async Task<bool> GuidanceAsync(WriteScope scope, SubjectRow subject, Ask ask)
    {
        var isOpen = ask.Resource is { Type: Resource.App, Id: var app } && await RequestTruth.IsGuidanceOpenAsync(scope.Db, subject.Tenant, app, subject.Key);
        return isOpen && !ask.NoticeRead
            ? throw Refused(
                "guidance_outstanding",
                "Accept the guidance, or say with guidance_notice_read that you have read the notice and will within a day."
            )
            : isOpen;
    }

    private static Task<bool> HasLapsedAsync(WriteScope scope, string tenant, AskedResource? resource) =>
        scope.Db.Apps.AnyAsync(a =>
            resource != null
            && a.Type == Resource.App
            && a.Type == resource.Type
            && a.Id == resource.Id
            && a.HighRisk
            && scope.Db.Assessments.Any(s =>
                s.App == a.Id && s.Tenant == tenant && s.Outcome == Catalogue.AssessmentOutcome.Approved && s.InForceUntil <= scope.Now
            )
        );

    private static RefusedException Refused(string code, string detail) => new(new Refusal(code, detail, StatusCodes.Status409Conflict));
}
