using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary>Says in the metadata what the built-in provider's sign-ins are good for: <c>acr_values_supported</c> (RFC 9470 §7).</summary>
internal sealed class SupportedAcr : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor InMetadata { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ApplyConfigurationResponseContext>()
            .UseSingletonHandler<SupportedAcr>()
            .SetOrder(int.MinValue)
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build();

    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is null)
        {
            context.Response["acr_values_supported"] = System.Text.Json.JsonSerializer.SerializeToElement(new[] { BuiltInProvider.Acr });
        }
        return ValueTask.CompletedTask;
    }
}
