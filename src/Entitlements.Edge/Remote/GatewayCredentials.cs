using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Entitlements.Edge.Remote;

/// <summary>The edge's own access token: client credentials (RFC 6749 §4.4) at the authorization server that the gateway names (RFC 9728).</summary>
internal sealed class GatewayCredentials(IHttpClientFactory clients, IOptions<EdgeOptions> options, TimeProvider clock) : IDisposable
{
    public const string ClientName = "gateway";

    /// <summary>A token is not used in its last seconds, when it might end on the way.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _one = new(1, 1);
    private (string Token, DateTimeOffset Until)? _held;

    /// <exception cref="HttpRequestException">No token can be had now.</exception>
    public async Task<string> TokenAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            if (_held is not { } held || clock.GetUtcNow() >= held.Until)
            {
                _held = held = await AskAsync(cancel);
            }

            return held.Token;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Drops <paramref name="token"/>, which the gateway did not take.</summary>
    public async Task ForgetAsync(string token, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        _held = _held?.Token == token ? null : _held;
        _one.Release();
    }

    public void Dispose() => _one.Dispose();

    private async Task<(string Token, DateTimeOffset Until)> AskAsync(CancellationToken cancel)
    {
        try
        {
            using var http = clients.CreateClient(ClientName);
            var secret = (await File.ReadAllTextAsync(options.Value.ClientSecretFile!, cancel)).Trim();
            using var request = new HttpRequestMessage(HttpMethod.Post, await TokenEndpointAsync(http, cancel));
            request.Content = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("scope", "entitlements.redeem")]);
            var basic = $"{Uri.EscapeDataString(options.Value.ClientId!)}:{Uri.EscapeDataString(secret)}"; // encoded first: RFC 6749 §2.3.1
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
            using var answer = await http.SendAsync(request, cancel);
            answer.EnsureSuccessStatusCode();
            using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancel), default, cancel);
            var lives = TimeSpan.FromSeconds(json.RootElement.TryGetProperty("expires_in", out var seconds) ? Math.Min(seconds.GetInt32(), 86_400) : 60);
            return (json.RootElement.GetProperty("access_token").GetString()!, clock.GetUtcNow() + (lives > 2 * Margin ? lives - Margin : lives / 2));
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException)
        {
            throw new HttpRequestException("The authorization server's answer, or the client secret file, could not be read.", fault);
        }
    }

    private async Task<Uri> TokenEndpointAsync(HttpClient http, CancellationToken cancel)
    {
        using var resource =
            await ReadAsync(http, new Uri(new Uri(options.Value.Gateway!), ".well-known/oauth-protected-resource"), cancel)
            ?? throw new HttpRequestException("The gateway does not say who authorizes its clients.");
        var issuer = resource.RootElement.GetProperty("authorization_servers")[0].GetString()!;
        using var server =
            await ReadAsync(http, MetadataOf(issuer), cancel)
            ?? await ReadAsync(http, new Uri(issuer.TrimEnd('/') + "/.well-known/openid-configuration"), cancel)
            ?? throw new HttpRequestException("The authorization server has no metadata.");
        var isItself = server.RootElement.GetProperty("issuer").GetString() == issuer; // RFC 8414 §3.3
        var endpoint = new Uri(server.RootElement.GetProperty("token_endpoint").GetString()!);
        return isItself && EdgeOptionsValidator.IsSafe(endpoint)
            ? endpoint
            : throw new HttpRequestException("The authorization server's metadata is not its own, or its token endpoint is not safe.");
    }

    /// <summary>The well-known part goes between host and path (RFC 8414 §3.1).</summary>
    private static Uri MetadataOf(string issuer)
    {
        var address = new Uri(issuer);
        return new Uri(address, "/.well-known/oauth-authorization-server" + address.AbsolutePath.TrimEnd('/'));
    }

    private static async Task<JsonDocument?> ReadAsync(HttpClient http, Uri address, CancellationToken cancel)
    {
        if (!EdgeOptionsValidator.IsSafe(address))
        {
            throw new HttpRequestException("An authorization server is reached by https, or http on loopback.");
        }

        using var answer = await http.GetAsync(address, cancel);
        return answer.IsSuccessStatusCode ? await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancel), default, cancel) : null;
    }
}
