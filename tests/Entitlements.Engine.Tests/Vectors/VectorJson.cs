using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;
using Entitlements.Engine.Decisions;

namespace Entitlements.Engine.Tests.Vectors;

/// <summary>Reads the vectors: snake case, nothing unknown, nothing left out.</summary>
internal static class VectorJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        Converters =
        {
            new BarsConverter(),
            new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false),
            new InstantConverter(),
            new DurationConverter(),
            new PropertiesConverter(),
            new RuleConverter(),
        },
    };

    internal static T Read<T>(string file)
    {
        using var stream = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "vectors", file));
        return JsonSerializer.Deserialize<T>(stream, Options)!;
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.ValueTextEquals("never") ? DateTimeOffset.MaxValue : reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => throw new NotSupportedException();
    }

    private sealed class DurationConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            XmlConvert.ToTimeSpan(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => throw new NotSupportedException();
    }

    private sealed class BarsConverter : JsonConverter<Bars>
    {
        public override Bars Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer
                .Deserialize<string[]>(ref reader, options)!
                .Aggregate(
                    Bars.None,
                    (bars, name) =>
                        bars
                        | name switch
                        {
                            "recalled" => Bars.Recalled,
                            "withdrawn" => Bars.Withdrawn,
                            "suspended" => Bars.Suspended,
                            _ => throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"No bar is called {name}.")),
                        }
                );

        public override void Write(Utf8JsonWriter writer, Bars value, JsonSerializerOptions options) => throw new NotSupportedException();
    }

    private sealed class PropertiesConverter : JsonConverter<Properties>
    {
        public override Properties Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(ref reader, options)!);

        public override void Write(Utf8JsonWriter writer, Properties value, JsonSerializerOptions options) => throw new NotSupportedException();
    }

    private sealed class RuleConverter : JsonConverter<RuleFacts>
    {
        private sealed record Rule(bool Readable, IReadOnlyList<string> Roles, DeviceCondition Device, IReadOnlyList<Condition> Conditions)
        {
            public IReadOnlyList<string> Accreditations { get; init; } = [];
            public DateTimeOffset InForceUntil { get; init; } = DateTimeOffset.MaxValue;
        }

        public override RuleFacts Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<Rule>(ref reader, options)! is { Readable: true } rule
                ? new([.. rule.Roles], rule.Device, rule.Conditions) { Accreditations = [.. rule.Accreditations], InForceUntil = rule.InForceUntil }
                : RuleFacts.Unreadable;

        public override void Write(Utf8JsonWriter writer, RuleFacts value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
