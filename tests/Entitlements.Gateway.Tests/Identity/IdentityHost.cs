using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Identity.BuiltIn;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>The identity slice alone on a real socket, with one protected route that says who the caller is.</summary>
internal sealed class IdentityHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private IdentityHost(WebApplication app) => _app = app;

    public string Base => _app.Urls.First();

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public SubjectTokenValidator Proofs => _app.Services.GetRequiredService<SubjectTokenValidator>();

    public bool Remembers(string token) => _app.Services.GetRequiredService<TokenMemory>().Find(CredentialDigest.Of($"Bearer {token}")!) is not null;

    /// <summary>Trusts these providers: pairs of setting names under <c>Identity</c> and their values.</summary>
    public static async Task<IdentityHost> StartAsync(
        IEnumerable<(string Key, string? Value)> settings,
        TimeProvider? clock = null,
        string environment = "Production",
        string? urls = null
    )
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Logging.ClearProviders();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        builder.Configuration["Urls"] = urls ?? "http://127.0.0.1:0";
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddSingleton<IDemonstrationPeople, People>();
        builder.Services.AddAuthorization();
        builder.AddIdentity();
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapIdentity();
        app.MapGet("/echo", (HttpContext http) => VerifiedToken.From(http.User)).RequireAuthorization();
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new IdentityHost(app);
    }

    /// <summary>The built-in provider, on an address known beforehand because it is the issuer.</summary>
    public static Task<IdentityHost> StartBuiltInAsync(string host = "127.0.0.1", params (string Key, string? Value)[] settings) =>
        StartAsync([("PublicUrl", null), .. settings], environment: "Development", urls: $"http://{host}:{FreePort.Next()}");

    /// <summary>Settings that trust one provider.</summary>
    public static IEnumerable<(string Key, string? Value)> Trust(string authority, string profile = "rfc9068", int at = 0, string? subjectClaim = null) =>
        [
            ("Identity:RequireHttpsMetadata", "false"),
            ($"Identity:Providers:{at}:Authority", authority),
            ($"Identity:Providers:{at}:Profile", profile),
            ($"Identity:Providers:{at}:SubjectClaim", subjectClaim),
            ($"Identity:Providers:{at}:Tenants:0", "northvale"),
        ];

    public Task<HttpResponseMessage> AskAsync(string? token, string path = "/echo")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Base + path);
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        return Http.SendAsync(request);
    }

    /// <summary>Who the gateway takes the bearer of this token for; fails the test when it is refused.</summary>
    public async Task<JsonNode> WhoAsync(string token)
    {
        using var response = await AskAsync(token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    /// <summary>401 as a challenge that tells nothing but where to look, and no proof of the person either.</summary>
    public async Task RefusesAsync(string token)
    {
        using var response = await AskAsync(token);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(
            $"Bearer error=\"invalid_token\", resource_metadata=\"{Origin}/.well-known/oauth-protected-resource\"",
            string.Join(", ", response.Headers.GetValues("WWW-Authenticate"))
        );
        Assert.Empty(await response.Content.ReadAsStringAsync());
        Assert.Null(await Proofs.ValidateAsync(token));
    }

    public string Origin => _app.Configuration["PublicUrl"] ?? _app.Configuration["Urls"]!;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private sealed class People : IDemonstrationPeople
    {
        public Task<bool> ExistsAsync(string id, CancellationToken cancel) => Task.FromResult(id is "northvale-0001" or "northvale-0013");
    }
}
