using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.OpenApi;

namespace Entitlements.Gateway.Hosting;

/// <summary>An id that we name: tenant, role, app, rule. <c>[a-z0-9][a-z0-9._-]{0,63}</c>.</summary>
/// <remarks>A handler parameter takes it from the path (400 when it is none), a body member from JSON.</remarks>
[JsonConverter(typeof(NameIdConverter))]
internal readonly record struct NameId(string Value) : IEndpointParameterMetadataProvider
{
    public const string Pattern = "^[a-z0-9][a-z0-9._-]{0,63}$";

    public static bool IsValid(string? value) => Engine.Naming.NameId.IsValid(value);

    public static ValueTask<NameId> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult(new NameId(PathIds.Read(context, parameter, IsValid)));

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(StatedParameter.InPath(parameter, new() { Type = JsonSchemaType.String, Pattern = Pattern }));

    public override string ToString() => Value;
}

/// <summary>An id that somebody else named: subject, device or client. UTF-8 of 1 to 256 bytes without control characters, not <c>.</c> or <c>..</c>,
/// compared byte for byte. A handler parameter takes it from the raw target, percent-decoded once (400 when it is none).</summary>
[JsonConverter(typeof(OpaqueIdConverter))]
internal readonly record struct OpaqueId(string Value) : IEndpointParameterMetadataProvider
{
    /// <summary>Longest id, in bytes of UTF-8.</summary>
    public const int LongestBytes = 256;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool IsValid(string? value) =>
        value is { Length: > 0 and <= LongestBytes } and not ("." or "..") && !value.Any(char.IsControl) && IsUtf8OfRightLength(value);

    public static ValueTask<OpaqueId> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult(new OpaqueId(PathIds.Read(context, parameter, IsValid)));

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(
            StatedParameter.InPath(
                parameter,
                new()
                {
                    Type = JsonSchemaType.String,
                    MinLength = 1,
                    MaxLength = LongestBytes,
                }
            )
        );

    public override string ToString() => Value;

    private static bool IsUtf8OfRightLength(string value)
    {
        try
        {
            return StrictUtf8.GetByteCount(value) <= LongestBytes;
        }
        catch (EncoderFallbackException)
        {
            return false; // half of a surrogate pair
        }
    }
}

/// <summary>Reads an id from the segment of the raw target where the route has the parameter of that name.</summary>
internal static class PathIds
{
    public static string Read(HttpContext context, ParameterInfo parameter, Func<string?, bool> isValid)
    {
        var name = parameter.Name ?? throw new InvalidOperationException("an id needs a named parameter");
        var pattern = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern ?? throw new InvalidOperationException("an id is bound outside a route");
        return RawTarget.TryDecodeSegment(RawTarget.Of(context), IndexOf(pattern, name), out var value) && isValid(value)
            ? value
            : throw new ProblemException(Problems.BadRequest($"The {name} in the path is not an id.", "invalid_id"));
    }

    private static int IndexOf(RoutePattern pattern, string name)
    {
        for (var i = 0; i < pattern.PathSegments.Count; i++)
        {
            if (pattern.PathSegments[i].Parts is [RoutePatternParameterPart part] && part.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }
        throw new InvalidOperationException($"the route {pattern.RawText} has no segment {{{name}}}");
    }
}

internal sealed class NameIdConverter : JsonConverter<NameId>
{
    public override NameId Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.GetString() is { } text && NameId.IsValid(text)
            ? new(text)
            : throw new JsonException("must be an id: " + NameId.Pattern);

    public override void Write(Utf8JsonWriter writer, NameId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

internal sealed class OpaqueIdConverter : JsonConverter<OpaqueId>
{
    public override OpaqueId Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.GetString() is { } text && OpaqueId.IsValid(text)
            ? new(text)
            : throw new JsonException("must be an id of 1 to 256 bytes without control characters");

    public override void Write(Utf8JsonWriter writer, OpaqueId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
