using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Identity;

namespace Entitlements.Gateway.Tests.Portal;

/// <summary>The gateway with people who sign in at a provider that is not ours (npm oidc-provider): <c>ada</c>, role administrator, and <c>bob</c> of north.</summary>
public sealed class PortalUnderTest : IAsyncLifetime
{
    private readonly OutsideProvider _provider = new();

    internal TestGateway Gateway { get; private set; } = null!;
    internal string Issuer { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var port = FreePort.Next();
        Issuer = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        Gateway = await TestGateway.StartAsync(
            postgres: null,
            ("Identity:Providers:1:Authority", Issuer),
            ("Identity:Providers:1:Tenants:0", "north"),
            ("Identity:Providers:1:Portal:ClientId", "portal"),
            ("Identity:Providers:1:StepUp:AcrValues:0", "urn:strong")
        );
        await _provider.StartForPortalAsync(port, new Uri(Gateway.Url, "/signin-oidc/provider-1").ToString());
        await Gateway.InDatabaseAsync(async db =>
        {
            foreach (var id in new[] { "ada", "bob" })
            {
                db.Subjects.Add(
                    new()
                    {
                        Tenant = "north",
                        Issuer = Issuer,
                        Id = id,
                        Person = $"number-of-{id}",
                    }
                );
            }
            await db.SaveChangesAsync();
            db.Assignments.Add(
                new()
                {
                    Tenant = "north",
                    Role = Function.RoleAdmin,
                    SubjectKey = db.Subjects.Single(s => s.Id == "ada").Key,
                }
            );
            return await db.SaveChangesAsync();
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _provider.DisposeAsync();
    }

    internal PlainBrowser Browser() => new(Gateway.Url);
}

/// <summary>A browser without script: cookies, forms, redirects that are followed by hand where it matters.</summary>
internal sealed partial class PlainBrowser : IDisposable
{
    private readonly HttpClient _http;

    public PlainBrowser(Uri origin)
    {
        _http = new(new HttpClientHandler { CookieContainer = Cookies, AllowAutoRedirect = false }) { BaseAddress = origin };
        _http.DefaultRequestHeaders.Add("Accept", "text/html");
    }

    public CookieContainer Cookies { get; } = new();

    /// <summary>Where the last answer came from.</summary>
    public Uri Here { get; private set; } = new("/", UriKind.Relative);

    /// <summary>The text of the last page.</summary>
    public string Text { get; private set; } = "";

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, address) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }
        var answer = await _http.SendAsync(request);
        Here = request.RequestUri!;
        Text = await answer.Content.ReadAsStringAsync();
        return answer;
    }

    /// <summary>Follows redirects to where they end.</summary>
    public async Task<HttpResponseMessage> GoAsync(string path, HttpMethod? method = null, HttpContent? content = null)
    {
        var answer = await SendAsync(method ?? HttpMethod.Get, new(path, UriKind.RelativeOrAbsolute), content);
        while (answer.Headers.Location is { } next)
        {
            answer.Dispose();
            answer = await SendAsync(HttpMethod.Get, new(Here, next));
        }
        return answer;
    }

    /// <summary>Sends the form of the page that has this id, or the first in main, with what stands in it and <paramref name="typed"/>.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] typed)
    {
        var fields = Hidden().ToDictionary();
        foreach (var (name, value) in typed)
        {
            fields[name] = value;
        }
        return await GoAsync(path, HttpMethod.Post, new FormUrlEncodedContent(fields));
    }

    /// <summary>The hidden fields of the last page: where a name stands twice, the last of them.</summary>
    public IEnumerable<KeyValuePair<string, string>> Hidden() =>
        HiddenField()
            .Matches(Text)
            .Select(m => m.Value)
            .Select(tag => KeyValuePair.Create(NameOf().Match(tag).Groups["text"].Value, WebUtility.HtmlDecode(ValueOf().Match(tag).Groups["text"].Value)))
            .GroupBy(f => f.Key)
            .Select(g => g.Last());

    /// <summary>Through the provider's own pages, back to <paramref name="to"/>.</summary>
    public async Task<HttpResponseMessage> SignInAsync(string person, string to = "/")
    {
        using var asked = await GoAsync(to);
        Assert.Contains("/interaction/", Here.AbsolutePath, StringComparison.Ordinal);
        using var consent = await GoAsync(Here.ToString(), HttpMethod.Post, Form(("prompt", "login"), ("login", person), ("password", "any")));
        return await GoAsync(Here.ToString(), HttpMethod.Post, Form(("prompt", "consent")));
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*>", RegexOptions.NonBacktracking)]
    private static partial Regex HiddenField();

    [GeneratedRegex(" name=\"(?<text>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NameOf();

    [GeneratedRegex(" value=\"(?<text>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValueOf();
}
