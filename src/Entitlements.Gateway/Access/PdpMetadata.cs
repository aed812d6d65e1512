using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access;

/// <summary><c>GET /.well-known/authzen-configuration</c>: where the decision API is. An endpoint that is not served is not named.</summary>
/// <remarks>Source: AuthZEN Authorization API 1.0 §9. The identifier is <c>PublicUrl</c>, or <c>PublicUrl/{tenant}</c> for the form with a tenant.</remarks>
internal sealed record PdpMetadata(string PolicyDecisionPoint, string AccessEvaluationEndpoint, string AccessEvaluationsEndpoint, string AccessRequestEndpoint)
{
    private static readonly string[] Served = ["urn:openid:authzen:capability:access-request"];

    /// <summary>What is served besides evaluation.</summary>
    public IReadOnlyList<string> Capabilities { get; } = Served;

    public const string Path = "/.well-known/authzen-configuration";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapGet(Path, (IOptions<PublicUrlOptions> url, HttpResponse response) => Of(url.Value, "", response))
            .AllowAnonymous()
            .WithName("GetPdpMetadata")
            .WithTags("AuthZEN")
            .WithSummary("Where the decision API is.");
        routes
            .MapGet(Path + "/{tenant}", (NameId tenant, IOptions<PublicUrlOptions> url, HttpResponse response) => Of(url.Value, $"/{tenant}", response))
            .AllowAnonymous()
            .WithName("GetPdpMetadataOfTenant")
            .WithTags("AuthZEN")
            .WithSummary("The same for a decision point named with its tenant.");
    }

    /// <remarks>Any well-formed tenant gets the same answer: which ones exist is not for strangers.</remarks>
    private static PdpMetadata Of(PublicUrlOptions url, string tenantPath, HttpResponse response)
    {
        response.Headers.CacheControl = "public, max-age=300";
        return new(url.Origin + tenantPath, url.At(EvaluationEndpoints.Single), url.At(EvaluationEndpoints.Batch), url.At(RequestableDenials.Path));
    }
}
