using System.Text.Json.Serialization;

namespace Entitlements.Client.Wire;

/// <summary>201 of <c>POST /v1/entitlements</c>.</summary>
/// <param name="Id">Id of the entitlement.</param>
/// <param name="Token">The entitlement token; null for managed stores.</param>
/// <param name="ExpiresAt">Until when the token can be redeemed, UTC.</param>
/// <param name="DownloadUrl">Where to redeem it.</param>
/// <param name="Release">What it entitles to.</param>
/// <param name="Revision">The revision it was decided at.</param>
/// <param name="Delivery">State of the delivery by a managed store.</param>
public sealed record IssuedEntitlement(
    [property: JsonPropertyName("id"), JsonRequired] string Id,
    [property: JsonPropertyName("token")] string? Token = null,
    [property: JsonPropertyName("expires_at")] DateTimeOffset? ExpiresAt = null,
    [property: JsonPropertyName("download_url")] string? DownloadUrl = null,
    [property: JsonPropertyName("release")] ReleaseSummary? Release = null,
    [property: JsonPropertyName("revision")] long? Revision = null,
    [property: JsonPropertyName("delivery"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Delivery? Delivery = null
);

/// <summary>How far a managed store is with handing out the app.</summary>
/// <param name="State">Such as <c>pending</c> or <c>delivered</c>.</param>
public sealed record Delivery([property: JsonPropertyName("state"), JsonRequired] string State);
