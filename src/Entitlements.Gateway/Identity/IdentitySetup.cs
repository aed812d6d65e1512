using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity.BuiltIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>Whose tokens are believed: the configured OpenID providers, or in Development the built-in one.</summary>
internal static class IdentitySetup
{
    /// <summary>Adds the schemes. With the built-in provider the caller also registers an <see cref="IDemonstrationPeople"/>.</summary>
    public static WebApplicationBuilder AddIdentity(this WebApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection(IdentityOptions.Section);
        var configured = section.GetSection(nameof(IdentityOptions.Providers)).GetChildren().Count();
        builder.Services.AddPublicUrl();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IValidateOptions<IdentityOptions>, IdentityOptionsValidator>();
        builder.Services.AddOptions<IdentityOptions>().Bind(section).ValidateOnStart();
        builder.Services.AddSingleton<TrustedProviders>().AddSingleton<ProviderBackchannel>().AddSingleton<TokenMemory>().AddSingleton<SubjectTokenValidator>();
        builder.Services.AddSingleton<IConfigureOptions<JwtBearerOptions>, ProviderScheme>();

        var authentication = builder
            .Services.AddAuthentication(BearerSchemes.Bearer)
            .AddPolicyScheme(
                BearerSchemes.Bearer,
                displayName: null,
                scheme =>
                {
                    scheme.ForwardDefaultSelector = BearerSchemes.Select;
                    scheme.ForwardChallenge = BearerSchemes.Refuse;
                    scheme.ForwardForbid = BearerSchemes.Refuse;
                }
            )
            .AddScheme<AuthenticationSchemeOptions, RefuseHandler>(BearerSchemes.Refuse, _ => { });
        builder.Services.AddScoped<AuthenticationService>().Replace(ServiceDescriptor.Singleton<IAuthenticationService, RememberingAuthentication>());
        for (var i = 0; i < configured; i++)
        {
            authentication.AddJwtBearer(TrustedProviders.SchemeOf(i), _ => { });
        }

        if (configured == 0 && builder.Environment.IsDevelopment())
        {
            authentication.AddJwtBearer(BuiltInProvider.Scheme, _ => { });
            builder.AddBuiltInProvider();
        }

        return builder;
    }

    public static WebApplication MapIdentity(this WebApplication app)
    {
        StepUpLog.Tell(app.Logger, app.Services.GetRequiredService<TrustedProviders>().All);
        ProtectedResourceMetadata.Map(app);
        if (app.Services.GetService<BuiltInProviderMarker>() is not null)
        {
            app.MapBuiltInProvider();
        }

        return app;
    }
}
