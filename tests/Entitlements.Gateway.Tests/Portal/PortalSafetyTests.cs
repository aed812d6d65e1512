using System.Net;

namespace Entitlements.Gateway.Tests.Portal;

/// <summary>What holds for every page, whoever asks.</summary>
public sealed class PortalSafetyTests(PortalUnderTest portal) : IClassFixture<PortalUnderTest>
{
    private static readonly string[] Pages = ["/", "/requests", "/approvals", "/sign-out", "/signed-out", "/sign-in?failed=true", "/nowhere", "/my/nothing"];

    [Trait("Abuse", "67")]
    [Trait("Abuse", "72")]
    [Fact]
    public async Task No_page_can_be_framed_and_none_runs_what_is_inline()
    {
        using var browser = portal.Browser();
        using var home = await browser.SignInAsync("ada");
        foreach (var path in Pages)
        {
            using var page = await browser.GoAsync(path);
            var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.DoesNotContain(" style=", browser.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(" onclick=", browser.Text, StringComparison.Ordinal);
            Assert.True(page.Headers.CacheControl!.NoStore, path);
        }
    }

    [Trait("Abuse", "71")]
    [Fact]
    public async Task Another_site_writes_nothing()
    {
        using var browser = portal.Browser();
        using var home = await browser.SignInAsync("ada");
        var fields = browser.Hidden().ToDictionary();
        using var bare = await browser.SendAsync(HttpMethod.Post, new("/sign-out", UriKind.Relative), new FormUrlEncodedContent([]));
        Assert.Equal(HttpStatusCode.BadRequest, bare.StatusCode); // without the form's token
        using var across = await browser.SendAsync(
            HttpMethod.Post,
            new("/sign-out", UriKind.Relative),
            new FormUrlEncodedContent(fields),
            ("Sec-Fetch-Site", "cross-site")
        );
        Assert.Equal(HttpStatusCode.BadRequest, across.StatusCode); // even with it
        using var still = await browser.GoAsync("/");
        Assert.Contains("<bdi>ada</bdi>", browser.Text, StringComparison.Ordinal);
    }

    [Trait("Abuse", "71")]
    [Fact]
    public async Task The_token_of_one_persons_form_is_no_good_to_another()
    {
        using var ada = portal.Browser();
        using var hers = await ada.SignInAsync("ada", "/requests");
        var stolen = ada.Hidden().ToDictionary();
        using var bob = portal.Browser();
        using var his = await bob.SignInAsync("bob", "/requests");
        using var answer = await bob.SendAsync(HttpMethod.Post, new("/my/call-recorder/ask", UriKind.Relative), new FormUrlEncodedContent(stolen));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Trait("Abuse", "67")]
    [Fact]
    public async Task What_people_type_is_text_and_nothing_else()
    {
        const string Hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'\u202Egnp.exe";
        using var browser = portal.Browser();
        using var home = await browser.SignInAsync("ada");
        using var page = await browser.GoAsync($"/sign-in?failed=true&to={Uri.EscapeDataString("/" + Hostile)}");
        Assert.DoesNotContain("<script>alert", browser.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", browser.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_is_told_401_where_a_person_would_be_sent_to_sign_in()
    {
        using var browser = portal.Browser();
        using var answer = await browser.SendAsync(HttpMethod.Get, new("/requests", UriKind.Relative), content: null, ("Sec-Fetch-Dest", "empty"));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task The_bytes_of_somebody_elses_download_are_not_there()
    {
        using var browser = portal.Browser();
        using var home = await browser.SignInAsync("ada");
        using var answer = await browser.GoAsync($"/my/call-recorder/file/{new string('a', 32)}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
