using System.Text.Json;
using System.Text.Json.Serialization;

namespace Entitlements.Client.Wire;

/// <summary>Problem details (RFC 9457) as the gateway writes them.</summary>
/// <param name="Type">Stable name of the kind of problem.</param>
/// <param name="Title">The same in words.</param>
/// <param name="Detail">What happened this time.</param>
/// <param name="Context">The decision's context, where a decision refused.</param>
public sealed record Problem(
    [property: JsonPropertyName("type")] string? Type = null,
    [property: JsonPropertyName("title")] string? Title = null,
    [property: JsonPropertyName("detail")] string? Detail = null,
    [property: JsonPropertyName("context"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Context = null
);
