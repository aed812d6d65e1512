using System.Text;
using System.Text.Json.Nodes;
using static Entitlements.Gateway.Tests.OpenApi.SweptGateway;

namespace Entitlements.Gateway.Tests.OpenApi;

/// <summary>Every operation that takes a body, asked by someone whom it serves, with every body that is none.</summary>
[Collection(nameof(SweptGateway))]
public sealed class BodySweepTests(SweptGateway swept)
{
    /// <summary>What they do not know they pass over, as their standards ask (AuthZEN §10.1, RFC 7662 §2.1).</summary>
    private static readonly string[] Lenient = ["Evaluate", "EvaluateMany", "IssueEntitlement", "IntrospectEntitlement", "SubmitAccessRequest"];

    [Fact]
    public async Task A_body_that_is_none_is_refused_where_it_is_wrong_and_writes_nothing()
    {
        var before = await swept.StateAsync();
        var faults = new List<string>();
        foreach (var (operation, permit) in swept.Operations.Where(o => o.Operation.Body is not null))
        {
            using var http = swept.Permitted(permit);
            var path = PathOf(operation, name => swept.IdOf(operation, name));
            foreach (var bad in Bad(operation))
            {
                var answer = await AskAsync(http, operation, path, Bytes(bad.Body, bad.Type));
                if (!bad.Statuses.Contains(answer.Status) || !answer.IsProblem || !operation.Declares(answer.Status) || !PointsTo(answer, bad.Pointer))
                {
                    faults.Add($"{operation.Id} {bad.Name}: {answer}");
                }
            }
        }
        Show(faults);
        Assert.Equal(before, await swept.StateAsync());
    }

    [Trait("Abuse", "74")]
    [Fact]
    public async Task A_body_beyond_its_limit_is_413()
    {
        var before = await swept.StateAsync();
        var faults = new List<string>();
        foreach (var (operation, permit) in swept.Operations.Where(o => o.Operation.Body is not null))
        {
            var longest = operation.Id switch
            {
                "ReportAccreditations" => 8 << 20, // of a whole force's people
                "FeedRota" => 2 << 20,
                _ => 1 << 20,
            };
            using var http = swept.Permitted(permit);
            http.DefaultRequestHeaders.ExpectContinue = true; // so that the answer is read before the body is sent
            var answer = await AskAsync(
                http,
                operation,
                PathOf(operation, name => swept.IdOf(operation, name)),
                Bytes($"{{\"x\":\"{new string('x', longest)}\"}}")
            );
            if (answer.Status != 413 || !answer.IsProblem)
            {
                faults.Add($"{operation.Id}: {answer}");
            }
        }
        Show(faults);
        Assert.Equal(before, await swept.StateAsync());
    }

    private sealed record BadBody(string Name, byte[] Body, string? Type = "application/json", string? Pointer = null, params int[] Statuses);

    private IEnumerable<BadBody> Bad(ApiOperation operation)
    {
        var good = swept.BodyOf(operation)!.AsObject();
        var schema = swept.Document.Resolve(operation.Body!);
        yield return Of("empty", "");
        yield return new("of another type", Encoding.UTF8.GetBytes(good.ToJsonString()), "text/plain", null, 400, 415);
        yield return new("of no type", Encoding.UTF8.GetBytes(good.ToJsonString()), null, null, 400, 415);
        foreach (var text in new[] { "[]", "null", "\"text\"", "1", "{", "{} {}", "\ufeff{}x" })
        {
            yield return Of(text, text);
        }
        yield return new("not UTF-8", [.. "{\"x\":\""u8, 0xff, 0xfe, .. "\"}"u8], Statuses: 400);
        yield return new(
            "10,000 deep",
            Encoding.UTF8.GetBytes(With(good, $"\"x\":{new string('[', 10_000)}{new string(']', 10_000)}")),
            Statuses: [400, operation.Id == "RedeemDownload" ? 413 : 400]
        );
        yield return Of("1e999", With(good, "\"x\":1e999"));
        yield return Of("half a surrogate pair", With(good, "\"x\":\"\\ud800\""));
        yield return Of("an unknown member twice", With(good, "\"x\":1,\"x\":2"));
        if (!Lenient.Contains(operation.Id))
        {
            yield return Of("an unknown member", With(good, "\"tenantId\":\"south\""), "/tenantId");
            yield return Of("__proto__", With(good, "\"__proto__\":{}"), "/__proto__");
        }
        foreach (var name in ApiDocument.Required(schema))
        {
            yield return Of($"{name} missing", Altered(good, name, keep: false), $"/{name}");
        }
        foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
        {
            var type = ApiDocument.TypeOf(swept.Document.Resolve(member!));
            if (type.Length == 0)
            {
                continue; // any JSON will do
            }
            if (ApiDocument.Required(schema).Contains(name))
            {
                yield return Of($"{name} null", Altered(good, name, keep: true), $"/{name}");
            }
            yield return Of(
                $"{name} of another type",
                Altered(good, name, keep: true, type == "object" ? JsonValue.Create("text") : new JsonObject { ["wrong"] = true }),
                operation.Id is "IntrospectEntitlement" ? null : $"/{name}"
            );
            yield return Of($"{name} twice", With(good, $"\"{name}\":1,\"{name}\":1"));
        }
    }

    private static BadBody Of(string name, string text, string? pointer = null) => new(name, Encoding.UTF8.GetBytes(text), Pointer: pointer, Statuses: 400);

    private static string With(JsonObject good, string members) => good.Count == 0 ? $"{{{members}}}" : $"{good.ToJsonString()[..^1]},{members}}}";

    private static string Altered(JsonObject good, string name, bool keep, JsonNode? value = null)
    {
        var copy = good.DeepClone().AsObject();
        copy.Remove(name);
        if (keep)
        {
            copy[name] = value;
        }
        return copy.ToJsonString();
    }

    /// <summary>The problem names the place, or one inside it.</summary>
    private static bool PointsTo(Answer answer, string? pointer) =>
        pointer is null
        || (answer.Json?["errors"] is JsonObject errors && errors.Any(e => e.Key == pointer || e.Key.StartsWith(pointer + "/", StringComparison.Ordinal)));
}
