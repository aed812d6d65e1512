using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Duende.IdentityModel;
using Duende.IdentityModel.Client;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>Tokens of npm oidc-provider, through its real flows.</summary>
public sealed partial class OutsideProviderTests(OutsideProvider provider) : IClassFixture<OutsideProvider>
{
    private const string Back = "http://127.0.0.1:9/back";

    [Fact]
    public async Task A_client_by_client_credentials_is_a_proven_client_with_its_scopes()
    {
        await using var host = await IdentityHost.StartAsync(IdentityHost.Trust(provider.Issuer));
        var token = await ForStoreAsync("urn:entitlements");
        var who = await host.WhoAsync(token);
        Assert.Equal("store", (string?)who["clientId"]);
        Assert.True((bool)who["provenClient"]!);
        Assert.Contains("access.evaluate", who["scopes"]!.AsArray().Select(scope => (string?)scope));
    }

    [Fact]
    public async Task Its_token_for_another_audience_is_refused()
    {
        await using var host = await IdentityHost.StartAsync([.. IdentityHost.Trust(provider.Issuer), ("PublicUrl", "https://gateway.example")]);
        await host.RefusesAsync(await ForStoreAsync("urn:elsewhere"));
    }

    [Fact]
    public async Task A_person_by_code_and_pkce_is_a_person_and_their_id_token_is_no_access_token()
    {
        await using var host = await IdentityHost.StartAsync([
            .. IdentityHost.Trust(provider.Issuer),
            ("PublicUrl", "https://gateway.example"),
            ("Identity:Providers:0:StepUp:AmrValues:0", "otp"),
        ]);
        var before = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() });
        var verifier = CryptoRandom.CreateUniqueId(32);
        var url = new RequestUrl($"{provider.Issuer}/auth").CreateAuthorizeUrl(
            "phone-app",
            "code",
            "openid access.evaluate",
            Back,
            state: "s",
            codeChallenge: Challenge(verifier),
            codeChallengeMethod: "S256"
        );
        var code = await SignInAsync(browser, url, "alice");
        var tokens = await browser.RequestAuthorizationCodeTokenAsync(
            new AuthorizationCodeTokenRequest
            {
                Address = $"{provider.Issuer}/token",
                ClientId = "phone-app",
                ClientSecret = "phone-secret",
                Code = code,
                RedirectUri = Back,
                CodeVerifier = verifier,
            }
        );
        Assert.False(tokens.IsError, tokens.Error + tokens.ErrorDescription);
        var who = await host.WhoAsync(tokens.AccessToken!);
        Assert.Equal("alice", (string?)who["subject"]);
        Assert.False((bool)who["provenClient"]!);
        await host.RefusesAsync(tokens.IdentityToken!);
        var proof = await host.Proofs.ValidateAsync(tokens.AccessToken!);
        Assert.Equal("alice", proof!.Subject);
        Assert.True(proof.SignIn.IsStrong);
        Assert.InRange(proof.SignIn.At!.Value, before, TimeProvider.System.GetUtcNow());
    }

    private async Task<string> ForStoreAsync(string resource)
    {
        using var http = new HttpClient();
        var answer = await http.RequestClientCredentialsTokenAsync(
            new ClientCredentialsTokenRequest
            {
                Address = $"{provider.Issuer}/token",
                ClientId = "store",
                ClientSecret = "store-secret",
                Scope = "access.evaluate",
                Resource = [resource],
            }
        );
        Assert.False(answer.IsError, answer.Error + answer.ErrorDescription);
        return answer.AccessToken!;
    }

    /// <summary>Follows redirects and fills in its sign-in and consent pages until it sends us back with a code.</summary>
    private static async Task<string> SignInAsync(HttpClient browser, string url, string person)
    {
        var at = new Uri(url);
        var response = await browser.GetAsync(at);
        for (var step = 0; step < 12; step++)
        {
            if (response.Headers.Location is { } location)
            {
                at = new Uri(at, location);
                if (at.AbsoluteUri.StartsWith(Back, StringComparison.Ordinal))
                {
                    return new AuthorizeResponse(at.AbsoluteUri).Code!;
                }

                response = await browser.GetAsync(at);
                continue;
            }

            var page = await response.Content.ReadAsStringAsync();
            var prompt = Prompt().Match(page).Groups["it"].Value;
            at = new Uri(at, Action().Match(page).Groups["it"].Value);
            response = await browser.PostAsync(
                at,
                new FormUrlEncodedContent([KeyValuePair.Create("prompt", prompt), KeyValuePair.Create("login", person), KeyValuePair.Create("password", "any")])
            );
        }

        throw new InvalidOperationException("the outside provider went round in circles");
    }

    /// <summary>RFC 7636 §4.2, S256.</summary>
    internal static string Challenge(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    [GeneratedRegex("name=\"prompt\" value=\"(?<it>[a-z]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Prompt();

    [GeneratedRegex("action=\"(?<it>[^\"]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Action();
}
