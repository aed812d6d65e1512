using Microsoft.AspNetCore.Authentication;

namespace Entitlements.Gateway.Identity;

/// <summary>Judges an access token that came in a body, as proof of the person, by the very schemes that judge the caller's.</summary>
internal sealed class SubjectTokenValidator(IServiceScopeFactory scopes)
{
    /// <summary>What the token says, or null where it would not have been let in as a caller's.</summary>
    /// <exception cref="ProviderUnavailableException">Its provider's keys cannot be had, so it cannot be judged.</exception>
    public async Task<VerifiedToken?> ValidateAsync(string token)
    {
        await using var scope = scopes.CreateAsyncScope(); // authentication handlers live as long as their scope, and judge one token
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        http.Request.Headers.Authorization = $"Bearer {token}";
        var result = await http.AuthenticateAsync(BearerSchemes.Bearer);
        return result switch
        {
            { Succeeded: true, Principal: { } principal } => VerifiedToken.From(principal),
            { Failure: ProviderUnavailableException unavailable } => throw unavailable,
            _ => null,
        };
    }
}
