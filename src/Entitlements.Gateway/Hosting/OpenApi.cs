using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Entitlements.Gateway.Hosting;

/// <summary>The OpenAPI 3.1 document at <c>/openapi/v1.json</c> and a page to read it at <c>/docs</c>, both open.</summary>
internal static partial class OpenApi
{
    public static void AddOpenApiDocument(this IServiceCollection services) =>
        services.AddOpenApi(
            "v1",
            options =>
            {
                options.AddDocumentTransformer(DescribeAsync);
                options.AddOperationTransformer(CompleteAsync);
                options.AddSchemaTransformer(ShapeAsync);
            }
        );

    public static void MapOpenApiDocument(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        routes
            .MapScalarApiReference(
                "/docs",
                (page, context) =>
                    page.WithTitle("Entitlements")
                        .DisableDefaultFonts()
                        .DisableTelemetry()
                        .DisableAgent()
                        .DisableMcp()
                        .HideDeveloperTools()
                        .WithNonce(Nonce(context))
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    /// <summary>A fresh nonce, and the page's own policy that lets only scripts with it run.</summary>
    private static string Nonce(HttpContext context)
    {
        var nonce = RandomNumberGenerator.GetHexString(32, lowercase: true);
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self' 'unsafe-inline'; "
            + "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return nonce;
    }

    private static Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new()
        {
            Title = "Entitlements",
            Version = "v1",
            Description = "Download entitlements for people who hold the right role at that moment.",
        };
        // never the Host header's word
        document.Servers = [new() { Url = context.ApplicationServices.GetRequiredService<IOptions<PublicUrlOptions>>().Value.Origin }];
        document.Components ??= new();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
        document.Components.SecuritySchemes["bearer"] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "An access token of a configured OpenID provider (RFC 9068 or the provider's dialect).",
        };
        return Task.CompletedTask;
    }

    private static async Task CompleteAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        AddStated(operation, context.Description.ActionDescriptor.EndpointMetadata.OfType<StatedParameter>());
        AddPathParameters(operation, context.Description.RelativePath ?? "");
        if (operation.RequestBody?.Content is { } bodies && bodies.Remove("*/*", out var any))
        {
            bodies["application/json"] = any;
        }
        if (!context.Description.ActionDescriptor.EndpointMetadata.OfType<IAllowAnonymous>().Any())
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference("bearer", context.Document)] = [] }];
        }
        operation.Responses ??= [];
        if (operation.Responses.TryGetValue("401", out var challenge) && challenge is OpenApiResponse stepUp)
        {
            stepUp.Description = "A person's recent strong sign-in is needed (RFC 9470), or a valid access token.";
            stepUp.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)
            {
                ["WWW-Authenticate"] = new OpenApiHeader
                {
                    Description = "With error insufficient_user_authentication: acr_values and max_age to ask the provider for.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                },
            };
        }
        operation.Responses.TryAdd(
            "default",
            new OpenApiResponse
            {
                Description = "A refusal, as problem details (RFC 9457).",
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    ["application/problem+json"] = new()
                    {
                        Schema = await context.GetOrCreateSchemaAsync(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails), null, cancellation),
                    },
                },
            }
        );
    }

    private static void AddStated(OpenApiOperation operation, IEnumerable<StatedParameter> stated)
    {
        operation.Parameters ??= [];
        foreach (var parameter in stated.Where(s => !operation.Parameters.Any(p => p.Name == s.Name && p.In == s.In)))
        {
            operation.Parameters.Add(parameter.ToParameter());
        }
    }

    /// <summary>Path parameters that nobody states are still named by the template.</summary>
    private static void AddPathParameters(OpenApiOperation operation, string path)
    {
        operation.Parameters ??= [];
        var stated = operation.Parameters.Where(p => p.In == ParameterLocation.Path).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in Placeholder.Matches(path).Select(m => m.Groups["name"].Value).Where(name => !stated.Contains(name)))
        {
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Path,
                    Required = true,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1 },
                }
            );
        }
    }

    private static Task ShapeAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        var underlying = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type);
        var type = underlying ?? context.JsonTypeInfo.Type;
        var text = underlying is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        if (type == typeof(NameId))
        {
            (schema.Type, schema.Pattern) = (JsonSchemaType.String, NameId.Pattern);
        }
        else if (type == typeof(OpaqueId))
        {
            (schema.Type, schema.MinLength, schema.MaxLength) = (JsonSchemaType.String, 1, OpaqueId.LongestBytes);
        }
        else if (type == typeof(TimeSpan))
        {
            (schema.Type, schema.Format, schema.Pattern) = (text, "duration", null);
        }
        else if (type == typeof(DateTimeOffset))
        {
            (schema.Type, schema.Format) = (text, "date-time");
        }
        else if (context.JsonTypeInfo.Properties.Any(p => p.IsExtensionData))
        {
            schema.AdditionalProperties = new OpenApiSchema(); // any, by the name that the operation's words give it
        }
        return Task.CompletedTask;
    }

    [GeneratedRegex(@"\{\**(?<name>\w+)[^}]*\}", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Placeholder { get; }
}
