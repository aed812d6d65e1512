using System.Security.Cryptography;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Entitlements.Gateway.Portal;

/// <summary>What holds for every page: a policy that lets in nothing from outside and nothing inline, and no writing on another site's behalf.</summary>
internal sealed class PortalFilter(Language language, TrustedProviders providers) : IAuthorizationFilter, IOrderedFilter
{
    /// <summary>Before the anti-forgery token is looked at.</summary>
    public int Order => 0;

    public void OnAuthorization(AuthorizationFilterContext context)
    {
        var http = context.HttpContext;
        language.Take(Language.Of(http));
        http.Response.Headers.ContentSecurityPolicy = PolicyOf(Nonce.Of(http), providers);
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            RefuseOtherSites(http.Request);
        }
    }

    /// <exception cref="ProblemException">400: the browser says that another site sent it.</exception>
    public static void RefuseOtherSites(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is [{ } site] && site != "same-origin")
        {
            throw new ProblemException(Problems.BadRequest("The request was sent from another site.", "cross_site_request"));
        }
    }

    /// <remarks>A form may end at a provider, where somebody has to sign in again: browsers hold <c>form-action</c> against redirects, too.</remarks>
    public static string PolicyOf(string nonce, TrustedProviders providers) =>
        $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        + $"form-action {string.Join(' ', providers.All.Where(p => p.Portal is not null).Select(p => new Uri(p.Issuer).GetLeftPart(UriPartial.Authority)).Prepend("'self'"))}";
}

/// <summary>The number, used once, by which the page's own scripts are known to the browser.</summary>
internal sealed record Nonce(string Value)
{
    public static string Of(HttpContext context)
    {
        if (context.Features.Get<Nonce>() is { } known)
        {
            return known.Value;
        }
        var made = new Nonce(RandomNumberGenerator.GetHexString(32, lowercase: true));
        context.Features.Set(made);
        return made.Value;
    }
}

/// <summary>Binds a form's anti-forgery token to the person whom the page was drawn for.</summary>
internal sealed class AntiforgeryPerson : IAntiforgeryAdditionalDataProvider
{
    public string GetAdditionalData(HttpContext context) => context.Features.Get<Caller>()?.Key ?? "";

    /// <remarks>A page that is open to all knows nobody: there the session alone is ended.</remarks>
    public bool ValidateAdditionalData(HttpContext context, string additionalData) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.Authorization.IAllowAnonymous>() is not null
        || string.Equals(additionalData, GetAdditionalData(context), StringComparison.Ordinal);
}
