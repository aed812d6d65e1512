using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Entitlements.Gateway.Hosting;

/// <summary>Compares a parsed body with the type it is meant for and names every difference by JSON pointer (RFC 6901).</summary>
/// <remarks>The serializer stops at its first fault and names types of ours; this walk runs before it, over the
/// serializer's own metadata, so that a caller mends all at once.</remarks>
internal static class JsonShape
{
    /// <summary>More faults than this help nobody.</summary>
    private const int MostErrors = 100;

    public static List<(string Pointer, string Error)> Check(JsonElement body, JsonTypeInfo type, JsonMode mode)
    {
        var errors = new List<(string, string)>();
        if (body.ValueKind is JsonValueKind.Null)
        {
            errors.Add(("", "must not be null"));
        }
        else
        {
            Value(body, type, "");
        }
        return errors;

        void Add(string pointer, string error)
        {
            if (errors.Count < MostErrors)
            {
                errors.Add((pointer, error));
            }
        }

        void Value(JsonElement value, JsonTypeInfo expected, string pointer)
        {
            switch (expected.Kind)
            {
                case JsonTypeInfoKind.Object when value.ValueKind is JsonValueKind.Object:
                    Members(value, expected, pointer);
                    break;
                case JsonTypeInfoKind.Dictionary when value.ValueKind is JsonValueKind.Object:
                    foreach (var member in value.EnumerateObject())
                    {
                        Element(member.Value, expected, $"{pointer}/{Escape(member.Name)}");
                    }
                    break;
                case JsonTypeInfoKind.Enumerable when value.ValueKind is JsonValueKind.Array:
                    var index = 0;
                    foreach (var item in value.EnumerateArray())
                    {
                        Element(item, expected, FormattableString.Invariant($"{pointer}/{index++}"));
                    }
                    break;
                case JsonTypeInfoKind.None:
                    Leaf(value, expected, pointer);
                    break;
                default:
                    Add(pointer, expected.Kind is JsonTypeInfoKind.Enumerable ? "must be an array" : "must be an object");
                    break;
            }
        }

        void Members(JsonElement value, JsonTypeInfo expected, string pointer)
        {
            foreach (var member in value.EnumerateObject())
            {
                var at = $"{pointer}/{Escape(member.Name)}";
                if (expected.Properties.FirstOrDefault(p => p.Name == member.Name) is not { } property)
                {
                    Unknown(member.Value, at);
                }
                else if (member.Value.ValueKind is not JsonValueKind.Null)
                {
                    Value(member.Value, expected.Options.GetTypeInfo(property.PropertyType), at);
                }
                else if (!MayBeNull(property))
                {
                    Add(at, "must not be null");
                }
            }
            foreach (var absent in expected.Properties.Where(p => p.IsRequired && !value.TryGetProperty(p.Name, out _)))
            {
                Add($"{pointer}/{Escape(absent.Name)}", "is required");
            }
        }

        void Element(JsonElement value, JsonTypeInfo expected, string pointer)
        {
            var element = expected.ElementType ?? typeof(JsonElement);
            if (value.ValueKind is not JsonValueKind.Null)
            {
                Value(value, expected.Options.GetTypeInfo(element), pointer);
            }
            else if (element != typeof(JsonElement) && Nullable.GetUnderlyingType(element) is null)
            {
                Add(pointer, "must not be null");
            }
        }

        void Unknown(JsonElement value, string pointer)
        {
            if (mode is JsonMode.Strict)
            {
                Add(pointer, "is not known");
            }
            Plain(value, pointer);
        }

        void Leaf(JsonElement value, JsonTypeInfo expected, string pointer)
        {
            var before = errors.Count;
            Plain(value, pointer);
            if (errors.Count > before)
            {
                return;
            }
            try
            {
                value.Deserialize(expected);
            }
            catch (JsonException fault)
            {
                Add(pointer, JsonConvention.IsOurs(fault) ? fault.Message : $"must be {JsonConvention.Describe(expected.Type)}");
            }
        }

        // what no reader of JSON agrees on, wherever it stands
        void Plain(JsonElement value, string pointer)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var member in value.EnumerateObject())
                    {
                        Plain(member.Value, $"{pointer}/{Escape(member.Name)}");
                    }
                    break;
                case JsonValueKind.Array:
                    var index = 0;
                    foreach (var item in value.EnumerateArray())
                    {
                        Plain(item, FormattableString.Invariant($"{pointer}/{index++}"));
                    }
                    break;
                case JsonValueKind.String when value.GetString()!.Contains('\0', StringComparison.Ordinal):
                    Add(pointer, "must not contain U+0000");
                    break;
                case JsonValueKind.Number when !value.TryGetDouble(out var number) || !double.IsFinite(number):
                    Add(pointer, "is a number out of range");
                    break;
            }
        }
    }

    /// <remarks>A member without a setter cannot be null-checked by the serializer; it is never bound either.</remarks>
    private static bool MayBeNull(JsonPropertyInfo property) =>
        property.PropertyType == typeof(JsonElement)
        || (property.PropertyType.IsValueType ? Nullable.GetUnderlyingType(property.PropertyType) is not null : property.IsSetNullable);

    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
