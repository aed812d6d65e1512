using Entitlements.Gateway.Identity.BuiltIn;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

internal static class PermitSetup
{
    /// <summary>Who may call is said on the routes, and the callers are those that our own records know.</summary>
    public static void AddPermits(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RegisteredClients>().AddSingleton<CallerResolver>();
        builder.Services.AddOptions<BootstrapOptions>().BindConfiguration("Bootstrap").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<BootstrapOptions>, BootstrapOptionsValidator>();
    }

    /// <summary>After routing: nobody passes without a permit.</summary>
    public static void UsePermits(this WebApplication app)
    {
        // the host puts the stock middleware in front of everything unless it is told that they are there; if ever it does, requests cost more and nothing opens
        IApplicationBuilder pipeline = app;
        pipeline.Properties["__AuthenticationMiddlewareSet"] = pipeline.Properties["__AuthorizationMiddlewareSet"] = true;
        if (app.Services.GetService<BuiltInProviderMarker>() is not null)
        {
            app.UseAuthentication(); // which answers the provider's own endpoints
        }
        app.UseMiddleware<PermitGate>();
    }
}
