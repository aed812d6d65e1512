using Entitlements.Engine.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Changes;

/// <summary>
/// One write to what anyone may have, as data: it can be weighed, tried out and applied, at once when it narrows or by the deciding
/// vote when it widens. Kept as JSON in the change; a kind is never renamed.
/// </summary>
internal abstract record Alteration
{
    /// <summary>The tenant whose evidence this is and whose functions vote on it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public abstract string EvidenceTenant { get; }

    /// <summary>Another tenant that it concerns: its officers see the change, and its evidence tells of it as well; null: none.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public virtual string? OtherTenant => null;

    /// <summary>The app whose publication this is: what anyone may have of it changes, and a record of it is kept; null: of none.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public virtual string? PublishedApp => null;

    /// <summary>Whose evidence tells of it.</summary>
    public IEnumerable<string> EvidenceTenants() => OtherTenant is { } other ? [EvidenceTenant, other] : [EvidenceTenant];

    /// <summary>What it alters, for instance <c>app/call-recorder/rule/northvale/download</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public abstract string Target { get; }

    /// <summary>Compares with what stands now. Reads only.</summary>
    public abstract Task<Weight> WeighAsync(WriteScope scope);

    /// <summary>Does it, inside the transaction; raises the versions of the rows it alters. Returns what to tell the caller besides the revision, or null.</summary>
    /// <exception cref="RefusedException">A guard inside the statement stood against it.</exception>
    public abstract Task<object?> ApplyAsync(WriteScope scope, string actor);

    /// <summary>What stands against this caller's asking for it, besides the route's permit; null when nothing does.</summary>
    public virtual Task<Refusal?> ObjectToAsync(WriteScope scope, Caller caller) => Task.FromResult<Refusal?>(null);

    /// <summary>The scopes on which it may change a decision, as things stand before it; null: the whole evidence tenant, or everything where its weight is global.</summary>
    /// <remarks>Leaving one out would be a hole: an old allow would stand. When in doubt leave it at null.</remarks>
    public virtual Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>(null);

    /// <summary>What the log keeps of it: no names of people.</summary>
    public virtual object ToEvidence() => this;

    /// <summary>Members, by their JSON name, that only its voters, the role-admin and the DPO are shown.</summary>
    public virtual Task<IReadOnlyList<string>> PrivateMembersAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>>([]);
}

/// <summary>What an alteration would do to what stands now.</summary>
/// <param name="Reach">Whether anybody could gain.</param>
/// <param name="BaseVersion">Version of the target as it stands; 0 when it does not exist yet.</param>
internal sealed record Weight(Reach Reach, long BaseVersion)
{
    /// <summary>The write cannot be done at all: why.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>The one widening that needs no second person: an unrestricted role, to another, within establishment and longest assignment.</summary>
    public bool Direct { get; init; }

    /// <summary>False for acts (suspend, recall) that carry no If-Match though their target exists.</summary>
    public bool Versioned { get; init; } = true;

    /// <summary>Apps whose audience the change moves, in <see cref="Alteration.EvidenceTenant"/>; empty where nobody's reach changes.</summary>
    public IReadOnlyList<string> Apps { get; init; } = [];

    /// <summary>Votes it needs besides those that reach asks for, as <c>tenant/function</c>. Empty: one approver of the evidence tenant.</summary>
    public IReadOnlyList<string> Quorum { get; init; } = [];

    /// <summary>Persons whom the change names: they may not vote on it.</summary>
    public IReadOnlyList<string> Named { get; init; } = [];

    /// <summary>A high-risk app gains: the DPO votes too.</summary>
    public bool HighRisk { get; init; }

    /// <summary>It acts at once and for good: whoever does it has signed in lately. What becomes a change asks for that in any case.</summary>
    public bool Final { get; init; }

    /// <summary>Every tenant's issues are overtaken, not only the evidence tenant's.</summary>
    public bool Global { get; init; }

    public static Weight Refused(string code, string detail, int status = StatusCodes.Status409Conflict) =>
        new(Reach.Unchanged, 0) { Refusal = new(code, detail, status) };

    public static Weight NotFound { get; } = Refused("not_found", "There is no such resource here.", StatusCodes.Status404NotFound);
}

/// <summary>Why a write cannot be done.</summary>
/// <param name="Code">Stable code, snake case.</param>
/// <param name="Detail">What to do about it.</param>
/// <param name="Status">HTTP status.</param>
internal sealed record Refusal(string Code, string Detail, int Status)
{
    /// <summary>What is wrong in the body, by JSON pointer; with 400 alone.</summary>
    public IReadOnlyList<(string Pointer, string Error)> Errors { get; init; } = [];

    /// <summary>What a program needs to know besides; with 401, where the challenge repeats it, 403, 409 and 503.</summary>
    public IDictionary<string, object?>? Members { get; init; }
}

/// <summary>Ends an alteration from inside: the write is abandoned and the refusal answered.</summary>
internal sealed class RefusedException(Refusal because) : Exception(because.Code)
{
    public Refusal Because => because;
}
