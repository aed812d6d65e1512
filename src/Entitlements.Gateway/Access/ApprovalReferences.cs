using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Access;

/// <summary>Why a shown approval did not help, and what to do. Source: AuthZEN Access Request and Approval Profile, draft 1, re-evaluation denials.</summary>
/// <param name="NextAction"><c>request</c>, <c>retry</c> or <c>none</c>.</param>
/// <param name="RetryAfter">Seconds; only with <c>retry</c>.</param>
internal sealed record ApprovalNote(string Reason, string NextAction, long? RetryAfter = null);

/// <summary>Looks at an approval that an evaluation was asked with. It is looked at only to explain a denial: an approval never opens anything.</summary>
internal sealed class ApprovalReferences(IServiceScopeFactory scopes, TimeProvider clock)
{
    private static readonly ApprovalNote Unverifiable = new("approval_unverifiable", "none");
    private static readonly ApprovalNote Expired = new("approval_expired", "request");

    /// <summary>The judgement with what is to be said about the approval; an allow as it is.</summary>
    public async Task<Evaluation.Judged> NoteAsync(Caller caller, Evaluation.Judged judged, string approval)
    {
        if (judged.IsAllowed)
        {
            return judged;
        }
        await using var scope = scopes.CreateAsyncScope();
        return judged with { Approval = await NoteAsync(scope.ServiceProvider.GetRequiredService<EntitlementsDb>(), caller, judged, approval) };
    }

    private async Task<ApprovalNote> NoteAsync(EntitlementsDb db, Caller caller, Evaluation.Judged judged, string approval)
    {
        var (asked, now) = (judged.Asked.Request, clock.Now());
        var row = await db.AccessRequests.AsNoTracking().SingleOrDefaultAsync(r => r.Id == approval);
        if (row is not { GrantedFrom: { } from, GrantedUntil: { } until } || !IsTheirs(caller, row))
        {
            return Unverifiable;
        }
        var isSame =
            row.SubjectKey == judged.Truth.SubjectKey
            && (row.Tenant, row.ResourceType, row.Resource, row.Action) == (asked.Tenant, asked.Resource.Type, asked.Resource.Id, asked.Action.Name);
        return !isSame ? new("out_of_scope", "request")
            : now < from ? new("grant_pending", "retry", (long)Math.Ceiling((from - now).TotalSeconds))
            : until <= now || !await db.Assignments.Unended(now).AnyAsync(a => a.Origin == row.Id) ? Expired
            : new("policy_denied", "none");
    }

    private static bool IsTheirs(Caller caller, AccessRequestRow row) =>
        row.FiledBy == caller.Key || (caller is Caller.Person { SubjectKey: { } key } && key == row.SubjectKey);
}
