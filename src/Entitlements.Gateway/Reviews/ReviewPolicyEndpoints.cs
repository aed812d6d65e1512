using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary><c>/v1/tenants/{tenant}/roles/{role}/review</c>: how often who holds a role is looked at, and by whom.</summary>
internal static class ReviewPolicyEndpoints
{
    public static void MapReviewPolicies(this IEndpointRouteBuilder routes)
    {
        var policy = routes.MapGroup("/v1/tenants/{tenant}/roles/{role}/review").WithTags("Reviews").InExercises();
        policy
            .MapGet("", ReadAsync)
            .PermitManaging(Function.RoleAdmin, Function.AppOwner, Function.Approver, Function.DataProtectionOfficer, Function.Auditor)
            .WithName("GetReviewPolicy")
            .WithSummary("How the role is reviewed; 404 where it is not.")
            .Produces<ReviewPolicyView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        policy
            .MapPut("", WriteAsync)
            .PermitManaging(Function.RoleAdmin)
            .WithName("PutReviewPolicy")
            .WithSummary("Proposes how the role is reviewed. Reviews that run go on as they were opened.")
            .ProducesWrite();
        policy
            .MapDelete("", RemoveAsync)
            .PermitManaging(Function.RoleAdmin)
            .WithName("DeleteReviewPolicy")
            .WithSummary("Proposes that the role be reviewed as roles without a policy are: quarterly where it is restricted, else not at all.")
            .ProducesWrite();
    }

    private static async Task<IResult> ReadAsync(NameId tenant, NameId role, HttpContext context, EntitlementsDb db)
    {
        if (await db.Roles.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == tenant.Value && r.Id == role.Value && !r.Deleted) is not { } known)
        {
            return Problems.NotFound();
        }
        if (await db.ReviewPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.Tenant == tenant.Value && p.Role == role.Value && !p.Deleted) is { } row)
        {
            return WriteResults.OfResource(context, ReviewPolicyView.Of(ReviewPolicies.Of(row), isDefault: false), row.Version);
        }
        return known.Restricted ? TypedResults.Ok(ReviewPolicyView.Of(ReviewPolicies.Default(tenant.Value), isDefault: true)) : Problems.NotFound();
    }

    private static async Task<IResult> WriteAsync(NameId tenant, NameId role, WriteRequest request, Body<ReviewPolicyBody> body, ChangeDesk desk)
    {
        body.Value.Faults().ThrowIfAny();
        var alteration = new ReviewPolicyAlteration(tenant.Value, role.Value, body.Value.ToPolicy());
        return (await desk.SubmitAsync(request.For(body.Value.Reason), alteration)).ToResult();
    }

    private static async Task<IResult> RemoveAsync(NameId tenant, NameId role, WriteRequest request, ChangeDesk desk) =>
        (await desk.SubmitAsync(request, new ReviewPolicyRemoval(tenant.Value, role.Value))).ToResult();
}

/// <summary>How a role is reviewed.</summary>
internal sealed record ReviewPolicyBody
{
    private static readonly TimeSpan Shortest = TimeSpan.FromDays(1);

    /// <summary>From one review to the next: P1D to P366D, default P90D.</summary>
    public TimeSpan Every { get; init; } = ReviewPolicies.Every;

    /// <summary>How long reviewers have: PT1H to P60D and less than every; default P14D.</summary>
    public TimeSpan AnswerWithin { get; init; } = ReviewPolicies.AnswerWithin;

    /// <summary>1 to 16 groups; whoever is in any of them at the moment may answer, but never for what they hold themself.</summary>
    public required IReadOnlyList<ApproverBody> Reviewers { get; init; }

    /// <summary>What happens to an assignment that nobody answered for: it is suspended, or ended.</summary>
    public NoAnswer OnNoAnswer { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    public ReviewPolicy ToPolicy() => new(Every, AnswerWithin, [.. Reviewers.Select(r => r.ToApprover()).Distinct()], OnNoAnswer);

    public IEnumerable<(string, string)> Faults()
    {
        if (Every < Shortest || Every > TimeSpan.FromDays(366))
        {
            yield return ("/every", "must be from P1D to P366D");
        }
        if (AnswerWithin < TimeSpan.FromHours(1) || AnswerWithin > TimeSpan.FromDays(60) || AnswerWithin >= Every)
        {
            yield return ("/answer_within", "must be from PT1H to P60D, and less than every");
        }
        if (Reviewers.Count == 0)
        {
            yield return ("/reviewers", "must not be empty: nobody could answer");
        }
        if (ApproverBody.FaultOf(Reviewers) is { } misfit)
        {
            yield return ("/reviewers", misfit);
        }
        foreach (var fault in Text.ReasonFaults(Reason))
        {
            yield return fault;
        }
    }
}

/// <summary>How a role is reviewed.</summary>
/// <param name="Default">The role has no policy of its own: it is reviewed as every restricted role is.</param>
internal sealed record ReviewPolicyView(TimeSpan Every, TimeSpan AnswerWithin, IReadOnlyList<ApproverBody> Reviewers, NoAnswer OnNoAnswer, bool Default)
{
    public static ReviewPolicyView Of(ReviewPolicy policy, bool isDefault) =>
        new(policy.Every, policy.AnswerWithin, [.. policy.Reviewers.Select(ApproverBody.Of)], policy.OnNoAnswer, isDefault);
}
