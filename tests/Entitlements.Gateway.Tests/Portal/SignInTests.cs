using System.Net;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Portal;

/// <summary>Sign-in at the portal through an outside provider, and what a session is.</summary>
public sealed class SignInTests(PortalUnderTest portal) : IClassFixture<PortalUnderTest>
{
    [Fact]
    public async Task Somebody_signs_in_sees_their_own_page_and_is_gone_after_signing_out()
    {
        using var browser = portal.Browser();
        using var home = await browser.SignInAsync("ada");
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        Assert.Contains("<bdi>ada</bdi>", browser.Text, StringComparison.Ordinal);
        var cookie = browser.Cookies.GetCookies(portal.Gateway.Url)["entitlements"]!;
        Assert.True(cookie.HttpOnly);
        Assert.DoesNotContain(await SessionsAsync(), id => cookie.Value.Contains(id, StringComparison.Ordinal));
        var stolen = cookie.Value;

        using var gone = await browser.PostAsync("/sign-out");
        Assert.Equal("/signed-out", browser.Here.AbsolutePath);

        using var thief = portal.Browser();
        thief.Cookies.Add(portal.Gateway.Url, new Cookie("entitlements", stolen));
        using var refused = await thief.SendAsync(HttpMethod.Get, new("/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, refused.StatusCode);
        Assert.StartsWith("/sign-in", refused.Headers.Location!.PathAndQuery, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_signs_in_and_is_nobody_here_is_told_what_to_do_and_can_leave()
    {
        using var browser = portal.Browser();
        using var answer = await browser.SignInAsync("mallory");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("Your account is not known here", browser.Text, StringComparison.Ordinal);
        using var leaving = await browser.GoAsync("/sign-out");
        using var gone = await browser.PostAsync("/sign-out");
        Assert.Equal("/signed-out", browser.Here.AbsolutePath);
    }

    [Fact]
    public async Task A_suspended_person_sees_nothing_more_with_the_next_tap()
    {
        using var browser = portal.Browser();
        using var home = await browser.SignInAsync("bob");
        await SuspendAsync("bob", suspended: true);
        using var next = await browser.GoAsync("/requests");
        Assert.Equal(HttpStatusCode.Forbidden, next.StatusCode);
        await SuspendAsync("bob", suspended: false);
    }

    [Fact]
    public async Task Who_has_to_sign_in_again_comes_back_to_what_they_had_typed()
    {
        using var browser = portal.Browser();
        using var page = await browser.SignInAsync("ada", "/roles/auditor");
        using var again = await browser.PostAsync("/roles/auditor", ("subject", "north-approver-1"), ("reason", "Stands in for a colleague"));
        Assert.Equal("/roles/auditor", browser.Here.AbsolutePath); // over the provider, which asked for no more than it had
        Assert.Contains("You have signed in again", browser.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"north-approver-1\"", browser.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"Stands in for a colleague\"", browser.Text, StringComparison.Ordinal);
        Assert.Empty(await portal.Gateway.InDatabaseAsync(db => db.Changes.ToListAsync())); // its people cannot prove a strong sign-in: nothing was proposed
    }

    [Fact]
    public async Task What_was_typed_is_still_there_after_a_lost_session()
    {
        using var browser = portal.Browser();
        using var home = await browser.SignInAsync("ada");
        using var page = await browser.GoAsync("/sign-out"); // any page with a form: its token is what counts
        await portal.Gateway.InDatabaseAsync(db => db.Sessions.ExecuteUpdateAsync(set => set.SetProperty(s => s.ExpiresAt, DateTimeOffset.UnixEpoch)));

        using var lost = await browser.SendAsync(
            HttpMethod.Post,
            new("/my/call-recorder/ask", UriKind.Relative),
            new FormUrlEncodedContent([KeyValuePair.Create("reason", "Night cover"), KeyValuePair.Create("_key", "k")])
        );
        Assert.Equal(HttpStatusCode.Redirect, lost.StatusCode);
        var kept = browser.Cookies.GetCookies(portal.Gateway.Url)["entitlements.kept"];
        Assert.NotNull(kept);
        Assert.DoesNotContain("Night", kept.Value, StringComparison.Ordinal); // sealed
    }

    [Trait("Abuse", "58")]
    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/%0d%0aLocation:%20https://evil.example")]
    public async Task Nobody_is_sent_on_to_another_site(string to)
    {
        using var browser = portal.Browser();
        using var language = await browser.SendAsync(HttpMethod.Get, new($"/language/cy?to={Uri.EscapeDataString(to)}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, language.StatusCode);
        Assert.Equal(portal.Gateway.Url.Authority, new Uri(portal.Gateway.Url, language.Headers.Location!).Authority);

        using var signedIn = await browser.SignInAsync("ada", $"/sign-in?to={Uri.EscapeDataString(to)}");
        Assert.Equal(portal.Gateway.Url.Authority, browser.Here.Authority);
        Assert.NotEqual("javascript", browser.Here.Scheme);
    }

    [Trait("Abuse", "58")]
    [Fact]
    public async Task An_answer_that_nobody_asked_for_signs_nobody_in()
    {
        using var victim = portal.Browser();
        using var answer = await victim.SendAsync(HttpMethod.Get, new("/signin-oidc/provider-1?code=stolen&state=forged", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.StartsWith("/sign-in?failed", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Null(victim.Cookies.GetCookies(portal.Gateway.Url)["entitlements"]);
    }

    private Task<List<string>> SessionsAsync() => portal.Gateway.InDatabaseAsync(db => db.Sessions.Select(s => s.Id).ToListAsync());

    private Task<int> SuspendAsync(string id, bool suspended) =>
        portal.Gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == id && s.Issuer == portal.Issuer).ExecuteUpdateAsync(set => set.SetProperty(s => s.Suspended, suspended))
        );
}
