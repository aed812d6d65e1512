using System.Reflection;
using Microsoft.OpenApi;

namespace Entitlements.Gateway.Hosting;

/// <summary>A parameter that a type reads from the request by itself, told to the OpenAPI document: the generator sees only what the framework binds.</summary>
/// <param name="Schema">What it must look like.</param>
/// <param name="Description">What it is for; null where its name says so.</param>
internal sealed record StatedParameter(string Name, ParameterLocation In, OpenApiSchema Schema, string? Description = null)
{
    /// <summary>The header under which a repeated request gets the same answer.</summary>
    public static StatedParameter IdempotencyKey { get; } =
        new(
            "Idempotency-Key",
            ParameterLocation.Header,
            new()
            {
                Type = JsonSchemaType.String,
                MinLength = 1,
                MaxLength = 255,
            },
            "The same key with the same request gets the same answer for 24 h; with another request 422."
        );

    /// <summary>An id in the path, under the handler parameter's name.</summary>
    public static StatedParameter InPath(ParameterInfo parameter, OpenApiSchema schema) => new(parameter.Name!, ParameterLocation.Path, schema);

    public OpenApiParameter ToParameter() =>
        new()
        {
            Name = Name,
            In = In,
            Required = In == ParameterLocation.Path,
            Description = Description,
            Schema = Schema,
        };
}
