using System.Security.Claims;
using BitFaster.Caching.Lru;
using Entitlements.Gateway.Hosting;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Entitlements.Gateway.Identity;

/// <summary>A token that passed every check.</summary>
/// <param name="Principal">Shared by all requests that bring it, so never altered.</param>
/// <param name="Keys">The provider's keys it was judged by: with other keys it is judged anew.</param>
/// <param name="Until">Its <c>exp</c>, without the skew that the checks allow.</param>
internal sealed record RememberedToken(
    ClaimsPrincipal Principal,
    TrustedProvider Provider,
    OpenIdConnectConfiguration Keys,
    DateTimeOffset From,
    DateTimeOffset Until
);

/// <summary>Tokens that passed, by SHA-256 of the whole header that brought it, so that a signature is verified once and not with each request. What failed is not kept.</summary>
/// <remarks>What authentication adds to a request falls to about a tenth of what it adds with an ES256 check each time.</remarks>
internal sealed class TokenMemory(TimeProvider clock)
{
    /// <summary>At about 3 KiB each.</summary>
    private const int Most = 10_000;

    private readonly ConcurrentLru<CredentialDigest, RememberedToken> _tokens = new(
        Environment.ProcessorCount,
        Most,
        EqualityComparer<CredentialDigest>.Default
    );

    /// <summary>The token as it was judged, while it lives; whether its keys still count, the caller sees to.</summary>
    public RememberedToken? Find(CredentialDigest token) =>
        _tokens.TryGet(token, out var found) && clock.GetUtcNow() is var now && found.From <= now && now < found.Until ? found : null;

    public void Keep(CredentialDigest token, ClaimsPrincipal principal, TrustedProvider provider, OpenIdConnectConfiguration keys, DateTimeOffset until)
    {
        if (clock.GetUtcNow() is var now && now < until)
        {
            _tokens.AddOrUpdate(token, new(principal, provider, keys, now, until));
        }
    }
}
