using System.Text.Json.Serialization;
using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary><c>GET /.well-known/oauth-protected-resource</c>: whose tokens are accepted here, for what (RFC 9728 §2).</summary>
internal sealed record ProtectedResourceMetadata(
    [property: JsonPropertyName("resource")] string Resource,
    [property: JsonPropertyName("authorization_servers")] IReadOnlyList<string> AuthorizationServers,
    [property: JsonPropertyName("scopes_supported")] IReadOnlyList<string> ScopesSupported,
    [property: JsonPropertyName("bearer_methods_supported")] IReadOnlyList<string> BearerMethodsSupported,
    [property: JsonPropertyName("resource_name")] string ResourceName
)
{
    public const string Path = "/.well-known/oauth-protected-resource";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet(Path, Handle)
            .AllowAnonymous()
            .WithName("GetProtectedResourceMetadata")
            .WithTags("Identity")
            .WithSummary("Whose tokens are accepted here, for what (RFC 9728).");

    private static ProtectedResourceMetadata Handle(TrustedProviders providers, IOptions<PublicUrlOptions> publicUrl, HttpResponse response)
    {
        response.Headers.CacheControl = "public, max-age=300";
        return new ProtectedResourceMetadata(
            publicUrl.Value.Origin,
            [.. providers.All.Select(provider => provider.Issuer).Order(StringComparer.Ordinal)],
            Scopes.All,
            ["header"],
            "Entitlements"
        );
    }
}
