using System.Collections.Frozen;
using System.Text.Json;

namespace Entitlements.Engine.Decisions;

/// <summary>One question: may this subject do this action to this resource, in this tenant? The parts are AuthZEN's (Authorization API 1.0 §5).</summary>
/// <param name="Tenant">The tenant the caller may ask for; already bound to the caller, never taken from the body alone.</param>
/// <param name="Subject">Who would act.</param>
/// <param name="Action">What they would do.</param>
/// <param name="Resource">What they would do it to.</param>
/// <param name="Context">The rest: the device and how fresh the answer must be.</param>
public sealed record EvaluationRequest(string Tenant, Subject Subject, Action Action, Resource Resource, Context Context);

/// <summary>AuthZEN subject. <paramref name="Id"/> is the provider's subject claim, compared byte for byte.</summary>
public sealed record Subject(string Type, string Id, Properties Properties);

/// <summary>AuthZEN action.</summary>
public sealed record Action(string Name, Properties Properties)
{
    /// <summary>The one action that every app knows.</summary>
    public const string Download = "download";
}

/// <summary>AuthZEN resource. For apps <c>version</c> and <c>platform</c> may name a release; nothing else in the properties is looked at.</summary>
public sealed record Resource(string Type, string Id, Properties Properties)
{
    /// <summary>The resource type whose conditions the engine fixes: what a caller claims of an app never counts.</summary>
    public const string App = "app";
}

/// <summary>What else the question says.</summary>
/// <param name="Device">The device's id, or null when none was named. What a caller says about a device's state is not even read.</param>
/// <param name="MinimumRevision">The answer must be judged at this revision or later; 0 when the caller does not mind.</param>
public sealed record Context(string? Device = null, long MinimumRevision = 0)
{
    /// <summary>Nothing said.</summary>
    public static Context None { get; } = new();
}

/// <summary>Properties as the caller sent them: claims, not facts.</summary>
public sealed class Properties(IReadOnlyDictionary<string, JsonElement> values)
{
    /// <summary>No properties.</summary>
    public static Properties None { get; } = new(FrozenDictionary<string, JsonElement>.Empty);

    /// <summary>How many were sent.</summary>
    public int Count => values.Count;

    /// <summary>All of them, by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> All => values;

    /// <summary>True when <paramref name="name"/> was sent and equals <paramref name="expected"/> as JSON: same type, same value.</summary>
    public bool Has(string name, JsonElement expected) => values.TryGetValue(name, out var sent) && JsonElement.DeepEquals(sent, expected);

    /// <summary>The text sent under <paramref name="name"/>, or null when it was not sent or is not text.</summary>
    public string? Text(string name) => values.TryGetValue(name, out var sent) && sent.ValueKind == JsonValueKind.String ? sent.GetString() : null;
}
