using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Entitlements.Gateway.Hosting;

/// <summary>A management body, read by <see cref="StrictJson"/>. As handler parameter: <c>Body&lt;RoleBody&gt; body</c>.</summary>
/// <remarks>What is wrong with it is answered before the handler runs.</remarks>
internal readonly record struct Body<T>(T Value) : IEndpointParameterMetadataProvider
    where T : class
{
    public static async ValueTask<Body<T>> BindAsync(HttpContext context, ParameterInfo parameter) =>
        new(await StrictJson.ReadAsync<T>(context, JsonMode.Strict));

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));
}

/// <summary>An AuthZEN body: unknown members are ignored and another media type is 400. All else as <see cref="Body{T}"/>.</summary>
internal readonly record struct AuthZenBody<T>(T Value) : IEndpointParameterMetadataProvider
    where T : class
{
    public static async ValueTask<AuthZenBody<T>> BindAsync(HttpContext context, ParameterInfo parameter) =>
        new(await StrictJson.ReadAsync<T>(context, JsonMode.Lenient));

    // any type as far as routing goes, or it would answer 415 on its own account; the OpenAPI document says application/json
    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["*/*"], typeof(T)));
}
