using System.Buffers.Text;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Duende.IdentityModel;
using Duende.IdentityModel.Client;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>The built-in provider through a client library that is not ours.</summary>
public sealed partial class BuiltInProviderTests : IAsyncLifetime
{
    private const string PersonType = "urn:entitlements:token-type:demo-person";

    private readonly HttpClient _browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() });
    private readonly string _verifier = CryptoRandom.CreateUniqueId(32);
    private IdentityHost _host = null!;

    private string Back => _host.Base + "/signin-oidc";

    public async ValueTask InitializeAsync() => _host = await IdentityHost.StartBuiltInAsync();

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Its_metadata_names_the_public_url_as_issuer_and_keeps_off_the_entitlement_keys()
    {
        var told = await _browser.GetDiscoveryDocumentAsync(_host.Base);
        Assert.False(told.IsError, told.Error);
        Assert.Equal(_host.Base, told.Issuer);
        Assert.Equal(_host.Base + "/connect/jwks", told.JwksUri);
        Assert.Equal(["S256"], told.CodeChallengeMethodsSupported);
        Assert.Equal(["urn:entitlements:acr:demonstration"], told.TryGetStringArray("acr_values_supported"));
        Assert.NotEmpty(told.KeySet!.Keys);
        Assert.DoesNotContain("\"d\"", told.KeySet.RawData, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("northvale-store", "access.evaluate entitlements.issue entitlements.redeem requests.submit")]
    [InlineData("southmere-store", "access.evaluate entitlements.issue entitlements.redeem requests.submit")]
    [InlineData("demo-admin", "audit.read manage"), InlineData("northvale-scim", "scim"), InlineData("southmere-scim", "scim")]
    public async Task A_client_gets_a_token_with_all_its_scopes_and_the_gateway_takes_it_for_that_client(string client, string scopes)
    {
        var answer = await ForClientAsync(client);
        Assert.False(answer.IsError, answer.Error + answer.ErrorDescription);
        var who = await _host.WhoAsync(answer.AccessToken!);
        Assert.Equal(client, (string?)who["clientId"]);
        Assert.Equal(client, (string?)who["subject"]);
        Assert.Equal(_host.Base, (string?)who["issuer"]);
        Assert.True((bool)who["provenClient"]!);
        Assert.Equal(scopes.Split(' '), who["scopes"]!.AsArray().Select(scope => (string?)scope).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Twenty_clients_at_once_all_get_their_token()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ForClientAsync("northvale-store")));
        Assert.All(answers, answer => Assert.False(answer.IsError, answer.Error + answer.ErrorDescription));
    }

    [Fact]
    public async Task Its_access_token_is_an_rfc9068_one()
    {
        var parts = (await ForClientAsync("northvale-store", "entitlements.issue")).AccessToken!.Split('.');
        var header = JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!;
        var payload = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        Assert.Equal("at+jwt", (string?)header["typ"]);
        Assert.Equal("entitlements", (string?)payload["aud"]);
        Assert.Equal("entitlements.issue", (string?)payload["scope"]);
        Assert.All((string[])["iss", "exp", "iat", "jti", "sub", "client_id"], name => Assert.NotNull(payload[name]));
    }

    [Theory]
    [InlineData("northvale-store", "wrong-secret", null, "Unauthorized"), InlineData("nobody", "demo-secret", null, "Unauthorized")]
    [InlineData("northvale-store", "demo-secret", "manage", "invalid_request"), InlineData("northvale-store", "demo-secret", "root", "invalid_scope")]
    [InlineData("demo-person", "demo-secret", null, "unauthorized_client"), InlineData("portal", null, null, "invalid_request")]
    public async Task A_client_gets_nothing_it_may_not_have(string client, string? secret, string? scope, string error)
    {
        var answer = await ForClientAsync(client, scope, secret);
        Assert.Null(answer.AccessToken);
        Assert.Equal(error, answer.Error);
    }

    [Fact]
    public async Task Demo_person_gets_a_persons_token_by_token_exchange()
    {
        var answer = await ExchangeAsync("northvale-0001");
        Assert.False(answer.IsError, answer.Error + answer.ErrorDescription);
        Assert.Equal("urn:ietf:params:oauth:token-type:access_token", answer.IssuedTokenType);
        var who = await _host.WhoAsync(answer.AccessToken!);
        Assert.Equal("northvale-0001", (string?)who["subject"]);
        Assert.Equal("demo-person", (string?)who["clientId"]);
        Assert.False((bool)who["provenClient"]!);
        Assert.Empty(who["scopes"]!.AsArray());
        var proof = await _host.Proofs.ValidateAsync(answer.AccessToken!);
        Assert.Equal("northvale-0001", proof!.Subject);
        Assert.True(proof.SignIn.SufficesAt(TimeProvider.System.GetUtcNow()));
    }

    [Theory]
    [InlineData("nobody-here", "demo-person", "demo-secret", PersonType), InlineData("northvale-0001", "demo-person", "wrong", PersonType)]
    [InlineData("northvale-0001", "northvale-store", "demo-secret", PersonType)]
    [InlineData("northvale-0001", "demo-person", "demo-secret", "urn:ietf:params:oauth:token-type:access_token")]
    public async Task Nobody_else_is_exchanged(string person, string client, string secret, string type)
    {
        var answer = await ExchangeAsync(person, client, secret, type);
        Assert.True(answer.IsError);
        Assert.Null(answer.AccessToken);
    }

    [Fact]
    public async Task A_person_signs_in_by_code_and_pkce_and_the_code_works_once()
    {
        var code = await SignInAsync(AuthorizeUrl(), "northvale-0001");
        var tokens = await RedeemAsync(code);
        Assert.False(tokens.IsError, tokens.Error + tokens.ErrorDescription);
        var who = await _host.WhoAsync(tokens.AccessToken!);
        Assert.Equal("northvale-0001", (string?)who["subject"]);
        Assert.Equal("portal", (string?)who["clientId"]);
        Assert.NotNull(tokens.IdentityToken);
        await _host.RefusesAsync(tokens.IdentityToken);
        Assert.Equal("invalid_grant", (await RedeemAsync(code)).Error);
    }

    [Fact]
    public async Task A_sign_in_serves_one_authorization()
    {
        await SignInAsync(AuthorizeUrl(), "northvale-0001");
        using var again = await _browser.GetAsync(AuthorizeUrl());
        Assert.StartsWith("/connect/sign-in?", again.Headers.Location!.OriginalString, StringComparison.Ordinal);
        using var silent = await _browser.GetAsync(AuthorizeUrl() + "&prompt=none");
        Assert.Equal("login_required", new AuthorizeResponse(silent.Headers.Location!.AbsoluteUri).Error);
    }

    [Fact]
    public async Task A_sign_in_serves_only_the_authorization_it_was_made_for_so_that_login_can_be_prompted()
    {
        using var page = await _browser.GetAsync($"{_host.Base}/connect/sign-in?returnUrl={Uri.EscapeDataString(new Uri(AuthorizeUrl()).PathAndQuery)}");
        var antiforgery = Token().Match(await page.Content.ReadAsStringAsync()).Groups["it"].Value;
        using var posted = await PostSignInAsync("northvale-0001", new Uri(AuthorizeUrl()).PathAndQuery, antiforgery);
        Assert.Equal(HttpStatusCode.Redirect, posted.StatusCode); // signed in, and not yet back
        using var other = await _browser.GetAsync(AuthorizeUrl() + "&prompt=login");
        Assert.StartsWith("/connect/sign-in?", other.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("&prompt=login"), InlineData("&max_age=300"), InlineData("&max_age=60&acr_values=urn:entitlements:acr:demonstration")]
    public async Task A_person_who_is_asked_to_sign_in_again_gets_a_token_that_says_when_they_did(string more)
    {
        var before = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        var tokens = await RedeemAsync(await SignInAsync(AuthorizeUrl() + more, "northvale-0001"));
        Assert.False(tokens.IsError, tokens.Error + tokens.ErrorDescription);
        var signIn = (await _host.Proofs.ValidateAsync(tokens.AccessToken!))!.SignIn;
        Assert.True(signIn.SufficesAt(TimeProvider.System.GetUtcNow()));
        Assert.InRange(signIn.At!.Value, before, TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task A_code_needs_the_verifier_it_was_asked_with()
    {
        Assert.Equal("invalid_grant", (await RedeemAsync(await SignInAsync(AuthorizeUrl(), "northvale-0001"), CryptoRandom.CreateUniqueId(32))).Error);
    }

    [Theory]
    [InlineData(null, null), InlineData("plain", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"), InlineData("S512", "abc")]
    public async Task Without_pkce_or_with_another_method_there_is_no_code(string? method, string? challenge)
    {
        using var response = await _browser.GetAsync(
            new RequestUrl(_host.Base + "/connect/authorize").CreateAuthorizeUrl(
                "portal",
                "code",
                "openid",
                Back,
                codeChallenge: challenge,
                codeChallengeMethod: method
            )
        );
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Null(response.Headers.Location);
        Assert.Contains("error:invalid_request", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/signin-oidc/.."), InlineData("/signin-oidc#x"), InlineData("/signin-oidc?x=1")]
    [InlineData("/other"), InlineData("@evil.example"), InlineData("/SIGNIN-OIDC")]
    public async Task Only_the_very_redirect_uri_is_sent_back_to(string tail)
    {
        using var response = await _browser.GetAsync(
            new RequestUrl(_host.Base + "/connect/authorize").CreateAuthorizeUrl(
                "portal",
                "code",
                "openid",
                _host.Base + tail,
                codeChallenge: OutsideProviderTests.Challenge(_verifier),
                codeChallengeMethod: "S256"
            )
        );
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Null(response.Headers.Location);
    }

    [Theory]
    [InlineData("https://evil.example"), InlineData("//evil.example"), InlineData("/\\evil.example"), InlineData("javascript:alert(1)"), InlineData("/echo")]
    [InlineData("/connect/authorize?x=\\evil"), InlineData("")]
    public async Task The_sign_in_page_leads_back_to_the_authorization_endpoint_only(string returnUrl)
    {
        using var response = await _browser.GetAsync($"{_host.Base}/connect/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var posted = await PostSignInAsync("northvale-0001", returnUrl, await AntiforgeryAsync());
        Assert.Equal(HttpStatusCode.BadRequest, posted.StatusCode);
    }

    [Fact]
    public async Task The_sign_in_page_refuses_a_forged_post_and_a_person_it_does_not_know()
    {
        using var forged = await PostSignInAsync("northvale-0001", "/connect/authorize?x=1", antiforgery: "forged");
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        using var unknown = await PostSignInAsync("\"><script>alert(1)</script>", "/connect/authorize?x=1", await AntiforgeryAsync());
        var page = await unknown.Content.ReadAsStringAsync();
        Assert.Contains("role=\"alert\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", string.Concat(unknown.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.True(unknown.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task A_token_of_yesterdays_process_is_refused()
    {
        var old = (await ForClientAsync("northvale-store")).AccessToken!;
        await using var other = await IdentityHost.StartBuiltInAsync(settings: ("PublicUrl", _host.Base));
        using var response = await other.AskAsync(old);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task It_does_not_start_where_the_network_could_reach_it_unless_that_is_meant()
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            IdentityHost.StartBuiltInAsync("0.0.0.0", ("PublicUrl", "http://127.0.0.1:5080"))
        );
        Assert.Contains("Demo:AllowRemote", fault.Message, StringComparison.Ordinal);
        await using var meant = await IdentityHost.StartBuiltInAsync("0.0.0.0", ("PublicUrl", "http://127.0.0.1:5080"), ("Demo:AllowRemote", "true"));
    }

    [Fact]
    public async Task It_is_not_there_when_a_provider_is_configured_or_outside_Development()
    {
        foreach (var environment in (string[])["Development", "Production"])
        {
            await using var host = await IdentityHost.StartAsync(IdentityHost.Trust("http://127.0.0.1:1"), environment: environment);
            foreach (var path in (string[])["/.well-known/openid-configuration", "/connect/jwks", "/connect/sign-in", "/connect/authorize"])
            {
                using var response = await host.AskAsync(token: null, path);
                Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            }
        }
    }

    private string AuthorizeUrl() =>
        new RequestUrl(_host.Base + "/connect/authorize").CreateAuthorizeUrl(
            "portal",
            "code",
            "openid",
            Back,
            state: "s",
            codeChallenge: OutsideProviderTests.Challenge(_verifier),
            codeChallengeMethod: "S256"
        );

    private Task<TokenResponse> ForClientAsync(string client, string? scope = null, string? secret = "demo-secret") =>
        _browser.RequestClientCredentialsTokenAsync(
            new ClientCredentialsTokenRequest
            {
                Address = _host.Base + "/connect/token",
                ClientId = client,
                ClientSecret = secret,
                Scope = scope,
            }
        );

    private Task<TokenResponse> ExchangeAsync(string person, string client = "demo-person", string secret = "demo-secret", string type = PersonType) =>
        _browser.RequestTokenExchangeTokenAsync(
            new TokenExchangeTokenRequest
            {
                Address = _host.Base + "/connect/token",
                ClientId = client,
                ClientSecret = secret,
                SubjectToken = person,
                SubjectTokenType = type,
            }
        );

    private Task<TokenResponse> RedeemAsync(string code, string? verifier = null) =>
        _browser.RequestAuthorizationCodeTokenAsync(
            new AuthorizationCodeTokenRequest
            {
                Address = _host.Base + "/connect/token",
                ClientId = "portal",
                Code = code,
                RedirectUri = Back,
                CodeVerifier = verifier ?? _verifier,
            }
        );

    private async Task<string> SignInAsync(string authorizeUrl, string person)
    {
        using var asked = await _browser.GetAsync(authorizeUrl);
        using var page = await _browser.GetAsync(_host.Base + asked.Headers.Location!.OriginalString);
        var html = await page.Content.ReadAsStringAsync();
        using var posted = await PostSignInAsync(
            person,
            WebUtility.HtmlDecode(ReturnUrl().Match(html).Groups["it"].Value),
            Token().Match(html).Groups["it"].Value
        );
        Assert.Equal(HttpStatusCode.Redirect, posted.StatusCode);
        using var back = await _browser.GetAsync(_host.Base + posted.Headers.Location!.OriginalString);
        Assert.StartsWith(Back + "?", back.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
        return new AuthorizeResponse(back.Headers.Location.AbsoluteUri).Code!;
    }

    private async Task<string> AntiforgeryAsync() =>
        Token().Match(await _browser.GetStringAsync($"{_host.Base}/connect/sign-in?returnUrl=/connect/authorize%3Fx")).Groups["it"].Value;

    private Task<HttpResponseMessage> PostSignInAsync(string person, string returnUrl, string antiforgery) =>
        _browser.PostAsync(
            _host.Base + "/connect/sign-in",
            new FormUrlEncodedContent([
                KeyValuePair.Create("id", person),
                KeyValuePair.Create("returnUrl", returnUrl),
                KeyValuePair.Create("__RequestVerificationToken", antiforgery),
            ])
        );

    [GeneratedRegex("name=\"returnUrl\" value=\"(?<it>[^\"]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ReturnUrl();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<it>[^\"]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Token();
}
