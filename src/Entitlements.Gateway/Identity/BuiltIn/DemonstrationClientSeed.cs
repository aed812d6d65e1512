using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary>Makes the provider's tables and its clients anew at every start: nothing of them outlives the process.</summary>
internal sealed class DemonstrationClientSeed(IServiceScopeFactory scopes, IOptions<PublicUrlOptions> publicUrl) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<BuiltInProviderDb>().Database.EnsureCreatedAsync(cancellationToken);
        var clients = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        foreach (var (id, allowed) in DemonstrationClients.Confidential)
        {
            await clients.CreateAsync(Confidential(id, Permissions.GrantTypes.ClientCredentials, allowed), cancellationToken);
        }

        await clients.CreateAsync(Confidential(DemonstrationClients.Person, Permissions.GrantTypes.TokenExchange, []), cancellationToken);
        await clients.CreateAsync(Portal(), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static OpenIddictApplicationDescriptor Confidential(string id, string grant, IEnumerable<string> allowed)
    {
        var client = new OpenIddictApplicationDescriptor
        {
            ClientId = id,
            ClientSecret = DemonstrationClients.Secret,
            ClientType = ClientTypes.Confidential,
            DisplayName = id,
        };
        client.Permissions.UnionWith([Permissions.Endpoints.Token, grant, .. allowed.Select(scope => Permissions.Prefixes.Scope + scope)]);
        return client;
    }

    private OpenIddictApplicationDescriptor Portal()
    {
        var client = new OpenIddictApplicationDescriptor
        {
            ClientId = DemonstrationClients.Portal,
            ClientType = ClientTypes.Public,
            DisplayName = "Portal",
            ConsentType = ConsentTypes.Implicit,
        };
        client.RedirectUris.Add(new Uri(publicUrl.Value.At(DemonstrationClients.PortalRedirectPath)));
        client.Permissions.UnionWith([
            Permissions.Endpoints.Authorization,
            Permissions.Endpoints.Token,
            Permissions.GrantTypes.AuthorizationCode,
            Permissions.ResponseTypes.Code,
        ]);
        client.Requirements.Add(Requirements.Features.ProofKeyForCodeExchange);
        return client;
    }
}
