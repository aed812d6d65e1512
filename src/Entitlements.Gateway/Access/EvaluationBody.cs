using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Entitlements.Gateway.Access;

/// <summary>Body of an AuthZEN evaluation, and one item of a batch. A part that was not sent is that part's <c>Absent</c>; null is never the same as absent.</summary>
/// <remarks>Source: AuthZEN Authorization API 1.0 §5, §6. Whether what must be there is there, <see cref="QuestionReader"/> says: an item may lean on the batch's defaults.</remarks>
internal record EvaluationBody
{
    [Required]
    public EntityPart Subject { get; init; } = EntityPart.Absent;

    [Required]
    public ActionPart Action { get; init; } = ActionPart.Absent;

    [Required]
    public EntityPart Resource { get; init; } = EntityPart.Absent;
    public ContextPart Context { get; init; } = ContextPart.Absent;
}

/// <summary>Body of AuthZEN evaluations: the entities on top are defaults for the items.</summary>
internal sealed record EvaluationsBody : EvaluationBody
{
    /// <summary>Each an <see cref="EvaluationBody"/>; read one by one, so that a broken one spoils only itself.</summary>
    public IReadOnlyList<JsonElement> Evaluations { get; init; } = [];
    public OptionsPart Options { get; init; } = new();
}

/// <summary>Subject or resource.</summary>
internal sealed record EntityPart
{
    public static EntityPart Absent { get; } = new();

    [Required]
    public string Type { get; init; } = "";

    [Required]
    public string Id { get; init; } = "";
    public IReadOnlyDictionary<string, JsonElement> Properties { get; init; } = System.Collections.Frozen.FrozenDictionary<string, JsonElement>.Empty;
}

/// <summary>Action.</summary>
internal sealed record ActionPart
{
    public static ActionPart Absent { get; } = new();

    [Required]
    public string Name { get; init; } = "";
    public IReadOnlyDictionary<string, JsonElement> Properties { get; init; } = System.Collections.Frozen.FrozenDictionary<string, JsonElement>.Empty;
}

/// <summary>What of the context is looked at; the rest is the caller's own.</summary>
internal sealed record ContextPart
{
    public static ContextPart Absent { get; } = new();

    public DevicePart Device { get; init; } = DevicePart.Absent;

    /// <summary>The decision must be at least as fresh as this revision.</summary>
    public long MinRevision { get; init; }
    public Purpose Purpose { get; init; }

    /// <summary>For clients of several tenants.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>The result of an access request, as it was got: asked again with it, a denial says why it did not help. It opens nothing.</summary>
    public ApprovalPart Approval { get; init; } = ApprovalPart.Absent;

    /// <summary>With an access request: why, on one line.</summary>
    public string BusinessJustification { get; init; } = "";
}

/// <summary>A reference to an approval. Never a grant: what opens is the role held now.</summary>
internal sealed record ApprovalPart
{
    public static ApprovalPart Absent { get; } = new();

    public string Id { get; init; } = "";
}

/// <summary>The device in use. What a caller says of its state is not read.</summary>
internal sealed record DevicePart
{
    public static DevicePart Absent { get; } = new();

    public string Id { get; init; } = "";
}

/// <summary>How a batch runs.</summary>
internal sealed record OptionsPart
{
    public EvaluationsSemantic EvaluationsSemantic { get; init; }
}

/// <summary>AuthZEN Authorization API 1.0 §7.1.2.1.</summary>
internal enum EvaluationsSemantic
{
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// <summary>Why it is asked.</summary>
internal enum Purpose
{
    /// <summary>Somebody is about to do it.</summary>
    Attempt,

    /// <summary>A store page is being drawn.</summary>
    Listing,
}
