using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>Who looks after a tenant's people wants a role reviewed now.</summary>
internal sealed class OpenReviewByHand(Writes writes)
{
    /// <param name="tenant">Null: the only one that the caller looks after.</param>
    public Task<WriteOutcome> OpenAsync(WriteRequest request, string? tenant, string role, string reason) =>
        writes.RecordAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            if (TenantOf(request.Caller, tenant, out var where) is { } refused)
            {
                return scope.Abandon(refused);
            }
            var outcome = await OpenAsync(scope, request, where, role, reason);
            if (outcome is WriteOutcome.Refused)
            {
                return scope.Abandon(outcome);
            }
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });

    private static async Task<WriteOutcome> OpenAsync(WriteScope scope, WriteRequest request, string tenant, string role, string reason)
    {
        await scope.AloneAsync(OpenReview.Alone);
        if (!await scope.Db.Roles.AnyAsync(r => r.Tenant == tenant && r.Id == role && !r.Deleted))
        {
            return new WriteOutcome.Refused(Weight.NotFound.Refusal!);
        }
        var running = await scope
            .Db.Reviews.Where(r =>
                r.Tenant == tenant && r.Role == role && (r.Cause == ReviewCause.Recurring || r.Cause == ReviewCause.ByHand) && r.ClosedAt == null
            )
            .Select(r => r.Id)
            .FirstOrDefaultAsync();
        if (running is not null)
        {
            return WriteOutcome.Refuse("review_open", $"The role is being reviewed: {running}.");
        }
        var policy = await ReviewPolicies.OfAsync(scope.Db, tenant, role);
        var review = new NewReview(tenant, role, ReviewCause.ByHand, policy.Reviewers, policy.OnNoAnswer, policy.AnswerWithin, request.Caller.Key)
        {
            ActorPerson = request.Caller.HumanId,
            Reason = reason,
        };
        return await OpenReview.OfRoleAsync(scope, review) is { } row
            ? new WriteOutcome.Created($"/v1/reviews/{row.Id}", new { review = row.Id })
            : WriteOutcome.Refuse("nobody_holds", "Nobody holds this role: there is nothing to review.");
    }

    private static WriteOutcome? TenantOf(Caller caller, string? asked, out string tenant)
    {
        var own = caller
            .Functions.Select(f => f.Split('/'))
            .Where(f => f[1] is Function.RoleAdmin or Function.DataProtectionOfficer || (f[1] == Function.PlatformAdmin && f[0] == TenantRow.Platform))
            .Select(f => f[0])
            .Distinct()
            .ToList();
        tenant = asked ?? (own.Count == 1 ? own[0] : "");
        return asked is null && own.Count != 1
                ? new WriteOutcome.Refused(
                    new("invalid_body", "", StatusCodes.Status400BadRequest) { Errors = [("/tenant", "is required: you look after more than one")] }
                )
            : own.Contains(tenant) ? null
            : new WriteOutcome.Refused(Weight.NotFound.Refusal!);
    }
}
