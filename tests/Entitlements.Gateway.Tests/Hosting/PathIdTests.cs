using System.Net;
using System.Text;
using System.Text.Json;

namespace Entitlements.Gateway.Tests.Hosting;

public sealed class PathIdTests : IAsyncLifetime
{
    private HostUnderTest _host = null!;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("Alice", "Alice")]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%2fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("%25", "%")]
    [InlineData("a+b", "a+b")]
    [InlineData("%20a%20", " a ")]
    [InlineData("a%3Fb%23c", "a?b#c")]
    [InlineData("auth0%7C5f", "auth0|5f")]
    [InlineData("..%2f..%2fetc", "../../etc")]
    [InlineData("%C5%B5", "ŵ")]
    [InlineData("...", "...")]
    public async Task A_subject_is_decoded_once(string sent, string meant)
    {
        foreach (var target in (string[])[$"/tenants/northvale/subjects/{sent}", $"/tenants/northvale/subjects/{sent}/?q=1"])
        {
            var answer = await GetAsync(target);
            Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
            using var body = JsonDocument.Parse(Encoding.Latin1.GetBytes(answer[answer.IndexOf('{', StringComparison.Ordinal)..(answer.LastIndexOf('}') + 1)]));
            Assert.Equal(meant, body.RootElement.GetProperty("subject").GetString());
        }
    }

    [Theory]
    [InlineData("%00")]
    [InlineData("a%00b")]
    [InlineData("a%0Ab")]
    [InlineData("%1b[31m")]
    [InlineData("%7f")]
    [InlineData("%c2%85")]
    [InlineData("%ff")]
    [InlineData("%c0%ae%c0%ae")]
    [InlineData("%c0%af")]
    [InlineData("%ed%a0%80")]
    [InlineData("%zz")]
    [InlineData("a%")]
    [InlineData("a%2")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("%2e")]
    [InlineData("%2E%2e")]
    [InlineData(".%2e")]
    [InlineData("../../northvale")]
    [InlineData("%2e%2e/%2e%2e/nowhere")]
    [InlineData("x/../alice")]
    [InlineData("x%2f..%2f/alice")]
    [InlineData("\u00e9")]
    public async Task What_is_no_subject_is_refused(string sent) => Assert.Matches("^HTTP/1.1 40[04] ", await GetAsync($"/tenants/northvale/subjects/{sent}"));

    [Fact]
    public async Task A_subject_has_at_most_256_bytes()
    {
        Assert.StartsWith("HTTP/1.1 200", await GetAsync("/tenants/northvale/subjects/" + new string('a', 256)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", await GetAsync("/tenants/northvale/subjects/" + new string('a', 257)), StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 400",
            await GetAsync("/tenants/northvale/subjects/" + string.Concat(Enumerable.Repeat("%C5%B5", 129))),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("Northvale")]
    [InlineData("-northvale")]
    [InlineData("north%2Fvale")]
    [InlineData("northvale%0a")]
    [InlineData("north vale")]
    [InlineData("n%C5%B5")]
    [InlineData("%6Eorthvale%20")]
    public async Task What_is_no_name_is_refused(string sent) => Assert.Matches("^HTTP/1.1 40[04] ", await GetAsync($"/tenants/{sent}/subjects/alice"));

    [Theory]
    [InlineData("//tenants/northvale/subjects/alice", 404)]
    [InlineData("/tenants//northvale/subjects/alice", 404)]
    [InlineData("/tenants/northvale/./subjects/alice", 404)]
    [InlineData("/tenants/x/../northvale/subjects/alice", 404)]
    [InlineData("/TENANTS/northvale/Subjects/alice", 200)]
    [InlineData("/tenants/northvale/subjects/alice/", 200)]
    [InlineData("http://x/tenants/northvale/subjects/alice", 200)]
    [InlineData("http://evil.example/tenants/northvale/subjects/alice", 400)]
    [InlineData("http://x/tenants/northvale/subjects%2Falice", 404)]
    [InlineData("http://x/tenants/northvale\\subjects/alice", 404)]
    [InlineData("http://x/tenants/x/../northvale/subjects/alice", 404)]
    [InlineData("/tenants/northvale/subjects%2Falice", 404)]
    [InlineData("*", 405)]
    [InlineData("/tenants\\northvale\\subjects\\alice", 404)]
    [Trait("Abuse", "19")]
    public async Task Abuse_19_another_way_of_writing_the_path_gives_the_same_answer_or_404(string target, int status)
    {
        var answer = await GetAsync(target);
        Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
        Assert.True(status != 200 || answer.Contains("\"subject\":\"alice\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [InlineData("POST")]
    [Trait("Abuse", "19")]
    public async Task Abuse_19_another_method_is_405(string method)
    {
        using var client = new HttpClient { BaseAddress = _host.Public };
        using var request = new HttpRequestMessage(new(method), "/tenants/northvale/subjects/alice");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.SendAsync(request)).StatusCode);
    }

    private Task<string> GetAsync(string target) => _host.SendAsync($"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}
