using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>Keys that come, go, and cannot be had (abuse case 64, the part on tokens).</summary>
public sealed class ProviderKeysTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
    private TestIssuer _issuer = null!;
    private IdentityHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await TestIssuer.StartAsync();
        _host = await IdentityHost.StartAsync([.. IdentityHost.Trust(_issuer.Base), ("PublicUrl", "https://gateway.example")], _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_new_key_is_found_by_its_first_token()
    {
        await _host.WhoAsync(Good());
        _issuer.Rotate("ec-2");
        await _host.WhoAsync(Good());
    }

    [Fact]
    public async Task A_flood_of_unknown_key_ids_asks_the_provider_once()
    {
        await _host.WhoAsync(Good());
        var before = _issuer.Asked.Count;
        for (var n = 0; n < 5; n++)
        {
            await RefusedAsync($"unknown-{n}");
        }

        await Task.WhenAll(Enumerable.Range(5, 40).Select(n => RefusedAsync($"unknown-{n}")));
        Assert.Equal(2, _issuer.Asked.Count - before); // metadata and keys
        _clock.Advance(TimeSpan.FromSeconds(30));
        await RefusedAsync("unknown-0");
        Assert.Equal(4, _issuer.Asked.Count - before);
    }

    private async Task RefusedAsync(string keyId)
    {
        using var response = await _host.AskAsync(_issuer.Sign(ForgedTokens.Header(_issuer, h => h["kid"] = keyId), _issuer.Payload(_clock.GetUtcNow())));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Many_first_callers_ask_the_provider_once_and_all_get_in()
    {
        var token = Good();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _host.WhoAsync(token)));
        Assert.Equal(2, _issuer.Asked.Count);
    }

    [Fact]
    public async Task A_key_taken_back_is_refused_when_the_keys_are_due_again()
    {
        var old = Good(life: TimeSpan.FromHours(1));
        await _host.WhoAsync(old);
        _issuer.Rotate("ec-2");
        _clock.Advance(TimeSpan.FromMinutes(15));
        await _host.RefusesAsync(old);
    }

    [Fact]
    public async Task While_the_provider_is_down_the_keys_held_serve_four_hours_and_then_nothing_passes()
    {
        var token = Good(life: TimeSpan.FromHours(10));
        await _host.WhoAsync(token);
        _issuer.Instead = http => Fail(http, 500);
        _clock.Advance(TimeSpan.FromHours(4) - TimeSpan.FromSeconds(1));
        await _host.WhoAsync(token);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Unavailable(token);
    }

    public static TheoryData<string> Bad { get; } = [.. BadAnswers.Keys];

    private static Dictionary<string, Func<HttpContext, TestIssuer, Task>> BadAnswers =>
        new(StringComparer.Ordinal)
        {
            ["an error"] = (http, _) => Fail(http, 500),
            ["a redirect to where the true answer is"] = (http, issuer) =>
            {
                issuer.Instead = null; // whoever follows gets it
                http.Response.Redirect(issuer.Base + "/.well-known/openid-configuration");
                return Task.CompletedTask;
            },
            ["no JSON"] = (http, _) => http.Response.WriteAsync("<html>"),
            ["another issuer's metadata"] = (http, issuer) =>
            {
                issuer.Instead = null;
                return TestIssuer.WriteAsync(http, new JsonObject { ["issuer"] = "https://elsewhere.example", ["jwks_uri"] = issuer.Base + "/jwks" });
            },
            ["no keys"] = (http, issuer) =>
                TestIssuer.WriteAsync(
                    http,
                    new JsonObject
                    {
                        ["issuer"] = issuer.Base,
                        ["jwks_uri"] = issuer.Base + "/jwks",
                        ["keys"] = new JsonArray(),
                    }
                ),
            ["ten megabytes"] = (http, issuer) =>
            {
                issuer.Instead = null; // the keys themselves would be right
                return TestIssuer.WriteAsync(
                    http,
                    new JsonObject
                    {
                        ["issuer"] = issuer.Base,
                        ["jwks_uri"] = issuer.Base + "/jwks",
                        ["x"] = new string('x', 10_000_000),
                    }
                );
            },
        };

    [Theory, MemberData(nameof(Bad))]
    public async Task Without_keys_nothing_passes_and_the_caller_is_told_to_come_again(string what)
    {
        _issuer.Instead = http => BadAnswers[what](http, _issuer);
        await Unavailable(Good());
        _issuer.Instead = null;
        _clock.Advance(TimeSpan.FromSeconds(5));
        await _host.WhoAsync(Good());
    }

    private string Good(TimeSpan? life = null) =>
        _issuer.Sign(
            _issuer.Header(),
            ForgedTokens.Payload(_issuer, _clock.GetUtcNow(), p => p["exp"] = (_clock.GetUtcNow() + (life ?? TimeSpan.FromMinutes(5))).ToUnixTimeSeconds())
        );

    private async Task Unavailable(string token)
    {
        using var response = await _host.AskAsync(token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        await Assert.ThrowsAsync<Entitlements.Gateway.Identity.ProviderUnavailableException>(() => _host.Proofs.ValidateAsync(token));
    }

    private static Task Fail(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
