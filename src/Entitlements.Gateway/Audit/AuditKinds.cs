namespace Entitlements.Gateway.Audit;

/// <summary>What the kinds of the log tell, as far as the need to know goes. A kind that stands nowhere here is told without names.</summary>
internal static class AuditKinds
{
    /// <summary>Alterations to things: none tells who holds or asks for a role.</summary>
    private static readonly string[] OfThings =
    [
        "accreditation-source.delete",
        "accreditation-source.put",
        "adoption",
        "adoption_end",
        "app",
        "approval.delete",
        "approval.put",
        "assessment",
        "bar",
        "bar_end",
        "calendar.put",
        "client.delete",
        "client.put",
        "draft",
        "guidance",
        "observation",
        "observation_end",
        "release",
        "release_seen",
        "resource_type",
        "review-policy.delete",
        "review-policy.put",
        "role-equivalent.delete",
        "role-equivalent.put",
        "role.delete",
        "role.put",
        "rota.delete",
        "rota.put",
        "rule",
        "rule_end",
        "safe_mode.end",
        "tenant.put",
    ];

    /// <summary>Alterations that name a role and a person in their target, <c>tenant/…/role/…/assignment/…</c>.</summary>
    private static readonly string[] OfAssignments = ["assignment.end", "assignment.put"];

    /// <summary>Kinds whose events tell nobody's right.</summary>
    public static List<string> Open { get; } =
    [
        .. OfThings.Select(kind => kind + ".applied"),
        "alarm.enumeration",
        "approval.short",
        "artifact.read",
        "audience.grown",
        "bar.lifted",
        "bar.placed",
        "demonstration.loaded",
        "exercise.deleted",
        "exercise.ended",
        "exercise.started",
        "installation.recovered",
        "mac_key.added",
        "mac_key.deleted",
        "observation.holders_forgotten",
        "observation.holders_reported",
        "release.drafted",
        "release.undeclared",
        "role.restricted_by_force",
        "safe_mode.entered",
        "seed.loaded",
        "signing_key.added",
        "signing_key.retired",
        "upload.completed",
        "upload.expired",
        "upload.mismatched",
        "upload.opened",
        "webhook.deleted",
        "webhook.disabled",
        "webhook.put",
        "webhook.redelivered",
        "webhook.secret_rotated",
        "webhook.tested",
    ];

    /// <summary>Kinds of changes that tell nobody's right.</summary>
    public static List<string> OpenChanges { get; } = [.. OfThings];

    /// <summary>Kinds of changes that tell whose right a role is, and the role.</summary>
    public static List<string> AssignmentChanges { get; } = [.. OfAssignments];

    /// <summary>Events with the role in their target.</summary>
    public static List<string> Assignments { get; } = [.. OfAssignments.Select(kind => kind + ".applied"), "assignment.granted"];

    /// <summary>Kinds whose target names nobody: an app, or the id of what decides for itself who is told what of it.</summary>
    public static List<string> NamelessTargets { get; } =
    ["decision.attempted", "entitlement.refused", "guidance.accepted", "guidance.answered_wrong", "guidance.refused"];

    /// <summary>Beginnings of more of them.</summary>
    public const string Changes = "change.";

    /// <inheritdoc cref="Changes"/>
    public const string Requests = "request.";

    /// <inheritdoc cref="Changes"/>
    public const string Grants = "grant.";

    /// <inheritdoc cref="Changes"/>
    public const string Reviews = "review.";
}
