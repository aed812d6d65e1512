using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.OpenApi;

namespace Entitlements.Gateway.Tests.Abuse;

/// <summary>What strangers write onto the line, held against the endpoints that count.</summary>
[Collection(nameof(SweptGateway))]
public sealed class WholeGatewayTests(SweptGateway swept)
{
    private const string Question = """{"subject":{"type":"user","id":"officer"},"action":{"name":"download"},"resource":{"type":"app","id":"recorder"}}""";

    private string Token => swept.Gateway.Issuer.ClientToken("north-all", [.. Scopes.All]);

    [Trait("Abuse", "33")]
    [Theory]
    [InlineData("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 4", "5c\r\n{\"id\":\"x\"}")]
    [InlineData("Transfer-Encoding: chunked, identity", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "2;a\n{}\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 2\r\nContent-Length: 3", "{} ")]
    [InlineData("Content-Length: 2\r\n folded: yes", "{}")]
    [InlineData("X-A: a\rb\r\nContent-Length: 2", "{}")]
    public async Task A_second_request_is_never_smuggled_behind_the_first(string headers, string body)
    {
        foreach (var path in new[] { "/access/v1/evaluation", "/v1/entitlements", "/v1/downloads", "/v1/catalogue" })
        {
            var before = await swept.StateAsync();
            var smuggled = $"DELETE /v1/entitlements/ent_north HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {Token}\r\n\r\n";
            var answer = await RawHttp.SendAsync(
                swept.Gateway.Url,
                $"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {Token}\r\nContent-Type: application/json\r\n{headers}\r\n\r\n{body}{smuggled}"
            );
            Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
            Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
            Assert.Equal(1, answer.Split("HTTP/1.1 ").Length - 1);
            Assert.Equal(before, await swept.StateAsync());
        }
    }

    [Trait("Abuse", "34")]
    [Theory, InlineData("close, Authorization"), InlineData("close, Authorization, X-Tenant, Content-Type"), InlineData("close, If-Match, Idempotency-Key")]
    public async Task Naming_a_header_as_hop_by_hop_changes_no_answer(string connection)
    {
        foreach (
            var (path, token) in new[]
            {
                ("/v1/apps/recorder", Token),
                ("/v1/apps/recorder", ""),
                ("/v1/apps/recorder", swept.Gateway.Issuer.PersonToken("south-everyone")),
                ("/v1/tenants", Token),
            }
        )
        {
            var bearer = token.Length > 0 ? $"Authorization: Bearer {token}\r\n" : "";
            var plain = await RawHttp.SendAsync(swept.Gateway.Url, $"GET {path} HTTP/1.1\r\nHost: x\r\n{bearer}Connection: close\r\n\r\n");
            var abused = await RawHttp.SendAsync(
                swept.Gateway.Url,
                $"GET {path} HTTP/1.1\r\nHost: x\r\n{bearer}X-Tenant: north\r\nConnection: {connection}\r\n\r\n"
            );
            Assert.Equal(StatusLine(plain), StatusLine(abused));
        }
    }

    [Trait("Abuse", "35")]
    [Fact]
    public async Task What_a_stranger_says_of_path_host_and_origin_changes_no_answer()
    {
        (string Name, string Value)[] said =
        [
            ("X-Forwarded-For", "127.0.0.1"),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Prefix", "/evil"),
            ("X-Original-URL", "/v1/clients"),
            ("X-Rewrite-URL", "/v1/clients"),
            ("X-HTTP-Method-Override", "DELETE"),
            ("Forwarded", "for=127.0.0.1;host=evil.example;proto=https"),
            ("X-Tenant", "north"),
            ("X-User", "north-everyone"),
            ("X-Entitlement-Subject", "officer"),
            ("Host", "evil.example"),
        ];
        using var south = swept.Gateway.As("south-everyone");
        foreach (
            var path in new[]
            {
                "/v1/apps",
                "/v1/apps/recorder",
                "/v1/tenants",
                "/v1/tenants/north/subjects/officer",
                "/v1/changes",
                "/.well-known/authzen-configuration",
                "/.well-known/oauth-protected-resource",
                "/.well-known/jwks.json",
                "/openapi/v1.json",
            }
        )
        {
            var plain = await south.GetAsync(path);
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            Array.ForEach(said, header => request.Headers.TryAddWithoutValidation(header.Name, header.Value));
            var dressed = await south.SendAsync(request);
            Assert.Equal(plain.StatusCode, dressed.StatusCode);
            var (before, after) = (await plain.Content.ReadAsStringAsync(), await dressed.Content.ReadAsStringAsync());
            Assert.DoesNotContain("evil", after + dressed.Headers, StringComparison.Ordinal);
            Assert.True(!plain.IsSuccessStatusCode || before == after, path);
        }
    }

