using System.Net;
using System.Net.Http.Headers;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Issuance;

/// <summary>Forward-auth, asked directly and by a real nginx that serves the files.</summary>
public sealed class ForwardAuthTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task It_lets_a_live_session_fetch_its_own_release_and_nothing_else(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var unspent = await world.TokenAsync();
        var (token, _) = await world.SessionAsync();
        var own = $"/artifacts/{world.Sha256}";
        var yes = await AskAsync(world, token, own);
        Assert.Equal((HttpStatusCode.OK, "officer"), (yes.StatusCode, yes.Headers.GetValues("X-Entitlement-Subject").Single()));
        Assert.True(yes.Headers.CacheControl?.NoStore);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(world, token, own + "?x=1", HttpMethod.Head)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(world, unspent, own)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(world, token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(world, token, own, HttpMethod.Get, own)).StatusCode); // abuse 35: the header twice
        var challenge = await AskAsync(world, null, own);
        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (challenge.StatusCode, challenge.Headers.WwwAuthenticate.Single().Scheme));
        foreach (var odd in Odd(world.Sha256))
        {
            Assert.True(HttpStatusCode.Forbidden == (await AskAsync(world, token, odd)).StatusCode, odd);
        }
        await world.BarAsync(Bars.Suspended);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(world, token, own)).StatusCode);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_session_that_ended_a_swapped_row_and_a_database_that_went_back_let_nothing_through(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await world.ReviseAsync(_ => Task.CompletedTask);
        var (token, _) = await world.SessionAsync();
        var own = $"/artifacts/{world.Sha256}";
        await world.Gateway.InDatabaseAsync(db => db.Releases.ExecuteUpdateAsync(set => set.SetProperty(r => r.ReleaseVersion, "1.1")));
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(world, token, own)).StatusCode);
        await world.Gateway.InDatabaseAsync(db => db.Releases.ExecuteUpdateAsync(set => set.SetProperty(r => r.ReleaseVersion, "1.0")));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(world, token, own)).StatusCode);
        var old = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(16);
        await world.Gateway.InDatabaseAsync(db => db.Redemptions.ExecuteUpdateAsync(set => set.SetProperty(r => r.LastByteAt, old)));
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(world, token, own)).StatusCode);

        var (other, _) = await world.SessionAsync();
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(world, other, own)).StatusCode);
        await world.Gateway.InDatabaseAsync(db => db.Set<RevisionRow>().ExecuteUpdateAsync(set => set.SetProperty(r => r.Rev, r => r.Rev - 1)));
        var refused = (await AskAsync(world, other, own)).StatusCode; // a replica that knew better says that it cannot say
        Assert.Equal(database == EachDatabase.Postgres ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.Forbidden, refused);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Behind_nginx_the_path_that_is_served_is_the_path_that_was_judged(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await using var nginx = await NginxServer.StartAsync(world.Gateway.Url);
        var other = new string('0', 64);
        await File.WriteAllBytesAsync(Path.Combine(nginx.Files, world.Sha256), world.File);
        await File.WriteAllTextAsync(Path.Combine(nginx.Files, other), "another app");
        var (token, _) = await world.SessionAsync();

        var served = await FetchAsync(nginx, $"/artifacts/{world.Sha256}", token);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        Assert.Equal(world.File, await served.Content.ReadAsByteArrayAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, (await FetchAsync(nginx, $"/artifacts/{world.Sha256}", null)).StatusCode);
        foreach (
            var odd in Odd(world.Sha256)
                .Append($"/artifacts/{other}")
                .Append($"/artifacts/{world.Sha256}/../{other}")
                .Append($"/artifacts/{world.Sha256}/%2e%2e/{other}")
        )
        {
            var answer = await FetchAsync(nginx, odd, token);
            Assert.True(answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{odd}: {answer.StatusCode}");
        }
        await world.EndAssignmentAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await FetchAsync(nginx, $"/artifacts/{world.Sha256}", token)).StatusCode);
    }

    /// <summary>Abuse 28: ways to spell the release's path, or one below it, that a file server may read differently.</summary>
    private static string[] Odd(string sha256) =>
        [
            $"//artifacts/{sha256}",
            $"/artifacts//{sha256}",
            $"/artifacts/./{sha256}",
            $"/artifacts/x/../{sha256}",
            $"/artifacts/%2e%2e/artifacts/{sha256}",
            $"/artifacts/%252e%252e/{sha256}",
            $"/artifacts/..%2f{sha256}",
            $"/artifacts/{sha256}/",
            $"/artifacts/{sha256}%00",
            $"/artifacts/{sha256}.",
            $"/artifacts/{sha256}%20",
            $"/artifacts/{sha256[..^1]}%{(int)sha256[^1]:x2}",
            $"/Artifacts/{sha256}",
            $"/artifacts/{sha256.ToUpperInvariant()}x",
            $"\\artifacts\\{sha256}",
            $"http://elsewhere/artifacts/{sha256}",
            "/artifacts/",
            "/",
        ];

    private static async Task<HttpResponseMessage> AskAsync(
        IssuingWorld world,
        string? token,
        string? path = null,
        HttpMethod? method = null,
        string? again = null
    )
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, "/v1/forward-auth");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        foreach (var value in new[] { path, again }.OfType<string>())
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-Uri", value);
        }
        return await world.Gateway.Anonymous().SendAsync(request);
    }

    private static async Task<HttpResponseMessage> FetchAsync(NginxServer nginx, string path, string? token)
    {
        var exact = new Uri(
            nginx.Url.GetLeftPart(UriPartial.Authority) + (path.StartsWith('/') ? path : "/" + path),
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, exact);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Uri", "/artifacts/spoofed");
        using var http = new HttpClient();
        return await http.SendAsync(request);
    }
}
