using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity.BuiltIn;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Entitlements.Gateway.Identity;

/// <summary>One JwtBearer scheme per provider: the stock handler, with what it would let through closed.</summary>
internal sealed class ProviderScheme(
    TrustedProviders providers,
    ProviderBackchannel backchannel,
    TokenMemory memory,
    TimeProvider clock,
    ILoggerFactory logs,
    IServiceProvider services
) : IConfigureNamedOptions<JwtBearerOptions>
{
    public void Configure(JwtBearerOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, JwtBearerOptions options)
    {
        if (providers.ByScheme(name) is not { } provider)
        {
            return; // another slice's scheme
        }

        options.MapInboundClaims = false;
        options.SaveToken = false;
        options.IncludeErrorDetails = false;
        options.RefreshOnIssuerKeyNotFound = false; // the keys were sought before the token was judged
        options.TokenHandlers.Clear();
        options.TokenHandlers.Add(new JsonWebTokenHandler { MapInboundClaims = false, MaximumTokenSizeInBytes = CompactJws.Limit });
        options.TokenValidationParameters = TokenRules.ParametersFor(provider, clock);
        if (provider.Scheme == BuiltInProvider.Scheme)
        {
            options.Configuration = BuiltInProvider.KeysFrom(services, provider.Issuer); // no HTTP to ourselves
        }
        else
        {
            options.ConfigurationManager = new ProviderKeys(provider, backchannel.For(provider), clock, logs.CreateLogger<ProviderKeys>());
        }

        options.Events = new JwtBearerEvents
        {
            OnMessageReceived = context => BeforeAsync(context, provider),
            OnTokenValidated = context => After(context, provider),
            OnAuthenticationFailed = context =>
            {
                context.Fail(context.Exception); // a refusal, whatever went wrong: never a 500, never a pass
                return Task.CompletedTask;
            },
        };
    }

    private static async Task BeforeAsync(MessageReceivedContext context, TrustedProvider provider)
    {
        var credential = BearerCredential.Of(context.HttpContext);
        if (credential.Jws is not { } jws || jws.Issuer != provider.Issuer)
        {
            context.Fail("not a token of this provider");
            return;
        }

        if (context.Options.ConfigurationManager is ProviderKeys keys)
        {
            await keys.SeekAsync(jws.KeyId, context.HttpContext.RequestAborted);
            credential.Keys = await keys.GetConfigurationAsync(context.HttpContext.RequestAborted);
        }

        context.Token = jws.Text;
    }

    private Task After(TokenValidatedContext context, TrustedProvider provider)
    {
        var credential = BearerCredential.Of(context.HttpContext);
        if (credential.Jws is not { } jws)
        {
            context.Fail("the token is gone");
            return Task.CompletedTask;
        }

        var (token, fault) = TokenRules.Admit(jws, provider, clock.GetUtcNow());
        if (token is null)
        {
            context.Fail(fault ?? "refused");
            return Task.CompletedTask;
        }

        context.Principal = token.ToPrincipal();
        if (
            credential.Keys is { } keys // read before it was judged: if they have changed since, it is judged anew
            && context.Options.ConfigurationManager is ProviderKeys source
            && CredentialDigest.Of(context.HttpContext) is { } digest
        )
        {
            memory.Keep(digest, new(context.Principal, BearerSchemes.Bearer), source, keys, new(context.SecurityToken.ValidTo, TimeSpan.Zero));
        }
        return Task.CompletedTask;
    }
}