    [Trait("Abuse", "19")]
    [Theory, InlineData("HEAD"), InlineData("GET"), InlineData("OPTIONS"), InlineData("PUT"), InlineData("TRACE"), InlineData("QUERY")]
    public async Task Another_method_on_a_decision_is_405(string method)
    {
        using var client = swept.Gateway.AsClient("north-all", [.. Scopes.All]);
        foreach (var path in new[] { "/access/v1/evaluation", "/access/v1/evaluations", "/v1/entitlements", "/v1/catalogue" })
        {
            using var request = new HttpRequestMessage(new(method), path) { Content = method is "PUT" or "QUERY" ? SweptGateway.Bytes(Question) : null };
            Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.SendAsync(request)).StatusCode);
        }
    }

    /// <summary>No filter is a statement, no cursor a place of its own choosing, and there is nothing to sort by.</summary>
    [Trait("Abuse", "69")]
    [Theory]
    [
        InlineData("' or '1'='1"),
        InlineData("north') or 1=1 --"),
        InlineData("1;drop table app;--"),
        InlineData("name desc"),
        InlineData("%"),
        InlineData("_%"),
        InlineData("$.name"),
        InlineData("-1"),
        InlineData("1e999"),
        InlineData("\u0000")
    ]
    public async Task What_is_written_into_filters_and_cursors_finds_nothing(string text)
    {
        var before = await swept.StateAsync();
        var faults = new List<string>();
        foreach (var (operation, permit) in swept.Operations.Where(o => o.Operation.Method == "GET" && !o.Operation.IsOpen))
        {
            using var http = swept.Permitted(permit);
            var path = SweptGateway.PathOf(operation, name => swept.IdOf(operation, name));
            var names = (operation.Json["parameters"] as JsonArray ?? [])
                .Where(p => p!["in"]!.GetValue<string>() == "query")
                .Select(p => p!["name"]!.GetValue<string>());
            foreach (var name in names.Concat(["sort", "order_by", "filter"]).Where(n => n != "issuer")) // says whose id another filter means
            {
                string[] values =
                    name == "cursor"
                        ? [text, Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_')]
                        : [text];
                foreach (var value in values)
                {
                    var answer = await SweptGateway.AskAsync(http, operation, $"{path}?{name}={Uri.EscapeDataString(value)}", null);
                    var plain = await SweptGateway.AskAsync(http, operation, path, null);
                    var finds = answer.Json?["items"] is JsonArray { Count: > 0 } && answer.Essence != plain.Essence && name != "cursor";
                    if (
                        answer.Status >= 500
                        || finds
                        || (
                            answer.Status == 200
                            && names.Contains(name)
                            && name != "cursor"
                            && plain.Json?["items"] is JsonArray { Count: > 0 }
                            && answer.Essence == plain.Essence
                        )
                    )
                    {
                        faults.Add($"{operation.Id} {name}={value}: {answer}");
                    }
                }
            }
        }
        SweptGateway.Show(faults);
        Assert.Equal(before, await swept.StateAsync());
    }

    [Trait("Abuse", "50")]
    [Fact]
    public async Task An_app_that_looks_like_another_forces_is_refused_as_that_one_is()
    {
        using var south = swept.Gateway.As("south-app-owner");
        var taken = await PutAsync("recorder");
        foreach (var id in new[] { "rec0rder", "recorder", "rec0rd3r" })
        {
            var answer = await PutAsync(id);
            Assert.True(answer.Status is 409 or 200, answer.ToString());
            Assert.True(answer.Status == 200 || answer.Essence == taken.Essence, answer.ToString());
        }
        Assert.Equal(409, (await PutAsync("rec0rder")).Status);
        foreach (var id in new[] { "Recorder", "RECORDER", "r%D0%B5corder", "recorder%E2%80%8B", "%E2%84%AA", "%C4%B1" })
        {
            Assert.Equal(400, (await PutAsync(id)).Status);
        }

        Task<SweptGateway.Answer> PutAsync(string id)
        {
            var operation = swept.Operations.Single(o => o.Operation.Id == "PutApp").Operation;
            return SweptGateway.AskAsync(south, operation, $"/v1/apps/{id}", SweptGateway.Json(swept.BodyOf(operation, "south")), ifMatch: null);
        }
    }

    private static string StatusLine(string answer) => answer.Split("\r\n")[0];
}
