using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

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
            Assert.EndsWith($"form-action 'self' {portal.Issuer}", policy, StringComparison.Ordinal); // where somebody is sent to sign in again
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

    [Fact]
    public async Task While_the_database_is_away_a_page_says_what_to_do()
    {
        await using var gateway = await TestGateway.StartAsync(postgres: null, PortalSessions.Settings);
        using var browser = await gateway.OnPortalAsync("north-auditor");
        await gateway.InDatabaseAsync(db => db.Database.ExecuteSqlRawAsync("alter table portal_session rename to portal_session_away"));
        using var answer = await browser.SendAsync(HttpMethod.Get, new("/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Contains("Nothing was changed, and nobody was given access", browser.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_looks_again_by_itself_keeps_no_session_alive()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var gateway = await TestGateway.StartAsync(
            services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)),
            postgres: null,
            PortalSessions.Settings
        );
        using var browser = await gateway.OnPortalAsync("north-auditor");
        var end = await EndAsync(gateway);
        clock.Advance(TimeSpan.FromMinutes(20));
        using var again = await browser.SendAsync(HttpMethod.Get, new("/requests", UriKind.Relative), content: null, ("Sec-Fetch-Dest", "empty"));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(end, await EndAsync(gateway));
        using var tapped = await browser.SendAsync(HttpMethod.Get, new("/requests", UriKind.Relative));
        Assert.Equal(end + TimeSpan.FromMinutes(20), await EndAsync(gateway));
    }

    [Fact]
    public async Task A_form_changes_nothing_but_what_was_seen_however_often_it_is_shown_again()
    {
        await using var gateway = await TestGateway.StartAsync(postgres: null, PortalSessions.Settings);
        await gateway.AddCrowdAsync("north");
        using var admin = gateway.As("north-role-admin");
        await (await admin.PutAsync("/v1/tenants/north/roles/crew", new { name = "Crew" })).ShouldBeAsync(HttpStatusCode.OK);
        await gateway.OpenAppAsync("recorder", "crew");
        using var owner = await gateway.OnPortalAsync("north-app-owner");
        using var page = await owner.GoAsync("/apps/recorder/rule");
        var seen = owner.Hidden().ToDictionary()["_version"];
        using var api = gateway.As("north-app-owner");
        await (await api.PutAsync("/v1/apps/recorder/rules/north", new { roles = Array.Empty<string>() }, seen)).ShouldBeAsync(HttpStatusCode.OK);

        using var unexplained = await owner.PostAsync("/apps/recorder/rule", ("roles", "crew"), ("device", "known"));
        Assert.Equal(HttpStatusCode.BadRequest, unexplained.StatusCode);
        Assert.Equal(seen, owner.Hidden().ToDictionary()["_version"]);
        using var old = await owner.PostAsync("/apps/recorder/rule", ("roles", "crew"), ("device", "known"), ("reason", "Audits it"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, old.StatusCode);
        Assert.Contains("Somebody has changed this since you opened the page", owner.Text, StringComparison.Ordinal);
        Assert.NotEqual(seen, owner.Hidden().ToDictionary()["_version"]);
    }

    private static Task<DateTimeOffset> EndAsync(TestGateway gateway) => gateway.InDatabaseAsync(db => db.Sessions.Select(s => s.ExpiresAt).SingleAsync());
}
