using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Entitlements.Gateway.Portal;

/// <summary>Says refusals to people as a page. It needs nothing but the process: neither database nor session, so that it can still say what to do when these are away.</summary>
internal sealed class ProblemPages(TrustedProviders providers) : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) =>
        context.HttpContext.Features.Get<PortalMark>() is not null
        || (
            context.HttpContext.GetEndpoint() is { } endpoint
                ? endpoint.Metadata.GetMetadata<PortalMark>() is not null
                : context.HttpContext.Request.GetTypedHeaders().Accept.Any(a => a.MediaType.Value == "text/html")
        );

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, problem) = (context.HttpContext, context.ProblemDetails);
        var status = problem.Status ?? http.Response.StatusCode;
        if (problem.Extensions.TryGetValue(Problems.RetryAfter, out var seconds))
        {
            http.Response.Headers.RetryAfter = FormattableString.Invariant($"{seconds}");
        }
        http.Response.Headers.ContentSecurityPolicy = PortalFilter.PolicyOf(Nonce.Of(http), providers);
        var isKnown = http.Features.Get<Identity.Caller>() is not null;
        var isUnknown = status == StatusCodes.Status403Forbidden && !isKnown;
        await new RazorComponentResult<ProblemPage>(
            new
            {
                Status = status,
                IsUnknown = isUnknown,
                Reference = http.TraceIdentifier,
                Language = (object)Language.Of(http),
                SignOut = SignInPaths.SignOut,
            }
        )
        {
            StatusCode = status,
        }.ExecuteAsync(http);
    }
}
