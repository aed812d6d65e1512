using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Reviews;

/// <summary>A new incompatibility suspended an assignment: its reviewers say whether it is to end. Nothing that they say gives it back.</summary>
internal static class IncompatibilityReviews
{
    public static async Task OpenAsync(WriteScope scope, RoleAssignmentRow suspended)
    {
        var policy = await ReviewPolicies.OfAsync(scope.Db, suspended.Tenant, suspended.Role);
        var review = new NewReview(
            suspended.Tenant,
            suspended.Role,
            ReviewCause.Incompatibility,
            policy.Reviewers,
            policy.OnNoAnswer,
            policy.AnswerWithin,
            "machine:entitlements"
        );
        await OpenReview.OfOneAsync(scope, review, suspended);
    }
}
