using System.Text.Json.Serialization;

namespace Entitlements.Client.Wire;

/// <summary>Body of <c>POST /v1/downloads</c>.</summary>
/// <param name="Token">The entitlement token (JWS, compact form).</param>
public sealed record RedeemRequest([property: JsonPropertyName("token"), JsonRequired] string Token);

/// <summary>Body of <c>POST /v1/edge/redemptions</c>.</summary>
/// <param name="Token">The entitlement token (JWS, compact form).</param>
/// <param name="CanServe">False when the edge cannot reach its artifacts: the token is judged, but not spent.</param>
public sealed record EdgeRedeemRequest(
    [property: JsonPropertyName("token"), JsonRequired] string Token,
    [property: JsonPropertyName("can_serve"), JsonRequired] bool CanServe
);

/// <summary>What a release is, as issuing and redeeming tell it.</summary>
/// <param name="Version">The publisher's version.</param>
/// <param name="Platform">The platform this file is for.</param>
/// <param name="Sha256">SHA-256 of the whole file, 64 lower-case hex digits.</param>
/// <param name="Size">Length in bytes.</param>
public sealed record ReleaseSummary(
    [property: JsonPropertyName("version"), JsonRequired] string Version,
    [property: JsonPropertyName("platform"), JsonRequired] string Platform,
    [property: JsonPropertyName("sha256"), JsonRequired] string Sha256,
    [property: JsonPropertyName("size"), JsonRequired] long Size
);

/// <summary>201 of <c>POST /v1/downloads</c>: the session a redeemed token names from now on.</summary>
/// <param name="Id">Session id, 128 random bits as 32 lower-case hex digits. A secret: never log it.</param>
/// <param name="Url">Where the bytes are, to be asked with the same token.</param>
/// <param name="ExpiresAt">When the session ends if no byte is fetched before, UTC.</param>
/// <param name="Release">What will be downloaded.</param>
public sealed record DownloadSession(
    [property: JsonPropertyName("id"), JsonRequired] string Id,
    [property: JsonPropertyName("url"), JsonRequired] string Url,
    [property: JsonPropertyName("expires_at"), JsonRequired] DateTimeOffset ExpiresAt,
    [property: JsonPropertyName("release"), JsonRequired] ReleaseSummary Release
);

/// <summary>201 of <c>POST /v1/edge/redemptions</c>: a session without an address, which is the edge's own to name.</summary>
/// <remarks>Other answers: 400 or 422 not readable, 404 not a token of ours, 409 spent, 410 gone (a <see cref="Problem"/>), 503 undecidable.
/// On all edge routes 401 and 403 are about the calling edge, never about the entitlement.</remarks>
/// <param name="Id">Session id, 32 lower-case hex digits.</param>
/// <param name="ExpiresAt">When the session ends if no byte is fetched before, UTC.</param>
/// <param name="Release">What will be downloaded.</param>
public sealed record EdgeRedemption(
    [property: JsonPropertyName("id"), JsonRequired] string Id,
    [property: JsonPropertyName("expires_at"), JsonRequired] DateTimeOffset ExpiresAt,
    [property: JsonPropertyName("release"), JsonRequired] ReleaseSummary Release
);

/// <summary>Body of <c>POST /v1/edge/sessions/{id}/open</c>.</summary>
/// <param name="Token">The entitlement token that the session was redeemed with.</param>
public sealed record EdgeOpenRequest([property: JsonPropertyName("token"), JsonRequired] string Token);

/// <summary>200 of <c>POST /v1/edge/sessions/{id}/open</c>: everything an edge needs to send checked bytes.</summary>
/// <remarks>Other answers, of <c>continue</c> too: 404 not a token of ours, 409 it does not name this session, 410 the session ended, 503 undecidable.</remarks>
/// <param name="Sha256">SHA-256 of the whole file, 64 lower-case hex digits.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="FileName">Name to offer to the person; the edge cleans it.</param>
/// <param name="ContentType">Media type of the file.</param>
/// <param name="Blocks">SHA-256 of every 1 MiB block, 32 bytes each, in order (base64 in JSON).</param>
/// <param name="LeaseSeconds">L: how long this yes holds, in seconds from the instant the question was sent; 0.1 to 10.</param>
public sealed record EdgeOpened(
    [property: JsonPropertyName("sha256"), JsonRequired] string Sha256,
    [property: JsonPropertyName("size"), JsonRequired] long Size,
    [property: JsonPropertyName("file_name"), JsonRequired] string FileName,
    [property: JsonPropertyName("content_type"), JsonRequired] string ContentType,
    [property: JsonPropertyName("blocks"), JsonRequired] byte[] Blocks,
    [property: JsonPropertyName("lease_seconds"), JsonRequired] double LeaseSeconds
);

/// <summary>Body of <c>POST /v1/edge/sessions/{id}/continue</c>: may this stream go on? 204 is yes, anything else is not.</summary>
/// <param name="Token">The entitlement token that the session was redeemed with.</param>
/// <param name="Sent">Bytes of this answer handed to the network so far.</param>
public sealed record EdgeContinueRequest(
    [property: JsonPropertyName("token"), JsonRequired] string Token,
    [property: JsonPropertyName("sent"), JsonRequired] long Sent
);
