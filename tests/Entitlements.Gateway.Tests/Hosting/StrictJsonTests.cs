using System.Net;
using System.Text;
using System.Text.Json;

namespace Entitlements.Gateway.Tests.Hosting;

public sealed class StrictJsonTests : IAsyncLifetime
{
    private const string Good = """{"name":"n","count":1,"lifetime":"PT15M","since":"2026-01-31T10:00:00+01:00","phone":{"model":"m"},"tags":["a"]}""";

    private HostUnderTest _host = null!;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_good_body_comes_through_in_the_house_convention()
    {
        var answer = await _host.PostAsync("/things", Good, "application/json; charset=utf-8");
        Assert.Equal(
            """{"name":"n","count":1,"lifetime":"PT15M","since":"2026-01-31T09:00:00Z","phone":{"model":"m"},"tags":["a"],"weight":null}""",
            await answer.Content.ReadAsStringAsync()
        );
    }

    [Theory]
    [InlineData("""{"name":"n"}""", "/count", "is required")]
    [InlineData("""{"name":"n","extra":1}""", "/extra", "is not known")]
    [InlineData("""{"NAME":"n"}""", "/NAME", "is not known")]
    [InlineData("""{"a/b~c":1}""", "/a~1b~0c", "is not known")]
    [InlineData("""{"name":null}""", "/name", "must not be null")]
    [InlineData("""{"name":7}""", "/name", "must be a string")]
    [InlineData("""{"name":"a\u0000b"}""", "/name", "must not contain U+0000")]
    [InlineData("""{"count":"1"}""", "/count", "must be an integer in range")]
    [InlineData("""{"count":1.5}""", "/count", "must be an integer in range")]
    [InlineData("""{"count":99999999999}""", "/count", "must be an integer in range")]
    [InlineData("""{"weight":1e999}""", "/weight", "is a number out of range")]
    [InlineData("""{"lifetime":"15 minutes"}""", "/lifetime", "must be a duration (ISO 8601), for instance PT15M")]
    [InlineData("""{"since":"2026-01-31"}""", "/since", "must be an instant with its offset (RFC 3339), for instance 2026-01-31T09:00:00Z")]
    [InlineData("""{"since":"2026-01-31T09:00:00"}""", "/since", "must be an instant with its offset (RFC 3339), for instance 2026-01-31T09:00:00Z")]
    [InlineData("""{"phone":[]}""", "/phone", "must be an object")]
    [InlineData("""{"phone":{"model":"m","imei":1}}""", "/phone/imei", "is not known")]
    [InlineData("""{"phone":{}}""", "/phone/model", "is required")]
    [InlineData("""{"tags":{}}""", "/tags", "must be an array")]
    [InlineData("""{"tags":["a",2]}""", "/tags/1", "must be a string")]
    [InlineData("null", "", "must not be null")]
    [InlineData("[]", "", "must be an object")]
    public async Task A_fault_is_told_at_its_place(string body, string pointer, string error)
    {
        var errors = await ErrorsAsync(await _host.PostAsync("/things", body));
        Assert.Contains(error, errors.GetProperty(pointer).EnumerateArray().Select(e => e.GetString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{\"name\":\"a\",\"name\":\"b\"}")]
    [InlineData("{\"phone\":{\"model\":\"a\",\"m\\u006fdel\":\"b\"}}")]
    [InlineData("{\"x\":{\"y\":1,\"y\":2}}")]
    [InlineData("{\"name\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{/* no */}")]
    [InlineData("{\"name\":NaN}")]
    [InlineData("\uFEFF{}")]
    public async Task What_two_readers_could_read_differently_is_no_body(string body)
    {
        foreach (var path in (string[])["/things", "/loose"])
        {
            var errors = await ErrorsAsync(await _host.PostAsync(path, body));
            Assert.True(errors.TryGetProperty("", out _), errors.ToString());
        }
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_no_body()
    {
        byte[][] bodies =
        [
            [.. "{\"id\":\""u8, 0xff, .. "\"}"u8],
            [.. "{\"id\":\""u8, 0xc0, 0xaf, .. "\"}"u8],
            Encoding.Unicode.GetBytes("{}"),
            Encoding.UTF32.GetBytes("{}"),
        ];
        foreach (var body in bodies)
        {
            await ErrorsAsync(await _host.PostAsync("/loose", body));
        }
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"x\":", "}")]
    public async Task Ten_thousand_levels_are_refused(string open, string close)
    {
        var deep = string.Concat(Enumerable.Repeat(open, 10_000)) + "1" + string.Concat(Enumerable.Repeat(close, 10_000));
        await ErrorsAsync(await _host.PostAsync("/things", deep));
        await ErrorsAsync(await _host.PostAsync("/loose", "{\"id\":\"x\",\"x\":" + deep + "}"));
    }

    [Fact]
    public async Task An_AuthZEN_body_may_hold_what_we_do_not_know_but_nothing_twice()
    {
        Assert.Equal(HttpStatusCode.OK, (await _host.PostAsync("/loose", """{"id":"x","__proto__":{"a":[1,null]}}""")).StatusCode);
        await ErrorsAsync(await _host.PostAsync("/loose", """{"id":"x","other":{"a":1,"a":2}}"""));
        await ErrorsAsync(await _host.PostAsync("/loose", """{"id":"x","other":1e999}"""));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task Another_media_type_is_415_for_management_and_400_for_AuthZEN(string? type)
    {
        var management = await _host.PostAsync("/things", Encoding.UTF8.GetBytes(Good), type);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, management.StatusCode);
        Assert.Equal("urn:entitlements:problem:unsupported_media_type", (await ProblemAsync(management)).GetProperty("type").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await _host.PostAsync("/loose", "{\"id\":\"x\"}"u8.ToArray(), type)).StatusCode);
    }

    [Fact]
    public async Task Every_fault_is_told_at_once()
    {
        var errors = await ErrorsAsync(await _host.PostAsync("/things", """{"name":null,"count":"x","more":true}"""));
        Assert.Equal(
            ["/count", "/lifetime", "/more", "/name", "/phone", "/since", "/tags"],
            errors.EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal)
        );
    }

    private static async Task<JsonElement> ErrorsAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return (await ProblemAsync(answer)).GetProperty("errors");
    }

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }
}
