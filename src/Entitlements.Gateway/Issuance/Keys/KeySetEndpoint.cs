using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary><c>GET /.well-known/jwks.json</c>: the public halves of the keys whose tokens are good (RFC 7517).</summary>
internal static class KeySetEndpoint
{
    public static void MapKeySet(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/.well-known/jwks.json", Handle)
            .AllowAnonymous()
            .WithName("KeySet")
            .WithTags("Entitlements")
            .WithSummary("Public keys of entitlement tokens.")
            .Produces<KeySet>();

    private static IResult Handle(HttpContext context, SigningKeyRing ring, IOptions<IssuanceOptions> options)
    {
        context.Response.Headers.CacheControl = FormattableString.Invariant(
            $"public, max-age={(long)MaxAgeOf(ring.Age, options.Value.KeySetMaxAge).TotalSeconds}"
        );
        return TypedResults.Json(
            new KeySet([.. ring.All.Select(key => new PublicKey("EC", "P-256", key.X, key.Y, key.KeyId, "ES256", "sig"))]),
            StrictJson.Options
        );
    }

    /// <summary>Who could not read the keys for a while may miss a new one, and lets others keep this set the shorter, so that it is gone before a new key signs.</summary>
    internal static TimeSpan MaxAgeOf(TimeSpan age, TimeSpan longest)
    {
        var left = longest + KeySchedule.Spread / 2 - age;
        return left > longest ? longest
            : left > TimeSpan.Zero ? left
            : TimeSpan.Zero;
    }

    internal sealed record KeySet(IReadOnlyList<PublicKey> Keys);

    internal sealed record PublicKey(string Kty, string Crv, string X, string Y, string Kid, string Alg, string Use);
}
