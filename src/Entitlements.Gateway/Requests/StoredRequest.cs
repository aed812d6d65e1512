using System.Globalization;
using System.Text.Json;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>A request as the engine knows it, from its rows and back.</summary>
internal static class StoredRequest
{
    /// <summary>From here to the end of this write nobody else moves the request, in any replica. Taken after the revision counter, never before.</summary>
    public static async Task<AccessRequestRow?> LockAsync(WriteScope scope, string id)
    {
        await scope.AloneAsync($"request/{id}");
        return await scope.Db.AccessRequests.SingleOrDefaultAsync(r => r.Id == id);
    }

    public static async Task<AccessRequest> ReadAsync(EntitlementsDb db, AccessRequestRow row) =>
        Of(row, await db.RequestVotes.AsNoTracking().Where(v => v.Request == row.Id).OrderBy(v => v.At).ThenBy(v => v.Person).ToListAsync());

    public static AccessRequest Of(AccessRequestRow row, IEnumerable<RequestVoteRow> votes) =>
        new(JsonSerializer.Deserialize<ApprovalPolicy>(row.Policy, StoredJson.Options)!, [.. row.Interested()], row.ExpiresAt)
        {
            State = JsonSerializer.Deserialize<RequestState>(row.State, StoredJson.Options)!,
            Votes =
            [
                .. votes.Select(v => new Vote(
                    v.Stage,
                    v.Person,
                    v.OnBehalfOf,
                    [.. v.Groups.Select(g => int.Parse(g, CultureInfo.InvariantCulture))],
                    v.Approves,
                    v.At,
                    v.Until
                )),
            ],
        };

    /// <summary>Writes what a transition led to: the state, who is asked now, the record, and what is owed to the outside.</summary>
    public static async Task SaveAsync(WriteScope scope, AccessRequestRow row, RequestStep step, string actor, string? why = null)
    {
        Put(row, step.Request, scope);
        if (step.Effects.Length > 0)
        {
            row.Version++;
            await AskAsync(scope.Db, row, step.Request);
        }
        foreach (var effect in step.Effects)
        {
            if (RecordOf(effect, row.Status) is { } kind)
            {
                scope.Audit(
                    kind,
                    row.Tenant,
                    actor,
                    row.Id,
                    new
                    {
                        row.Role,
                        status = row.Status,
                        reason = why,
                    }
                );
            }
            if (MessageOf(effect) is { } message)
            {
                scope.Tell(message, row.Tenant, new { request = row.Id, status = row.Status });
            }
            await TellPeopleAsync(scope, row, step.Request, effect);
        }
    }

    /// <summary>Those who are asked now, and whoever asked: by a message that names neither role nor person.</summary>
    private static async Task TellPeopleAsync(WriteScope scope, AccessRequestRow row, AccessRequest request, RequestEffect effect)
    {
        switch (effect)
        {
            case RequestEffect.AskApprovers or RequestEffect.AskEscalation or RequestEffect.RemindApprovers:
                await scope.TakeBackAsync(row.Id); // who was told and has not read it is told once
                var beneficiary = await scope.Db.Subjects.AsNoTracking().SingleAsync(s => s.Key == row.SubjectKey);
                var asked = await Approvers.AccountsAsync(scope.Db, row.Tenant, beneficiary, request.Asked, scope.Now);
                var isUrgent = row.Urgency != Urgency.Ordinary;
                var done = request.Votes.SelectMany(v => v.Persons).Concat(request.Interested).ToList();
                foreach (var key in await asked.Where(s => !done.Contains(s.Person!)).Select(s => s.Key).ToListAsync())
                {
                    scope.TellPerson(key, PersonMessage.Decision, isUrgent, row.Id);
                }
                break;
            case RequestEffect.AskRequester:
                scope.TellPerson(row.SubjectKey, PersonMessage.Notice, isUrgent: false, row.Id);
                break;
            case RequestEffect.TellSkipped:
                foreach (var key in await Emergencies.SkippedAsync(scope, row, request.Policy))
                {
                    scope.TellPerson(key, PersonMessage.Notice, isUrgent: true, row.Id);
                }
                break;
            case RequestEffect.TellOutcome:
                await scope.TakeBackAsync(row.Id);
                scope.TellPerson(row.SubjectKey, PersonMessage.Answer, isUrgent: false, row.Id);
                await Callbacks.OweAsync(scope, row);
                break;
        }
    }

    /// <summary>What is stored of the state.</summary>
    public static void Put(AccessRequestRow row, AccessRequest request, WriteScope scope)
    {
        row.State = JsonSerializer.Serialize<RequestState>(request.State, StoredJson.Options);
        row.Status = StatusOf(request.State);
        row.IsOpen = request.State.IsOpen;
        row.DueAt = request.State.DueAt;
        row.DecidedAt = request.State.IsOpen ? null : row.DecidedAt ?? scope.Now;
    }

    public static RequestStatus StatusOf(RequestState state) =>
        state switch
        {
            RequestState.AwaitingRequester => RequestStatus.AwaitingRequester,
            RequestState.Pending => RequestStatus.Pending,
            RequestState.Granted => RequestStatus.Granted,
            RequestState.Denied => RequestStatus.Denied,
            RequestState.Expired => RequestStatus.Expired,
            RequestState.Withdrawn => RequestStatus.Withdrawn,
            RequestState.Superseded => RequestStatus.Superseded,
            RequestState.Voided => RequestStatus.Voided,
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static async Task AskAsync(EntitlementsDb db, AccessRequestRow row, AccessRequest request)
    {
        await db.RequestAsks.Where(a => a.Request == row.Id).ExecuteDeleteAsync();
        if (request.State is RequestState.Pending pending)
        {
            db.RequestAsks.AddRange(
                request
                    .Asked.Select(a => Approvers.GroupOf(a, row.SubjectKey))
                    .Distinct()
                    .Select(group => new RequestAskRow
                    {
                        Request = row.Id,
                        Group = group,
                        Tenant = row.Tenant,
                        DueAt = pending.Deadlines.Expires,
                    })
            );
        }
    }

    private static string? RecordOf(RequestEffect effect, RequestStatus status) =>
        effect switch
        {
            RequestEffect.AskRequester => "request.awaiting_requester",
            RequestEffect.AskApprovers => "request.pending",
            RequestEffect.AskEscalation => "request.escalated",
            RequestEffect.TellSkipped => "request.glass_broken",
            RequestEffect.TellOutcome => $"request.{status.ToString().ToLowerInvariant()}",
            RequestEffect.RemindApprovers or RequestEffect.Grant or RequestEffect.AlertNoApprover => null,
        };

    private static string? MessageOf(RequestEffect effect) =>
        effect switch
        {
            RequestEffect.AskRequester => "request.awaiting_requester",
            RequestEffect.AskApprovers => "request.pending",
            RequestEffect.AskEscalation => "request.escalated",
            RequestEffect.RemindApprovers => "request.reminder",
            RequestEffect.TellSkipped => "request.glass_broken",
            RequestEffect.TellOutcome => "request.decided",
            RequestEffect.AlertNoApprover => "request.no_approver",
            RequestEffect.Grant => null,
        };
}
