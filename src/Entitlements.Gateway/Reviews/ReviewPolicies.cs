using System.Text.Json;
using Entitlements.Engine.Requests;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>How roles are reviewed: as their policy says, and every restricted role without one as all are.</summary>
internal static class ReviewPolicies
{
    /// <summary>Quarterly.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromDays(90);

    public static readonly TimeSpan AnswerWithin = TimeSpan.FromDays(14);

    /// <summary>For a restricted role without a policy: quarterly, 14 days, by the tenant's approvers and the line manager; in the platform's tenant by platform administrators.</summary>
    public static ReviewPolicy Default(string tenant) =>
        new(
            Every,
            AnswerWithin,
            tenant == TenantRow.Platform
                ? [new(ApproverKind.Role, Function.PlatformAdmin)]
                : [new(ApproverKind.Role, Function.Approver), new(ApproverKind.LineManager, "")],
            NoAnswer.Suspend
        );

    /// <summary>The policy that a role has, or the default's.</summary>
    public static async Task<ReviewPolicy> OfAsync(EntitlementsDb db, string tenant, string role) =>
        await db.ReviewPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.Tenant == tenant && p.Role == role && !p.Deleted) is { } row
            ? Of(row)
            : Default(tenant);

    public static ReviewPolicy Of(ReviewPolicyRow row) => new(row.Every, row.AnswerWithin, [.. GroupsOf(row.Reviewers)], row.OnNoAnswer);

    /// <summary>Loud when written, closed when read: nobody, for what cannot be read. The approvers then stand in.</summary>
    public static IReadOnlyList<Approver> GroupsOf(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<List<Approver>>(json, StoredJson.Options) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
