using Entitlements.Engine.Requests;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>Access was taken in an emergency, without a vote.</summary>
/// <param name="Assignment">That was made; its origin is <paramref name="Request"/>.</param>
/// <param name="Request">The request that it was taken with.</param>
/// <param name="Actor">Who took it (<see cref="Identity.Caller.Key"/>).</param>
/// <param name="Reviewers">Groups who say whether it was justified; its user never does. Where they are nobody, the tenant's approvers, then its DPO.</param>
internal sealed record BreakGlassUse(
    string Tenant,
    string Role,
    long Assignment,
    string Request,
    string Actor,
    string? ActorPerson,
    IReadOnlyList<Approver> Reviewers
);

/// <summary>Every use of the glass is reviewed afterwards: justified, or not. Unanswered past its time it stays to be answered, and blocks further use of the role.</summary>
internal static class BreakGlassReviews
{
    /// <summary>How long its reviewers have.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromHours(24);

    /// <summary>In the transaction that takes the access, once the assignment's row is written.</summary>
    /// <returns>The review's id.</returns>
    public static async Task<string> OpenAsync(WriteScope scope, BreakGlassUse use)
    {
        var assignment = await scope.Db.Assignments.AsNoTracking().SingleAsync(a => a.Id == use.Assignment);
        var review = new NewReview(use.Tenant, use.Role, ReviewCause.BreakGlass, use.Reviewers, NoAnswer.Suspend, AnswerWithin, use.Actor)
        {
            ActorPerson = use.ActorPerson,
            Reference = use.Request,
        };
        return (await OpenReview.OfOneAsync(scope, review, assignment)).Id;
    }

    /// <summary>True while a use of the glass for the role has not been answered for in time: nobody uses it again before.</summary>
    public static Task<bool> IsOverdueAsync(EntitlementsDb db, string tenant, string role, DateTimeOffset now) =>
        Unanswered(db, tenant, role).AnyAsync(r => r.EndsAt <= now);

    /// <summary>Uses of the glass for the role that nobody has answered for yet, overdue or not.</summary>
    public static Task<int> OpenCountAsync(EntitlementsDb db, string tenant, string role) => Unanswered(db, tenant, role).CountAsync();

    private static IQueryable<ReviewRow> Unanswered(EntitlementsDb db, string tenant, string role) =>
        db.Reviews.Where(r => r.Tenant == tenant && r.Role == role && r.Cause == ReviewCause.BreakGlass && r.ClosedAt == null);
}
