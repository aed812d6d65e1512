using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

internal static class PermitSetup
{
    /// <summary>Authorization by the permits on the routes. A route nobody marked is refused to everyone, signed in or not.</summary>
    public static void AddPermits(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RegisteredClients>().AddScoped<CallerResolver>();
        builder.Services.AddOptions<BootstrapOptions>().BindConfiguration("Bootstrap").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<BootstrapOptions>, BootstrapOptionsValidator>();
        builder.Services.AddScoped<IAuthorizationHandler, PermitHandler>();
        builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, PermitRefusals>();
        var nobody = new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build();
        builder.Services.AddAuthorizationBuilder().SetDefaultPolicy(nobody).SetFallbackPolicy(nobody);
    }

    /// <summary>Says a refusal as a problem: 401 with the scheme's challenge, 404 where the tenant is another's, else 403.</summary>
    private sealed class PermitRefusals : IAuthorizationMiddlewareResultHandler
    {
        private readonly AuthorizationMiddlewareResultHandler _inner = new();

        /// <summary>Names that routing gives the endpoints it makes up to say 405 with the methods there are, and 415.</summary>
        private static readonly string[] MadeUp = ["405 HTTP Method Not Supported", "415 HTTP Unsupported Media Type"];

        /// <remarks>Where no route is, the answer is 404 to everyone; where a route has other methods or takes other media types, routing's own 405 or 415 goes out. None runs anything of ours.</remarks>
        public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult) =>
            authorizeResult switch
            {
                { Succeeded: false } when context.GetEndpoint() is null => Problems.NotFound().ExecuteAsync(context),
                { Succeeded: false } when MadeUp.Contains(context.GetEndpoint()?.DisplayName) => next(context),
                { Forbidden: true, AuthorizationFailure: { } failure } when failure.FailureReasons.Any(r => r.Message == PermitHandler.Elsewhere) => Problems
                    .NotFound()
                    .ExecuteAsync(context),
                { Forbidden: true } => Problems.Forbidden().ExecuteAsync(context),
                _ => _inner.HandleAsync(next, context, policy, authorizeResult),
            };
    }
}
