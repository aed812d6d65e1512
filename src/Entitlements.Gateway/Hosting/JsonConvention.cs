using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;

namespace Entitlements.Gateway.Hosting;

/// <summary>Words for what a member must be.</summary>
internal static class JsonConvention
{
    public static string Describe(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain switch
        {
            _ when plain == typeof(string) || plain == typeof(char) => "a string",
            _ when plain == typeof(bool) => "true or false",
            _ when plain == typeof(DateTimeOffset) => "an instant (RFC 3339)",
            _ when plain == typeof(TimeSpan) => "a duration (ISO 8601)",
            _ when plain == typeof(DateOnly) => "a date (RFC 3339)",
            _ when plain == typeof(Guid) => "a UUID",
            _ when plain == typeof(Uri) => "a URI",
            { IsEnum: true } => "one of " + string.Join(", ", Enum.GetNames(plain).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)),
            { IsPrimitive: true } when plain == typeof(double) || plain == typeof(float) => "a number",
            { IsPrimitive: true } => "an integer in range",
            _ when plain == typeof(decimal) => "a number",
            _ => "of the right type",
        };
    }

    /// <summary>Whether the text of a fault is one of our converters' and may be shown. Theirs begin with "must"; the serializer's name our types.</summary>
    public static bool IsOurs(JsonException fault) => fault.Message.StartsWith("must ", StringComparison.Ordinal);
}

/// <summary>Instants: RFC 3339 with time and offset; kept and written in UTC.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    private const string Fault = "must be an instant with its offset (RFC 3339), for instance 2026-01-31T09:00:00Z";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && HasOffset(reader.GetString()!) && reader.TryGetDateTimeOffset(out var instant)
            ? instant.ToUniversalTime()
            : throw new JsonException(Fault);

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));

    private static bool HasOffset(string text) => text.Length > 19 && text[10] is 'T' && (text[^1] is 'Z' || (text[^6] is '+' or '-' && text[^3] is ':'));
}

/// <summary>Durations: ISO 8601, for instance <c>PT15M</c>.</summary>
internal sealed class DurationConverter : JsonConverter<TimeSpan>
{
    private const string Fault = "must be a duration (ISO 8601), for instance PT15M";

    public override TimeSpan Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException(Fault);
        }
        try
        {
            return XmlConvert.ToTimeSpan(reader.GetString()!);
        }
        catch (Exception fault) when (fault is FormatException or OverflowException)
        {
            throw new JsonException(Fault, fault);
        }
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(XmlConvert.ToString(value));
}
