using System.Security.Claims;

namespace Entitlements.Gateway.Identity;

/// <summary>What a token says once everything about it was checked. Who that is here, the database decides.</summary>
/// <param name="Profile">Name of the dialect.</param>
/// <param name="Subject">Value of the provider's SubjectClaim; null only where the token names no person.</param>
/// <param name="ProvenClient">The dialect proves the token a client's own; always false for keycloak.</param>
/// <param name="ProviderTenants">Tenants whose people and clients this provider may name; empty means none.</param>
internal sealed record VerifiedToken(
    string Issuer,
    string Profile,
    string? Subject,
    string? ClientId,
    bool ProvenClient,
    IReadOnlySet<string> Scopes,
    DateTimeOffset IssuedAt,
    IReadOnlyList<string> ProviderTenants
)
{
    /// <summary>The <c>sub</c> claim itself, for comparison with a keycloak registration's <c>service_subject</c> and nothing else.</summary>
    public string? RawSubject { get; init; }

    /// <summary>What it tells of the person's sign-in; means nothing of a client.</summary>
    public SignIn SignIn { get; init; } = SignIn.Unknown;

    /// <summary>The token behind the caller, or null when there is none that passed.</summary>
    public static VerifiedToken? From(ClaimsPrincipal principal) => (principal.Identity as VerifiedIdentity)?.Token;

    public ClaimsPrincipal ToPrincipal() => new(new VerifiedIdentity(this));

    /// <summary>Carries the token as it was read: no claim of a provider's is ever among ours, so none can be mistaken for a right.</summary>
    private sealed class VerifiedIdentity(VerifiedToken token) : ClaimsIdentity("VerifiedToken")
    {
        public VerifiedToken Token { get; } = token;

        public override ClaimsIdentity Clone() => new VerifiedIdentity(Token);
    }
}
