using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>Abuse cases 25, 26, 27 and 53 on access tokens, and everything the stock handler lets through.</summary>
public sealed class ForgedTokenTests(ForgedTokenTests.Servers servers) : IClassFixture<ForgedTokenTests.Servers>
{
    private readonly TimeProvider _clock = servers.Clock;
    private readonly TestIssuer _issuer = servers.Issuer;
    private readonly IdentityHost _host = servers.Host;

    public static TheoryData<string> Forged { get; } = [.. ForgedTokens.All.Keys];

    [Theory, MemberData(nameof(Forged))]
    [Trait("Abuse", "25")]
    [Trait("Abuse", "26")]
    [Trait("Abuse", "27")]
    [Trait("Abuse", "53")]
    public async Task Is_refused(string what)
    {
        await _host.WhoAsync(ForgedTokens.Good(_issuer, _clock.GetUtcNow()));
        await _host.RefusesAsync(ForgedTokens.All[what](_issuer, _clock.GetUtcNow()));
        Assert.DoesNotContain(_issuer.Asked, path => path.StartsWith("/stolen", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("at+jwt"), InlineData("AT+JWT"), InlineData("application/at+jwt"), InlineData("Application/AT+jwt")]
    public async Task The_type_of_token_is_a_media_type_and_case_blind(string typ)
    {
        var who = await _host.WhoAsync(_issuer.Sign(ForgedTokens.Header(_issuer, h => h["typ"] = typ), _issuer.Payload(_clock.GetUtcNow())));
        Assert.Equal("alice", (string?)who["subject"]);
    }

    [Fact]
    public async Task Clocks_may_be_thirty_seconds_apart()
    {
        var now = _clock.GetUtcNow();
        await _host.WhoAsync(_issuer.Sign(_issuer.Header(), ForgedTokens.Payload(_issuer, now, p => p["exp"] = now.AddSeconds(-29).ToUnixTimeSeconds())));
        await _host.WhoAsync(
            _issuer.Sign(
                _issuer.Header(),
                ForgedTokens.Payload(_issuer, now, p => (p["iat"], p["nbf"]) = (now.AddSeconds(30).ToUnixTimeSeconds(), now.AddSeconds(30).ToUnixTimeSeconds()))
            )
        );
    }

    [Fact]
    public async Task A_list_of_audiences_that_holds_ours_is_accepted()
    {
        var payload = ForgedTokens.Payload(_issuer, _clock.GetUtcNow(), p => p["aud"] = new JsonArray("elsewhere", "entitlements"));
        Assert.Equal("alice", (string?)(await _host.WhoAsync(_issuer.Sign(_issuer.Header(), payload)))["subject"]);
    }

    [Fact]
    public async Task An_RSA_key_published_for_RS256_verifies_RS256()
    {
        var token = _issuer.SignWith(
            input => _issuer.Rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            ForgedTokens.Header(_issuer, h => (h["alg"], h["kid"]) = ("RS256", "rsa-1")),
            _issuer.Payload(_clock.GetUtcNow())
        );
        await _host.WhoAsync(token);
    }

    [Fact]
    public async Task Without_a_token_the_challenge_names_no_error()
    {
        using var response = await _host.AskAsync(token: null);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer resource_metadata=\"https://gateway.example/.well-known/oauth-protected-resource\"", response.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task A_token_in_the_query_or_under_another_scheme_is_none()
    {
        var good = ForgedTokens.Good(_issuer, _clock.GetUtcNow());
        using var inQuery = await _host.AskAsync(token: null, $"/echo?access_token={good}");
        Assert.Equal(HttpStatusCode.Unauthorized, inQuery.StatusCode);
        foreach (var scheme in (string[])["DPoP", "Basic", "Bearer2", "BearerX"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _host.Base + "/echo");
            request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {good}");
            using var response = await _host.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [Fact]
    public async Task Two_authorization_headers_are_refused_even_when_both_are_good()
    {
        var good = ForgedTokens.Good(_issuer, _clock.GetUtcNow());
        using var tcp = new TcpClient();
        var url = new Uri(_host.Base);
        await tcp.ConnectAsync(url.Host, url.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"GET /echo HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: close\r\nAuthorization: Bearer {good}\r\nAuthorization: Bearer {good}\r\n\r\n"
            )
        );
        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 401", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_metadata_says_whose_tokens_are_accepted()
    {
        using var response = await _host.AskAsync(token: null, "/.well-known/oauth-protected-resource");
        var metadata = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("https://gateway.example", (string?)metadata["resource"]);
        Assert.Equal([_issuer.Base], metadata["authorization_servers"]!.AsArray().Select(server => (string?)server));
        Assert.Equal(["header"], metadata["bearer_methods_supported"]!.AsArray().Select(method => (string?)method));
        Assert.Contains("entitlements.issue", metadata["scopes_supported"]!.AsArray().Select(scope => (string?)scope));
    }

    /// <summary>One issuer and one host for all cases, on a clock that stands still.</summary>
    public sealed class Servers : IAsyncLifetime
    {
        internal FakeTimeProvider Clock { get; } = new(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));

        internal TestIssuer Issuer { get; private set; } = null!;

        internal IdentityHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Issuer = await TestIssuer.StartAsync();
            Host = await IdentityHost.StartAsync([.. IdentityHost.Trust(Issuer.Base), ("PublicUrl", "https://gateway.example")], Clock);
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await Issuer.DisposeAsync();
        }
    }
}
