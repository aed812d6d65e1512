using System.Security.Cryptography;
using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access;

/// <summary>What a denial says where it can be asked to be otherwise. Source: AuthZEN Access Request and Approval Profile, draft 1, requestable denial context.</summary>
/// <param name="BindingToken">Opaque; sent back with the request.</param>
internal sealed record AccessRequestOffer(string Endpoint, DateTimeOffset ExpiresAt, string BindingToken);

/// <summary>What a binding token binds.</summary>
/// <param name="Caller">Who was denied (<see cref="Caller.Key"/>): nobody else may use it.</param>
/// <param name="Question">What was asked: a request must ask the very same.</param>
internal sealed record DenialBinding(string Caller, JsonElement Question, string EvaluationId, DateTimeOffset ExpiresAt);

/// <summary>
/// Makes the offer of a denial that can be remedied by a request, and reads it back. The token is sealed by the keys that all replicas share, so no denial
/// has to be kept: an access request service that is the decision point itself needs no signature that others could check.
/// </summary>
internal sealed class RequestableDenials(IDataProtectionProvider protection, IOptions<PublicUrlOptions> url)
{
    public const string Path = "/access/v1/requests";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Reasons that a role, or the person's own doing, does away with.</summary>
    private static readonly DenyReasons Remediable = default(DenyReasons)
        .With(DenyReason.RoleNotHeld)
        .With(DenyReason.GuidanceNotAccepted)
        .With(DenyReason.DeviceRequired)
        .With(DenyReason.DeviceUnknown)
        .With(DenyReason.DeviceNotManaged);

    private readonly IDataProtector _seal = protection.CreateProtector("Entitlements.Access.RequestableDenials");
    private readonly string _endpoint = url.Value.At(Path);

    /// <summary>Null where a request would not help, or this caller may not make one.</summary>
    public AccessRequestOffer? OfferFor(Caller caller, EvaluationRequest request, Decision decision, Truth truth, string evaluationId, DateTimeOffset at)
    {
        if (
            decision is not Decision.Deny { Reasons: var reasons }
            || !truth.IsRequestable
            || !reasons.Contains(DenyReason.RoleNotHeld)
            || (reasons.Bits & ~Remediable.Bits) != 0
            || !MayRequest(caller)
        )
        {
            return null;
        }
        var binding = new DenialBinding(caller.Key, QuestionOf(request), evaluationId, at + Lifetime);
        return new(_endpoint, binding.ExpiresAt, _seal.Protect(StoredJson.Write(binding)));
    }

    /// <summary>Null for anything that this installation did not seal.</summary>
    public DenialBinding? Read(string token)
    {
        try
        {
            return JsonSerializer.Deserialize<DenialBinding>(_seal.Unprotect(token), StoredJson.Options);
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The question with every member that was looked at; what else the caller's context says is their own.</summary>
    public static JsonElement QuestionOf(EvaluationRequest request) =>
        JsonSerializer.SerializeToElement(
            new
            {
                request.Tenant,
                Subject = Entity(request.Subject.Type, request.Subject.Id, request.Subject.Properties),
                Action = Entity(null, request.Action.Name, request.Action.Properties),
                Resource = Entity(request.Resource.Type, request.Resource.Id, request.Resource.Properties),
                request.Context.Device,
            },
            StoredJson.Options
        );

    private static object Entity(string? type, string id, Properties properties) =>
        new
        {
            type,
            id,
            properties = properties.All,
        };

    private static bool MayRequest(Caller caller) =>
        caller is Caller.Person { HumanId: not null } || (caller is Caller.Client client && client.Scopes.Contains(Scopes.SubmitRequests));
}
