using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary>Writes the issuer as <c>PublicUrl</c> is written.</summary>
/// <remarks>OpenIddict goes through Uri, which adds a last slash, and issuers are compared byte for byte.</remarks>
internal static class ExactIssuer
{
    public static OpenIddictServerHandlerDescriptor InTokens { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<GenerateTokenContext>()
            .UseSingletonHandler<TokenHandler>()
            .SetOrder(OpenIddictServerHandlers.Protection.AttachTokenMetadata.Descriptor.Order + 1)
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build();

    public static OpenIddictServerHandlerDescriptor InMetadata { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ApplyConfigurationResponseContext>()
            .UseSingletonHandler<MetadataHandler>()
            .SetOrder(int.MinValue)
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build();

    private sealed class TokenHandler(IOptions<PublicUrlOptions> publicUrl) : IOpenIddictServerHandler<GenerateTokenContext>
    {
        public ValueTask HandleAsync(GenerateTokenContext context)
        {
            context.SecurityTokenDescriptor.Issuer = publicUrl.Value.Origin;
            return ValueTask.CompletedTask;
        }
    }

    private sealed class MetadataHandler(IOptions<PublicUrlOptions> publicUrl) : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
    {
        public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
        {
            if (context.Response.Error is null)
            {
                context.Response["issuer"] = publicUrl.Value.Origin;
            }

            return ValueTask.CompletedTask;
        }
    }
}
