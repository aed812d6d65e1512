using System.Collections.Frozen;

namespace Entitlements.Gateway.Identity;

/// <summary>What a dialect makes of a token's claims.</summary>
/// <param name="ClientId">The client the token was issued to.</param>
/// <param name="ProvenClient">The token is the client's own, by the dialect's proof; all others are people's.</param>
internal sealed record DialectReading(string? ClientId, bool ProvenClient, IReadOnlySet<string> Scopes);

/// <summary>How one family of providers writes access tokens. Everything that differs is here; everything common is in <see cref="TokenRules"/>.</summary>
internal abstract class Dialect(string name, params string[] types)
{
    public static FrozenDictionary<string, Dialect> ByName { get; } =
        new Dialect[] { new Rfc9068Dialect(), new DuendeDialect(), new EntraDialect(), new KeycloakDialect() }.ToFrozenDictionary(
            dialect => dialect.Name,
            StringComparer.Ordinal
        );

    public string Name { get; } = name;

    /// <summary>The claim that names a person for good, where the settings name none.</summary>
    public virtual string SubjectClaim => "sub";

    /// <summary>Whether the header's <c>typ</c> is an access token's here. Case-blind, <c>application/</c> may be left out (RFC 7515 §4.1.9).</summary>
    public bool Accepts(string? typ)
    {
        const string prefix = "application/";
        var bare = typ is not null && typ.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? typ[prefix.Length..] : typ;
        return types.Contains(bare, StringComparer.OrdinalIgnoreCase);
    }

    public abstract DialectReading Read(ClaimReader claims, TrustedProvider provider);

    /// <summary>What the sign-in was good for: <c>acr</c> (RFC 9068 §2.2.1), one value.</summary>
    public virtual IReadOnlyList<string> ContextsOf(ClaimReader claims) => claims.TextOrNothing("acr") is { } acr ? [acr] : [];
}

/// <summary>RFC 9068 as written; OpenIddict, oidc-provider and the built-in provider.</summary>
internal sealed class Rfc9068Dialect() : Dialect("rfc9068", "at+jwt")
{
    public override DialectReading Read(ClaimReader claims, TrustedProvider provider)
    {
        var client = claims.RequiredText("client_id");
        var subject = claims.RequiredText("sub");
        claims.RequiredText("jti");
        return new DialectReading(client, client is not null && client == subject, claims.Words("scope"));
    }
}

/// <summary>Duende IdentityServer: a client-credentials token has no <c>sub</c> at all, scopes are an array by default.</summary>
internal sealed class DuendeDialect() : Dialect("duende", "at+jwt")
{
    public override DialectReading Read(ClaimReader claims, TrustedProvider provider) =>
        new(claims.RequiredText("client_id"), !claims.Has("sub"), claims.Words("scope"));
}

/// <summary>Microsoft Entra ID, v1 and v2: <c>typ</c> is plain JWT, so what an ID token has is refused and what it lacks is required.</summary>
internal sealed class EntraDialect() : Dialect("entra", "JWT", "at+jwt")
{
    public override string SubjectClaim => "oid";

    public override DialectReading Read(ClaimReader claims, TrustedProvider provider)
    {
        claims.Absent("nonce", "at_hash", "c_hash");
        var proven = claims.Text("idtyp") == "app";
        if (claims.Has("scp") == proven)
        {
            claims.Refuse("claims idtyp and scp do not tell a person's from a client's access token");
        }

        var tenant = claims.RequiredText("tid");
        if (tenant is not null && !new Uri(provider.Issuer).Segments.Any(segment => segment.Trim('/') == tenant))
        {
            claims.Refuse("claim tid is another directory's");
        }

        var client = claims.Text("azp") ?? claims.RequiredText("appid");
        return new DialectReading(client, proven, claims.Words(proven ? "roles" : "scp"));
    }

    /// <summary><c>acrs</c>, the authentication contexts that conditional access found fulfilled. Its <c>acr</c>, of v1 alone, tells of no second factor.</summary>
    public override IReadOnlyList<string> ContextsOf(ClaimReader claims) => claims.ListOrNothing("acrs");

    /// <summary>Authorities that sign for every directory in the world.</summary>
    public static bool IsForManyTenants(Uri authority) => authority.Segments.Any(segment => segment.Trim('/') is "common" or "organizations" or "consumers");
}

/// <summary>Keycloak: plain JWT in the header, the kind of token in the payload's <c>typ</c>.</summary>
/// <remarks>Nothing in the token proves a client: whoever resolves the caller compares <c>sub</c> with the registration's <c>service_subject</c>.</remarks>
internal sealed class KeycloakDialect() : Dialect("keycloak", "JWT", "at+jwt")
{
    public override DialectReading Read(ClaimReader claims, TrustedProvider provider)
    {
        claims.Absent("nonce", "at_hash", "c_hash");
        claims.RequiredText("sub");
        if (claims.RequiredText("typ") is { } kind && kind != "Bearer")
        {
            claims.Refuse("claim typ is not Bearer");
        }

        return new DialectReading(claims.RequiredText("azp"), ProvenClient: false, claims.Words("scope"));
    }
}
