using System.Text.Json.Nodes;

namespace Entitlements.Gateway.Tests.OpenApi;

/// <summary>The OpenAPI document as a host serves it, read for what the tests ask of it.</summary>
internal sealed class ApiDocument(JsonObject root)
{
    private static readonly string[] Methods = ["get", "head", "put", "post", "patch", "delete", "options"];

    public JsonObject Root => root;

    public IReadOnlyList<ApiOperation> Operations { get; } =
    [
        .. from path in root["paths"]!.AsObject()
        from method in path.Value!.AsObject()
        where Methods.Contains(method.Key)
        select new ApiOperation(method.Key.ToUpperInvariant(), path.Key, method.Value!.AsObject()),
    ];

    public static async Task<ApiDocument> ReadAsync(HttpClient http) => new(JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json"))!.AsObject());

    /// <summary>The schema itself where a reference stands for it; an alternative of null and one other is that other.</summary>
    public JsonObject Resolve(JsonNode schema)
    {
        var here = schema.AsObject();
        while (true)
        {
            if (here["$ref"] is { } reference)
            {
                here = root["components"]!["schemas"]![reference.GetValue<string>().Split('/')[^1]]!.AsObject();
            }
            else if ((here["oneOf"] ?? here["anyOf"]) is JsonArray { Count: > 0 } choices)
            {
                here = choices.Select(c => c!.AsObject()).First(c => c["type"] is not JsonValue type || type.ToString() != "null");
            }
            else
            {
                return here;
            }
        }
    }

    /// <summary>A body with every required member, of the right types.</summary>
    public JsonNode? Example(JsonNode schema)
    {
        var here = Resolve(schema);
        return TypeOf(here) switch
        {
            "object" => new JsonObject(
                Required(here).Select(name => KeyValuePair.Create(name, here["properties"]?[name] is { } member ? Example(member) : null))
            ),
            "array" => new JsonArray(),
            "integer" or "number" => JsonValue.Create(1),
            "boolean" => JsonValue.Create(true),
            "string" => JsonValue.Create(Text(here)),
            _ => here["enum"] is JsonArray { Count: > 0 } words ? words[0]!.DeepClone() : JsonValue.Create("any"),
        };
    }

    /// <summary>Where a value is not as the schema says: members that are missing, unknown or of another type, by JSON pointer.</summary>
    public IEnumerable<string> Differences(JsonNode? value, JsonNode schema, string at = "")
    {
        var here = Resolve(schema);
        var type = TypeOf(here);
        if (value is null)
        {
            return MayBeNull(schema) || type.Length == 0 ? [] : [$"{at} is null"];
        }
        return value switch
        {
            JsonObject members when type is "object" or "" => Required(here)
                .Where(name => !members.ContainsKey(name))
                .Select(name => $"{at}/{name} is missing")
                .Concat(
                    members.SelectMany(m =>
                        (here["properties"]?[m.Key] ?? here["additionalProperties"]) switch
                        {
                            JsonObject known => Differences(m.Value, known, $"{at}/{m.Key}"),
                            JsonValue => [],
                            _ when here["properties"] is null => [],
                            _ => [$"{at}/{m.Key} is not in the document"],
                        }
                    )
                ),
            JsonArray items when type is "array" or "" => items.SelectMany((item, i) => here["items"] is { } each ? Differences(item, each, $"{at}/{i}") : []),
            JsonValue scalar
                when type is ""
                    || scalar.GetValueKind() == KindOf(type)
                    || (type == "boolean" && scalar.GetValueKind() == System.Text.Json.JsonValueKind.False) => here["enum"] is JsonArray words
            && !words.Any(w => w?.ToString() == scalar.ToString())
                ? [$"{at} is {scalar}, which is not listed"]
                : [],
            _ => [$"{at} is not {type}"],
        };
    }

    private static System.Text.Json.JsonValueKind KindOf(string type) =>
        type switch
        {
            "string" => System.Text.Json.JsonValueKind.String,
            "integer" or "number" => System.Text.Json.JsonValueKind.Number,
            "boolean" => System.Text.Json.JsonValueKind.True,
            _ => System.Text.Json.JsonValueKind.Undefined,
        };

    private static bool MayBeNull(JsonNode schema) =>
        (schema["oneOf"] ?? schema["anyOf"]) is JsonArray choices
            ? choices.Any(c => c!["type"]?.ToString() == "null")
            : schema["type"] is JsonArray several && several.Any(t => t!.ToString() == "null");

    public static IReadOnlyList<string> Required(JsonObject schema) => [.. (schema["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>())];

    /// <summary>The one type besides null; empty where the schema takes any JSON.</summary>
    public static string TypeOf(JsonObject schema) =>
        schema["type"] switch
        {
            JsonArray several => several.Select(t => t!.GetValue<string>()).FirstOrDefault(t => t != "null") ?? "",
            JsonValue one => one.GetValue<string>(),
            _ => schema["properties"] is null ? "" : "object",
        };

    private static string Text(JsonObject schema) =>
        schema switch
        {
            _ when schema["enum"] is JsonArray { Count: > 0 } words => words.First(w => w is not null)!.GetValue<string>(),
            _ when schema["format"]?.GetValue<string>() is "date-time" => "2031-01-01T00:00:00Z",
            _ when schema["format"]?.GetValue<string>() is "duration" => "P1D",
            _ => "some",
        };
}

/// <summary>One operation of the document.</summary>
internal sealed record ApiOperation(string Method, string Path, JsonObject Json)
{
    public string Id => Json["operationId"]?.GetValue<string>() ?? "";

    /// <summary>Open to everybody: the document asks for no token.</summary>
    public bool IsOpen => Json["security"] is not JsonArray { Count: > 0 };

    public IReadOnlyList<string> PathParameters =>
        [.. (Json["parameters"] as JsonArray ?? []).Where(p => p!["in"]!.GetValue<string>() == "path").Select(p => p!["name"]!.GetValue<string>())];

    public JsonObject Responses => Json["responses"]!.AsObject();

    /// <summary>Schema of the JSON body; null where it takes none.</summary>
    public JsonNode? Body => Json["requestBody"]?["content"]?["application/json"]?["schema"];

    /// <summary>True when the document says that this status can come.</summary>
    public bool Declares(int status) =>
        Responses.ContainsKey(status.ToString(System.Globalization.CultureInfo.InvariantCulture)) || (status >= 400 && Responses.ContainsKey("default"));

    public override string ToString() => $"{Method} {Path}";
}
