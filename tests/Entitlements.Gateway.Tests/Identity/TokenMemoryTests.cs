using Entitlements.Gateway.Identity;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>A token that passed is remembered, and nothing passes for that reason that would not pass by itself.</summary>
public sealed class TokenMemoryTests : IAsyncLifetime
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
    public async Task A_token_that_passed_is_remembered_and_says_the_same_again()
    {
        var token = ForgedTokens.Good(_issuer, _clock.GetUtcNow());
        var first = await _host.WhoAsync(token);
        Assert.True(_host.Remembers(token));
        Assert.Equal(first.ToJsonString(), (await _host.WhoAsync(token)).ToJsonString());
    }

    [Fact]
    public async Task A_remembered_token_ends_when_it_expires()
    {
        var token = ForgedTokens.Good(_issuer, _clock.GetUtcNow());
        await _host.WhoAsync(token);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.False(_host.Remembers(token));
        _clock.Advance(TokenRules.Skew);
        await _host.RefusesAsync(token);
    }

    [Fact]
    public async Task A_remembered_token_ends_with_its_key()
    {
        var token = _issuer.Sign(
            _issuer.Header(),
            ForgedTokens.Payload(_issuer, _clock.GetUtcNow(), p => p["exp"] = _clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds())
        );
        await _host.WhoAsync(token);
        _issuer.Rotate("ec-2");
        _clock.Advance(ProviderKeys.Fresh);
        Assert.True(_host.Remembers(token));
        await _host.RefusesAsync(token);
    }

    [Fact]
    public async Task A_key_taken_back_under_its_own_id_ends_its_tokens_as_soon_as_the_keys_are_read_again()
    {
        var token = ForgedTokens.Good(_issuer, _clock.GetUtcNow());
        await _host.WhoAsync(token);
        _issuer.Rotate(_issuer.EcKeyId);
        _clock.Advance(ProviderKeys.SeekPause);
        await _host.RefusesAsync(_issuer.Sign(ForgedTokens.Header(_issuer, h => h["kid"] = "unknown"), _issuer.Payload(_clock.GetUtcNow())));
        Assert.True(_host.Remembers(token));
        await _host.RefusesAsync(token);
    }

    [Fact]
    public async Task A_token_that_differs_in_one_character_is_another()
    {
        var token = ForgedTokens.Good(_issuer, _clock.GetUtcNow());
        await _host.WhoAsync(token);
        for (var at = 0; at < token.Length; at += 7)
        {
            var other = token[at] == 'A' ? 'B' : 'A';
            await _host.RefusesAsync($"{token[..at]}{other}{token[(at + 1)..]}");
        }
        await _host.RefusesAsync(token + token[^1]);
        await _host.RefusesAsync(token[..^1]);
    }

    [Fact]
    public async Task What_was_refused_is_not_remembered()
    {
        var token = _issuer.SignWith(_issuer.Stranger, _issuer.Header(), _issuer.Payload(_clock.GetUtcNow()));
        await _host.RefusesAsync(token);
        Assert.False(_host.Remembers(token));
    }
}
