using System.Text.Json;
using System.Text.Json.Serialization;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Issuance;

/// <summary><c>POST /v1/entitlements/introspect</c> (RFC 7662), for who cannot verify and judge a token: inactive for anything bad, foreign, spent or revoked.</summary>
internal static class IntrospectEndpoint
{
    private const string Form = "application/x-www-form-urlencoded";

    public static void MapIntrospect(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/entitlements/introspect", HandleAsync)
            .Permit(Scopes.Redeem)
            .WithName("IntrospectEntitlement")
            .WithTags("Entitlements")
            .WithSummary("Whether an entitlement token could be redeemed now.")
            .Accepts<TokenBody>("application/json", Form)
            .Produces<IntrospectionAnswer>()
            .Produces<OAuthError>(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        Caller caller,
        EntitlementVerifier verifier,
        EntitlementRecords records,
        StorageGuard guard,
        IOptions<PublicUrlOptions> origin
    )
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await ReadTokenAsync(http) is not { } text)
        {
            return TypedResults.BadRequest(new OAuthError("invalid_request"));
        }
        if (caller is not Caller.Client client || verifier.Read(text) is not { } token || !client.Tenants.Contains(token.Tenant))
        {
            return TypedResults.Ok(IntrospectionAnswer.Inactive);
        }
        var active = await guard.OrAsync<bool?>(async () => await IsActiveAsync(token, records), null);
        return active switch
        {
            null => Problems.Undecidable(),
            true => TypedResults.Ok(IntrospectionAnswer.Of(token, origin.Value)),
            false => TypedResults.Ok(IntrospectionAnswer.Inactive),
        };
    }

    private static async Task<bool> IsActiveAsync(EntitlementToken token, EntitlementRecords records) =>
        await records.FindAsync(token.Id) is { Redemption: null } record
        && await records.JudgeAsync(record) is { MayBegin: true, Record.Redemption: null } judgement
        && token.IsOf(judgement)
        && judgement.Judged.At < token.ExpiresAt
        && judgement.Truth.Revision >= token.Revision;

    /// <summary>The one <c>token</c> of a form or a JSON object; null when there is none.</summary>
    private static async Task<string?> ReadTokenAsync(HttpContext http)
    {
        if (!http.Request.HasFormContentType)
        {
            return (await StrictJson.ReadAsync<TokenBody>(http, JsonMode.Lenient)).Token;
        }
        try
        {
            return (await http.Request.ReadFormAsync(http.RequestAborted))["token"] is [{ Length: > 0 } one] ? one : null;
        }
        catch (InvalidDataException)
        {
            return null; // more or longer fields than a form of ours has
        }
    }

    internal sealed record TokenBody
    {
        public required string Token { get; init; }
    }

    internal sealed record OAuthError(string Error);
}

/// <summary>RFC 7662 §2.2; everything but <c>active</c> is left out of an inactive one.</summary>
internal sealed record IntrospectionAnswer(bool Active)
{
    public static IntrospectionAnswer Inactive { get; } = new(false);

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Claims { get; init; }

    public static IntrospectionAnswer Of(EntitlementToken token, PublicUrlOptions origin)
    {
        var claims = new Dictionary<string, object?>
        {
            ["token_type"] = "N_A",
            ["iss"] = origin.Origin,
            ["aud"] = EntitlementVerifier.AudienceOf(origin),
            ["sub"] = token.Subject,
            ["jti"] = token.Id,
            ["iat"] = token.IssuedAt.ToUnixTimeSeconds(),
            ["nbf"] = token.IssuedAt.ToUnixTimeSeconds(),
            ["exp"] = token.ExpiresAt.ToUnixTimeSeconds(),
            ["client_id"] = token.ClientId,
            ["tenant"] = token.Tenant,
            ["app"] = token.App,
            ["version"] = token.Version,
            ["sha256"] = token.Sha256,
            ["device"] = token.Device,
            ["rev"] = token.Revision,
        };
        return new(true)
        {
            Claims = claims.Where(c => c.Value is not null).ToDictionary(c => c.Key, c => JsonSerializer.SerializeToElement(c.Value), StringComparer.Ordinal),
        };
    }
}
