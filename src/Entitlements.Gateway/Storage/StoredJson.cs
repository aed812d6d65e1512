using System.Text.Json;
using System.Text.Json.Serialization;

namespace Entitlements.Gateway.Storage;

/// <summary>JSON as the database keeps it: snake case, enums by name, nulls left out.</summary>
internal static class StoredJson
{
    public static JsonSerializerOptions Options { get; } =
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        };

    public static string Write(object value) => JsonSerializer.Serialize(value, value.GetType(), Options);
}
