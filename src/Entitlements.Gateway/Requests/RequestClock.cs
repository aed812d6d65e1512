using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>
/// Moves open requests on by time alone (reminders, escalation, expiry), and voids those whose ground was changed. It only tidies and tells:
/// every vote looks at both for itself, and every decision at the windows of roles. Any number of replicas may run it; each effect happens once, in the transaction that marks it done.
/// </summary>
internal sealed class RequestClock(IServiceScopeFactory scopes, TimeProvider clock, ILogger<RequestClock> log)
    : Worker("Open requests", TimeSpan.FromSeconds(5), scopes, clock, log)
{
    private const int Batch = 50;
    private const int EndsAtOnce = 250;
    private const int EndsInARow = 5;

    /// <summary>Between two batches of ends: thousands may come in one second, and who asks for decisions meanwhile is not to notice.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(1);

    protected override async Task ActAsync(CancellationToken stopping)
    {
        await DrainAsync(PassAsync, Batch, stopping);
        for (var i = 0; i < EndsInARow && await TellEndsAsync() == EndsAtOnce; i++)
        {
            await Task.Delay(Breath, Clock, stopping);
        }
    }

    /// <summary>Moves on a batch of what is due; returns how many were looked at.</summary>
    /// <remarks>Marked in a transaction of its own: it locks many rows, and looking at some takes a while.</remarks>
    internal async Task<int> PassAsync()
    {
        await RecordAsync(async write =>
        {
            await write.AloneAsync("requests.clock");
            await RequestScreening.MarkAsync(write);
            return true;
        });
        return await RecordAsync(async write =>
        {
            await write.AloneAsync("requests.clock");
            var due = await DueAsync(write);
            foreach (var id in due.Order(StringComparer.Ordinal)) // who locks several locks them in one order
            {
                await OpenRequests.LookAtAsync(write, id);
            }
            return due.Count;
        });
    }

    /// <summary>Tells of a batch of assignments that ended by themselves; returns how many.</summary>
    internal Task<int> TellEndsAsync() => RecordAsync(write => AssignmentEnds.TellAsync(write, EndsAtOnce));

    /// <summary>Whose time has come, or from under whom something may have been taken.</summary>
    private static Task<List<string>> DueAsync(WriteScope write)
    {
        var unscreened = RequestScreening.Unscreened(write.Db).Select(r => r.Id);
        return write
            .Db.AccessRequests.Where(r => r.IsOpen && (r.DueAt <= write.Now || unscreened.Contains(r.Id)))
            .OrderBy(r => r.DueAt)
            .ThenBy(r => r.Id)
            .Select(r => r.Id)
            .Take(Batch)
            .ToListAsync();
    }
}

/// <summary>Requests that are not decided yet.</summary>
internal static class OpenRequests
{
    /// <summary>After the person did something that they may have been waiting for (accepted guidance), in the same transaction.</summary>
    public static async Task RequesterActedAsync(WriteScope scope, long subjectKey)
    {
        await scope.Db.SaveChangesAsync();
        var waiting = await scope
            .Db.AccessRequests.Where(r => r.SubjectKey == subjectKey && r.IsOpen && r.Status == RequestStatus.AwaitingRequester)
            .OrderBy(r => r.Id)
            .Select(r => r.Id)
            .ToListAsync();
        foreach (var id in waiting)
        {
            await LookAtAsync(scope, id);
        }
    }

    /// <summary>After something that people's requests rest on may have changed of them (accreditations), in the same transaction: it is waited for no longer, or it is lost.</summary>
    public static async Task PeopleChangedAsync(WriteScope scope, List<long> people)
    {
        await scope.Db.SaveChangesAsync();
        var open = await scope.Db.AccessRequests.Where(r => r.IsOpen && EF.Parameter(people).Contains(r.SubjectKey)).Select(r => r.Id).ToListAsync();
        foreach (var id in open.Order(StringComparer.Ordinal))
        {
            await LookAtAsync(scope, id);
        }
    }

    /// <summary>Somebody asked for an urgent decision was told by no channel: others are asked at once.</summary>
    public static Task UnreachedAsync(WriteScope scope, string id) => LookAtAsync(scope, id, new RequestEvent.Unreached());

    /// <summary>Takes one on as far as time and facts have come.</summary>
    public static Task LookAtAsync(WriteScope scope, string id) => LookAtAsync(scope, id, new RequestEvent.Ticked());

    private static async Task LookAtAsync(WriteScope scope, string id, RequestEvent happened)
    {
        if (await StoredRequest.LockAsync(scope, id) is not { IsOpen: true } row)
        {
            return;
        }
        var request = await StoredRequest.ReadAsync(scope.Db, row);
        var facts = await RequestTruth.ReadAsync(scope, row, request.Policy, request.State is RequestState.AwaitingRequester ? 0 : null);
        var step = RequestMachine.Next(request, new RequestEvent.Screened(), facts);
        if (step.Request == request)
        {
            step = RequestMachine.Next(request, happened, facts);
        }
        row.ScreenedRevision = scope.Revision;
        await StoredRequest.SaveAsync(scope, row, step, "machine:entitlements");
        await scope.Db.SaveChangesAsync();
    }
}
