using Entitlements.Gateway.Changes;

namespace Entitlements.Gateway.Reviews;

internal static class ReviewsSetup
{
    public static void AddReviews(this WebApplicationBuilder builder)
    {
        builder.Services.AddAlteration<ReviewPolicyAlteration>("review-policy.put");
        builder.Services.AddAlteration<ReviewPolicyRemoval>("review-policy.delete");
        builder.Services.AddScoped<AnswerReview>().AddScoped<OpenReviewByHand>();
        builder.Services.AddHostedService<ReviewClock>();
    }

    public static void MapReviews(this WebApplication app)
    {
        app.MapReviewPolicies();
        app.MapReviewRoutes();
    }
}
