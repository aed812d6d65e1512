namespace Entitlements.Gateway.Identity;

/// <summary>What a token proves by its signature and dialect, before this product's own records are asked.</summary>
internal sealed record VerifiedToken(
    string Issuer, string Profile, string? Subject, string? ClientId, bool ProvenClient, IReadOnlySet<string> Scopes, DateTimeOffset IssuedAt, IReadOnlyList<string> ProviderTenants)
{
    public static VerifiedToken? From(System.Security.Claims.ClaimsPrincipal principal) => null;
}
