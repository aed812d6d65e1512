using System.Security.Claims;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary>Takes a demonstration person's bare id as subject token of an exchange (RFC 8693 §2.1).</summary>
internal sealed class PersonSubjectToken(IDemonstrationPeople people, TimeProvider clock) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseScopedHandler<PersonSubjectToken>()
            .SetOrder(int.MinValue) // before anything looks for a JWT in it
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (!context.ValidTokenTypes.Contains(DemonstrationClients.PersonTokenType))
        {
            return;
        }

        if (!await people.ExistsAsync(context.Token, context.CancellationToken))
        {
            context.Reject(OpenIddictConstants.Errors.InvalidGrant, "There is no such demonstration person.");
            return;
        }

        var identity = new ClaimsIdentity("demonstration");
        identity.SetClaim(OpenIddictConstants.Claims.Subject, context.Token);
        identity.SetClaim(OpenIddictConstants.Claims.AuthenticationTime, clock.GetUtcNow().ToUnixTimeSeconds()); // whoever exchanges it signs in by that
        identity.SetPresenters(DemonstrationClients.Person); // the only client that may exchange it
        context.Principal = new ClaimsPrincipal(identity).SetTokenType(DemonstrationClients.PersonTokenType);
    }
}
