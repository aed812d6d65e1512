using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Entitlements.Edge.Artifacts;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance.Keys;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Issuance;

/// <summary>What an entitlement token says. Instants are whole seconds.</summary>
/// <param name="Id"><c>jti</c>: the entitlement.</param>
/// <param name="Revision"><c>rev</c>: the revision it was judged at.</param>
internal sealed record EntitlementToken(
    string Id,
    string Subject,
    string ClientId,
    string Tenant,
    string App,
    string Version,
    string Sha256,
    string? Device,
    long Revision,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt
)
{
    /// <summary><c>typ</c>: a kind of its own, so that no other token passes for it nor it for another (RFC 8725 §3.11).</summary>
    public const string Type = "entitlement+jwt";

    /// <summary>Longest life there is.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(5);

    /// <summary>The record and the release of now still say what the token says: nobody swapped a row or a file behind it.</summary>
    public bool IsOf(Judgement judgement) =>
        judgement is { Record: { Row: { } row } record, Truth.Release: { } release }
        && (row.Id, row.Tenant, row.App, row.Device, row.ClientId, record.SubjectId, release.Version, release.Sha256)
            == (Id, Tenant, App, Device, ClientId, Subject, Version, Sha256);
}

/// <summary>Makes entitlement tokens: JWS, ES256. The same content under the same key says the same; only the signature's randomness differs.</summary>
internal sealed class EntitlementSigner(SigningKeyRing ring, IOptions<PublicUrlOptions> origin)
{
    public string Sign(EntitlementToken token)
    {
        var key = ring.Current;
        var header = Encode(json =>
        {
            json.WriteString("alg", "ES256");
            json.WriteString("kid", key.KeyId);
            json.WriteString("typ", EntitlementToken.Type);
        });
        var signed = $"{header}.{Encode(json => Write(json, token))}";
        return $"{signed}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private void Write(Utf8JsonWriter json, EntitlementToken token)
    {
        json.WriteString("iss", origin.Value.Origin);
        json.WriteString("aud", EntitlementVerifier.AudienceOf(origin.Value));
        json.WriteString("sub", token.Subject);
        json.WriteString("jti", token.Id);
        json.WriteNumber("iat", token.IssuedAt.ToUnixTimeSeconds());
        json.WriteNumber("nbf", token.IssuedAt.ToUnixTimeSeconds());
        json.WriteNumber("exp", token.ExpiresAt.ToUnixTimeSeconds());
        json.WriteString("client_id", token.ClientId);
        json.WriteString("tenant", token.Tenant);
        json.WriteString("app", token.App);
        json.WriteString("version", token.Version);
        json.WriteString("sha256", token.Sha256);
        if (token.Device is not null)
        {
            json.WriteString("device", token.Device);
        }
        json.WriteNumber("rev", token.Revision);
    }

    private static string Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Base64Url.EncodeToString(buffer.WrittenSpan);
    }
}

/// <summary>Reads entitlement tokens back, as strictly as tokens that come from outside. Whether one is still good, the records say.</summary>
internal sealed class EntitlementVerifier(SigningKeyRing ring, IOptions<PublicUrlOptions> origin, TimeProvider clock)
{
    /// <summary>How far the clock may have been set back since the token was made.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(5);

    public static string AudienceOf(PublicUrlOptions origin) => origin.At("/v1/downloads");

    /// <summary>The token's content, or null when it is not one of ours: form, kind, algorithm, key, signature, issuer, audience or claims. Its end is not looked at.</summary>
    public EntitlementToken? Read(string text)
    {
        if (CompactJws.Read(text) is not { } jws || !IsOurKind(text) || jws.Issuer != origin.Value.Origin || ring.Find(jws.KeyId) is not { } key)
        {
            return null;
        }
        var dot = text.LastIndexOf('.');
        return key.Verifies(Encoding.ASCII.GetBytes(text[..dot]), Base64Url.DecodeFromChars(text.AsSpan(dot + 1))) ? ReadClaims(jws.Payload) : null;
    }

    /// <remarks><see cref="CompactJws"/> has already refused duplicates, <c>crit</c> and members that bring a key.</remarks>
    private static bool IsOurKind(string text)
    {
        var header = JsonElement.Parse(Base64Url.DecodeFromChars(text.AsSpan(0, text.IndexOf('.'))));
        return CompactJws.Text256(header, "typ") == EntitlementToken.Type && CompactJws.Text256(header, "alg") == "ES256";
    }

    private EntitlementToken? ReadClaims(JsonElement payload)
    {
        var claims = new ClaimReader(payload);
        claims.Absent("cnf", "events", "nonce");
        var (audience, id, subject, client) = (
            claims.RequiredText("aud"),
            claims.RequiredText("jti"),
            claims.RequiredText("sub"),
            claims.RequiredText("client_id")
        );
        var (tenant, app, version, sha256, device) = (
            claims.RequiredText("tenant"),
            claims.RequiredText("app"),
            claims.RequiredText("version"),
            claims.RequiredText("sha256"),
            claims.Text("device")
        );
        var (issued, notBefore, expires) = (claims.RequiredInstant("iat"), claims.RequiredInstant("nbf"), claims.RequiredInstant("exp"));
        var hasRevision = payload.TryGetProperty("rev", out var rev) && rev.ValueKind == JsonValueKind.Number && rev.TryGetInt64(out _);
        var soon = clock.GetUtcNow() + Skew;
        return
            claims.Fault is null
            && hasRevision
            && audience == AudienceOf(origin.Value)
            && Sha256Digest.TryParse(sha256, out _)
            && issued <= soon
            && notBefore <= soon
            && issued < expires
            && expires - issued <= EntitlementToken.LongestLife
            ? new(id!, subject!, client!, tenant!, app!, version!, sha256!, device, rev.GetInt64(), issued!.Value, expires!.Value)
            : null;
    }
}
