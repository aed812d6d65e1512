using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Entitlements.Portal.Tests.Browser;

/// <summary>The gateway's API, for what a journey finds done when it begins.</summary>
internal sealed class Api(string url) : IAsyncDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new(url) };

    /// <summary>By the force's role administrator.</summary>
    public async Task EndRoleAsync(string person) =>
        await SendAsync("northvale-role-admin", HttpMethod.Delete, $"/v1/tenants/northvale/roles/hostage-negotiator/assignments/{person}?reason=Leaves");

    public async Task<JsonNode?> SendAsync(string person, HttpMethod method, string target, object? body = null)
    {
        using var request = new HttpRequestMessage(method, target) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(person));
        request.Headers.IfMatch.Add(new("\"1\""));
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {target}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    private async Task<string> TokenAsync(string person)
    {
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
                ["client_id"] = "demo-person",
                ["client_secret"] = "demo-secret",
                ["subject_token"] = person,
                ["subject_token_type"] = "urn:entitlements:token-type:demo-person",
            }
        );
        using var answer = await _http.PostAsync("/connect/token", form);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!["access_token"]!.GetValue<string>();
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }
}
