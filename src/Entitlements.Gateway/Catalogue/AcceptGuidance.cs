using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A person accepts the guidance in force, with their own token and for themself. Nobody else's vote is asked: the step is the person's own.</summary>
internal sealed class AcceptGuidance(Writes writes, AppSight sight)
{
    public async Task<WriteOutcome> AcceptAsync(WriteRequest request, string app, string tenant, int version)
    {
        if (request.Caller is not Caller.Person { SubjectKey: { } subject } person)
        {
            return WriteOutcome.Refuse("person_required", "Guidance is accepted by the person alone, with their own token.", StatusCodes.Status403Forbidden);
        }
        return await sight.SeesAsync(person, tenant, app)
            ? await writes.ReviseWriteAsync(scope => RecordAsync(scope, request, app, tenant, version, subject))
            : new WriteOutcome.Refused(Weight.NotFound.Refusal!);
    }

    private static async Task<WriteOutcome> RecordAsync(WriteScope scope, WriteRequest request, string app, string tenant, int version, long subject)
    {
        if (await Idempotency.FindAsync(scope, request) is { } earlier)
        {
            return earlier.Keep(scope);
        }
        var inForce = await scope.Db.Guidance.AsNoTracking().SingleOrDefaultAsync(g => g.App == app && g.Tenant == tenant);
        if (inForce is null)
        {
            return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(Weight.NotFound.Refusal!));
        }
        if (inForce.TextVersion != version)
        {
            return scope.Abandon(WriteOutcome.Refuse("guidance_not_in_force", "Another version of the guidance is in force: read it and accept that one."));
        }
        if (!await scope.Db.Acknowledgements.AnyAsync(a => a.App == app && a.Tenant == tenant && a.TextVersion == version && a.SubjectKey == subject))
        {
            scope.Db.Acknowledgements.Add(
                new()
                {
                    App = app,
                    Tenant = tenant,
                    TextVersion = version,
                    SubjectKey = subject,
                    At = scope.Now,
                }
            );
            await Requests.OpenRequests.RequesterActedAsync(scope, subject);
            scope.Invalidate(Evidence.Person(tenant, ((Caller.Person)request.Caller).Subject));
            scope.Audit("guidance.accepted", tenant, request.Caller.Key, $"app/{app}/guidance/{tenant}", new { version });
            scope.Tell("access.changed", tenant, new { what = "guidance_acceptance" });
        }
        var outcome = new WriteOutcome.Done(scope.Revision, Narrowed: false, version, new { version });
        Idempotency.Keep(scope, request, outcome);
        return outcome;
    }
}
