using System.Collections.Frozen;
using Microsoft.IdentityModel.Tokens;

namespace Entitlements.Gateway.Identity;

/// <summary>The rules every access token must pass, whatever its dialect.</summary>
/// <remarks>RFC 9068 §4, RFC 8725 §3, RFC 9449 §7.1, RFC 8705 §3.</remarks>
internal static class TokenRules
{
    /// <summary>How far two clocks may be apart.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private static readonly FrozenSet<string> Algorithms = new[]
    {
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
    }.ToFrozenSet(StringComparer.Ordinal);

    public static TokenValidationParameters ParametersFor(TrustedProvider provider, TimeProvider clock)
    {
        var rules = ParametersFor(provider, provider.Audience, clock);
        rules.TypeValidator = (type, _, _) =>
            provider.Dialect.Accepts(type) ? type : throw new SecurityTokenInvalidTypeException("typ is not an access token's");
        return rules;
    }

    /// <summary>For what tells the portal of a sign-in: an ID token, made for its client. Source: OpenID Connect Core §3.1.3.7.</summary>
    public static TokenValidationParameters ParametersForIdToken(TrustedProvider provider, string client, TimeProvider clock) =>
        ParametersFor(provider, client, clock);

    private static TokenValidationParameters ParametersFor(TrustedProvider provider, string audience, TimeProvider clock) =>
        new()
        {
            ValidIssuer = provider.Issuer,
            ValidAudience = audience,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            TryAllIssuerSigningKeys = false, // a kid that is not the provider's is refused, not guessed at
            ValidAlgorithms = Algorithms,
            AlgorithmValidator = (algorithm, key, _, _) =>
                Algorithms.Contains(algorithm) && (key is not JsonWebKey { Alg: { Length: > 0 } only } || only == algorithm), // one key, one algorithm
            ClockSkew = Skew,
            LifetimeValidator = (notBefore, expires, _, _) => IsAlive(notBefore, expires, clock.GetUtcNow().UtcDateTime),
        };

    /// <summary>The token's content once its signature holds, or why it is refused.</summary>
    public static (VerifiedToken? Token, string? Fault) Admit(CompactJws jws, TrustedProvider provider, DateTimeOffset now)
    {
        var claims = new ClaimReader(jws.Payload);
        claims.Absent("cnf", "events"); // bound to a key nobody proved here; a logout or security-event token
        claims.RequiredInstant("exp");
        claims.Instant("nbf");
        var issuedAt = claims.RequiredInstant("iat");
        if (issuedAt > now + Skew)
        {
            claims.Refuse("claim iat is in the future");
        }

        if (claims.Words("aud").Count == 0)
        {
            claims.Refuse("claim aud is missing");
        }

        var rawSubject = claims.Text("sub");
        var reading = provider.Dialect.Read(claims, provider);
        var subject = claims.Text(provider.SubjectClaim);
        if (subject is null && !reading.ProvenClient && provider.Dialect is not KeycloakDialect)
        {
            claims.Refuse("the claim that names the person is missing");
        }

        return claims.Fault is { } fault || issuedAt is null
            ? (null, claims.Fault)
            : (
                new VerifiedToken(
                    provider.Issuer,
                    provider.Dialect.Name,
                    subject,
                    reading.ClientId,
                    reading.ProvenClient,
                    reading.Scopes,
                    issuedAt.Value,
                    provider.Tenants
                )
                {
                    RawSubject = rawSubject,
                    SignIn = provider.StepUp.Read(claims, provider.Dialect),
                },
                null
            );
    }

    /// <summary>A window opens on its first instant and is shut on its last, give or take <see cref="Skew"/>.</summary>
    private static bool IsAlive(DateTime? notBefore, DateTime? expires, DateTime now) =>
        expires is { } end && now - end < Skew && (notBefore is not { } start || start - now <= Skew);
}
