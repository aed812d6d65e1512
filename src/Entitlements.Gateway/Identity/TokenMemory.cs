using BitFaster.Caching.Lru;
using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Entitlements.Gateway.Identity;

/// <summary>A token that passed every check.</summary>
/// <param name="Admission">What its scheme answered; shared by all requests that bring it, so never altered.</param>
/// <param name="Provider">Whose keys it was judged by.</param>
/// <param name="Keys">The very reading of them: by another one it is judged anew.</param>
/// <param name="Until">Its <c>exp</c>, without the skew that the checks allow.</param>
internal sealed record RememberedToken(
    Task<AuthenticateResult> Admission,
    ProviderKeys Provider,
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

    public void Keep(CredentialDigest token, AuthenticationTicket ticket, ProviderKeys provider, OpenIdConnectConfiguration keys, DateTimeOffset until)
    {
        if (clock.GetUtcNow() is var now && now < until)
        {
            _tokens.AddOrUpdate(token, new(Task.FromResult(AuthenticateResult.Success(ticket)), provider, keys, now, until));
        }
    }
}

/// <summary>The stock authentication, but who brings a token that passed before is let in without a handler.</summary>
/// <remarks>The schemes' handlers are made anew for each request: a tenth of the gateway's processor time under cached decisions, by profile.</remarks>
internal sealed class RememberingAuthentication(TokenMemory memory) : IAuthenticationService
{
    public Task<AuthenticateResult> AuthenticateAsync(HttpContext context, string? scheme)
    {
        if (scheme is not BearerSchemes.Bearer || CredentialDigest.Of(context) is not { } digest || memory.Find(digest) is not { } token)
        {
            return Stock(context).AuthenticateAsync(context, scheme);
        }
        return token.Provider.Holds(token.Keys) ? token.Admission : AgainAsync(context, token);
    }

    public Task ChallengeAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) =>
        Stock(context).ChallengeAsync(context, scheme, properties);

    public Task ForbidAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) =>
        Stock(context).ForbidAsync(context, scheme, properties);

    public Task SignInAsync(HttpContext context, string? scheme, System.Security.Claims.ClaimsPrincipal principal, AuthenticationProperties? properties) =>
        Stock(context).SignInAsync(context, scheme, principal, properties);

    public Task SignOutAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) =>
        Stock(context).SignOutAsync(context, scheme, properties);

    /// <summary>A token that passed passes again only by the very same reading of its provider's keys: a key taken back ends it no later than any other.</summary>
    private static async Task<AuthenticateResult> AgainAsync(HttpContext context, RememberedToken token)
    {
        try
        {
            if (ReferenceEquals(await token.Provider.GetConfigurationAsync(context.RequestAborted), token.Keys))
            {
                return await token.Admission;
            }
        }
        catch (ProviderUnavailableException unavailable)
        {
            return AuthenticateResult.Fail(unavailable);
        }
        return await Stock(context).AuthenticateAsync(context, BearerSchemes.Bearer);
    }

    private static AuthenticationService Stock(HttpContext context) => context.RequestServices.GetRequiredService<AuthenticationService>();
}
