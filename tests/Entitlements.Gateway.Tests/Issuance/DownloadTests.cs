using System.Net;
using System.Security.Cryptography;
using Entitlements.Edge.Downloads;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Issuance;

/// <summary>Redeeming and fetching: once, by the right holder, for as long as the right stands.</summary>
public sealed class DownloadTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_file_arrives_whole_and_in_ranges(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var (token, url) = await world.SessionAsync();
        var whole = await world.FetchAsync(url, token);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        Assert.Equal(world.File, await whole.Content.ReadAsByteArrayAsync());
        var rest = await world.FetchAsync(url, token, from: 1_500_000);
        Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
        Assert.Equal(world.File.AsSpan(1_500_000).ToArray(), await rest.Content.ReadAsByteArrayAsync());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_session_opens_to_the_token_that_made_it_only(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var (token, url) = await world.SessionAsync();
        var (other, _) = await world.SessionAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await world.FetchAsync(url, other)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Gateway.Anonymous().GetAsync(url)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.FetchAsync(url, world.Gateway.Issuer.PersonToken("officer"))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await world.FetchAsync(new(world.Gateway.Url, "/v1/downloads/" + new string('0', 32)), token)).StatusCode);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_same_token_and_key_are_answered_alike_and_another_key_is_told_that_it_is_spent(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var token = await world.TokenAsync();
        var first = await (await world.RedeemAsync(token, "k")).ShouldBeAsync(HttpStatusCode.Created);
        var again = await (await world.RedeemAsync(token, "k")).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal((string?)first["id"], (string?)again["id"]);
        var spent = await (await world.RedeemAsync(token, "other")).ShouldBeAsync(HttpStatusCode.Conflict);
        Assert.DoesNotContain((string)first["id"]!, spent.ToJsonString(), StringComparison.Ordinal);
        await (await world.RedeemAsync(token)).ShouldBeAsync(HttpStatusCode.Conflict);
        var late = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(5);
        await world.Gateway.InDatabaseAsync(db => db.Redemptions.ExecuteUpdateAsync(set => set.SetProperty(r => r.RedeemedAt, late)));
        await (await world.RedeemAsync(token, "k")).ShouldBeAsync(HttpStatusCode.Conflict);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "22")]
    [Trait("Abuse", "23")]
    public async Task Abuse_22_and_23_what_was_taken_away_cannot_be_redeemed(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var (held, listed) = (await world.TokenAsync(), await world.TokenAsync());
        await world.BarAsync(Bars.Suspended);
        var gone = await (await world.RedeemAsync(held)).ShouldBeAsync(HttpStatusCode.Gone);
        Assert.Equal("app_suspended", (string?)gone["context"]!["reasons"]![0]!["code"]);
        await world.EndAssignmentAsync();
        await (await world.RedeemAsync(listed)).ShouldBeAsync(HttpStatusCode.Gone);
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.Redemptions.CountAsync()));
        Assert.Equal(2, await world.Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(a => a.Kind == "redemption.refused")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "31")]
    public async Task Abuse_31_a_session_that_ended_is_gone(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var (token, url) = await world.SessionAsync();
        var old = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(16);
        await world.Gateway.InDatabaseAsync(db => db.Redemptions.ExecuteUpdateAsync(set => set.SetProperty(r => r.LastByteAt, old)));
        Assert.Equal(HttpStatusCode.Gone, (await world.FetchAsync(url, token)).StatusCode);
        var (busy, address) = await world.SessionAsync();
        var begun = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(4);
        await world.Gateway.InDatabaseAsync(db => db.Redemptions.ExecuteUpdateAsync(set => set.SetProperty(r => r.RedeemedAt, begun)));
        Assert.Equal(HttpStatusCode.Gone, (await world.FetchAsync(address, busy)).StatusCode); // its last byte was just now
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_database_that_went_back_in_time_redeems_serves_and_vouches_for_nothing(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await world.ReviseAsync(_ => Task.CompletedTask);
        var unspent = await world.TokenAsync();
        var (token, url) = await world.SessionAsync();
        await world.Gateway.InDatabaseAsync(db => db.Set<RevisionRow>().ExecuteUpdateAsync(set => set.SetProperty(r => r.Rev, r => r.Rev - 1)));
        await (await world.RedeemAsync(unspent)).ShouldBeAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.FetchAsync(url, token)).StatusCode);
        using var form = new FormUrlEncodedContent([new("token", unspent)]);
        var asked = await world.Gateway.AsClient("store", Scopes.Redeem).PostAsync("/v1/entitlements/introspect", form);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, asked.StatusCode); // neither active nor not
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.Redemptions.CountAsync()));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_withdrawn_app_or_yanked_release_lets_what_was_begun_finish_and_voids_the_rest(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var (token, url) = await world.SessionAsync();
        var unspent = await world.TokenAsync();
        await world.BarAsync(Bars.Withdrawn, releaseOnly: true);
        await world.BarAsync(Bars.Withdrawn);
        Assert.Equal(HttpStatusCode.OK, (await world.FetchAsync(url, token)).StatusCode);
        await (await world.RedeemAsync(unspent)).ShouldBeAsync(HttpStatusCode.Gone);
        await world.BarAsync(Bars.Recalled);
        Assert.Equal(HttpStatusCode.Gone, (await world.FetchAsync(url, token)).StatusCode);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "32")]
    public async Task A_kill_switch_cuts_a_running_stream_before_it_is_acknowledged(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database, IssuingWorld.Bytes(64 * 1024 * 1024));
        var (token, url) = await world.SessionAsync();
        using var running = await world.FetchAsync(url, token);
        await using var stream = await running.Content.ReadAsStreamAsync();
        Assert.Equal(1, await stream.ReadAtLeastAsync(new byte[1], 1)); // it runs, and the client does not read on
        var live = Assert.Single(world.Gateway.Services.GetRequiredService<LiveStreams>().Running);
        await world.BarAsync(Bars.Suspended); // returns once it is in force
        Assert.True(live.Cut.IsCancellationRequested); // cut already, not at the next chunk that nobody asks for
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null));
        Assert.Equal(HttpStatusCode.Gone, (await world.FetchAsync(url, token)).StatusCode);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_stream_ends_with_the_right_behind_it_though_nothing_is_written_then(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var (token, url) = await world.SessionAsync();
        await using var scope = world.Gateway.Services.CreateAsyncScope(); // as long as one request
        var (sessions, session) = (scope.ServiceProvider.GetRequiredService<IDownloadSessions>(), url.Segments[^1]);
        Assert.IsType<OpenOutcome.Open>(await sessions.OpenAsync(session, token, default));
        var clock = world.Gateway.Services.GetRequiredService<TimeProvider>(); // the primary's, and rather too late than too early
        var end = clock.GetUtcNow().AddSeconds(1);
        await world.ReviseAsync(db => db.Assignments.Where(a => a.Role == "negotiator").ExecuteUpdateAsync(set => set.SetProperty(a => a.NotAfter, end)));
        ContinueOutcome answer;
        do
        {
            answer = await sessions.ContinueAsync(session, token, sent: 1, default);
        } while (answer == ContinueOutcome.GoOn && clock.GetUtcNow() < end.AddSeconds(1));
        Assert.Equal(ContinueOutcome.Stop, answer);
        Assert.True(clock.GetUtcNow() >= end);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "37")]
    public async Task Abuse_37_a_file_swapped_after_issue_breaks_off_and_a_swapped_row_is_gone(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var (token, url) = await world.SessionAsync();
        var swapped = (byte[])world.File.Clone();
        swapped[^1] ^= 1;
        await File.WriteAllBytesAsync(world.StoredFile, swapped);
        using var running = await world.FetchAsync(url, token);
        await Assert.ThrowsAnyAsync<Exception>(() => running.Content.ReadAsByteArrayAsync());

        var unspent = await world.TokenAsync();
        var other = Convert.ToHexStringLower(SHA256.HashData(swapped));
        await world.Gateway.InDatabaseAsync(async db =>
        {
            db.Artifacts.Add(
                new()
                {
                    Sha256 = other,
                    Size = swapped.Length,
                    Blocks = [],
                }
            );
            await db.SaveChangesAsync();
            await db.Database.ExecuteSqlAsync($"update release set sha256 = {other}");
        });
        Assert.Equal(HttpStatusCode.Gone, (await world.FetchAsync(url, token)).StatusCode);
        Assert.Equal("""{"active":false}""", (await world.IntrospectAsync(unspent)).ToJsonString());
        await (await world.RedeemAsync(unspent)).ShouldBeAsync(HttpStatusCode.Gone);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_lost_artifact_store_spends_no_token_and_hides_no_other_refusal(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var (spent, _) = await world.SessionAsync();
        var token = await world.TokenAsync();
        var root = Path.GetDirectoryName(Path.GetDirectoryName(world.StoredFile))!;
        Directory.Move(root, root + "-lost");
        await (await world.RedeemAsync("a.b.c")).ShouldBeAsync(HttpStatusCode.Unauthorized);
        await (await world.RedeemAsync(spent)).ShouldBeAsync(HttpStatusCode.Conflict);
        await (await world.RedeemAsync(token)).ShouldBeAsync(HttpStatusCode.ServiceUnavailable);
        Directory.Move(root + "-lost", root);
        await (await world.RedeemAsync(token)).ShouldBeAsync(HttpStatusCode.Created);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "24")]
    public async Task Introspection_says_active_until_it_is_spent_revoked_or_asked_by_another_force(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var token = await world.TokenAsync();
        var active = await world.IntrospectAsync(token);
        Assert.True((bool)active["active"]!);
        Assert.Equal("officer", (string?)active["sub"]);
        Assert.Equal("""{"active":false}""", (await world.IntrospectAsync(token, "south-store")).ToJsonString()); // abuse 24
        Assert.Equal("""{"active":false}""", (await world.IntrospectAsync("rubbish")).ToJsonString());
        await (await world.RedeemAsync(token)).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal("""{"active":false}""", (await world.IntrospectAsync(token)).ToJsonString());
        var second = await world.TokenAsync();
        await world.EndAssignmentAsync();
        Assert.Equal("""{"active":false}""", (await world.IntrospectAsync(second)).ToJsonString());
        var json = await (await world.Gateway.AsClient("store", Scopes.Redeem).PostAsync("/v1/entitlements/introspect", new { token })).ShouldBeAsync(
            HttpStatusCode.OK
        );
        Assert.False((bool)json["active"]!);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_entitlement_is_read_and_revoked_by_who_may_and_exists_for_nobody_else(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var issued = await world.IssueAsync();
        var path = $"/v1/entitlements/{issued["id"]}";
        var own = await (await world.Store.GetAsync(path)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(("issued", "officer", "phone"), ((string?)own["state"], (string?)own["subject"], (string?)own["device"]));
        var owner = await (await world.Gateway.As("north-app-owner").GetAsync(path)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Null(owner["subject"]);
        Assert.Null(owner["device"]);
        await world.Gateway.RegisterClientAsync("other-store", ["north"], Scopes.Issue);
        HttpClient[] strangers =
        [
            world.Gateway.As("south-dpo"),
            world.Gateway.As("south-app-owner"),
            world.Gateway.AsClient("south-store", Scopes.Issue),
            world.Gateway.AsClient("other-store", Scopes.Issue), // of the same force, but another
        ];
        foreach (var stranger in strangers)
        {
            await (await stranger.GetAsync(path)).ShouldBeAsync(HttpStatusCode.NotFound);
            await (await stranger.DeleteAsync(path)).ShouldBeAsync(HttpStatusCode.NotFound);
        }
        await (await world.Gateway.As("officer").GetAsync(path)).ShouldBeAsync(HttpStatusCode.Forbidden);
        var revoked = await (await world.Gateway.As("north-dpo").DeleteAsync($"{path}?reason=lost%20phone")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)revoked["effective"]!);
        Assert.Equal("revoked", (string?)(await (await world.Store.GetAsync(path)).ShouldBeAsync(HttpStatusCode.OK))["state"]);
        await (await world.RedeemAsync((string)issued["token"]!)).ShouldBeAsync(HttpStatusCode.Gone);
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(a => a.Kind == "entitlement.revoked")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_client_that_lost_the_tenant_or_has_another_issuer_finds_nothing_that_was_issued(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var path = $"/v1/entitlements/{(await world.IssueAsync())["id"]}";
        var elsewhere = "https://elsewhere.example";
        await world.Gateway.InDatabaseAsync(db => db.Entitlements.ExecuteUpdateAsync(set => set.SetProperty(e => e.ClientIssuer, elsewhere)));
        await (await world.Store.GetAsync(path)).ShouldBeAsync(HttpStatusCode.NotFound);
        await world.Gateway.InDatabaseAsync(db =>
            db.Entitlements.ExecuteUpdateAsync(set => set.SetProperty(e => e.ClientIssuer, world.Gateway.Issuer.Authority))
        );
        await (await world.Store.GetAsync(path)).ShouldBeAsync(HttpStatusCode.OK);
        await world.ReviseAsync(db => db.Clients.Where(c => c.ClientId == "store").ExecuteUpdateAsync(set => set.SetProperty(c => c.Tenants, ["south"])));
        await (await world.Store.GetAsync(path)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await world.Store.DeleteAsync(path)).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_was_issued_by_a_client_that_lost_its_registration_gets_nothing(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var token = await world.TokenAsync();
        await world.ReviseAsync(db => db.Clients.Where(c => c.ClientId == "store").ExecuteDeleteAsync());
        await (await world.RedeemAsync(token)).ShouldBeAsync(HttpStatusCode.Gone);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_edge_redeems_opens_and_goes_on_by_asking(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var edge = world.Gateway.AsClient("store", Scopes.Redeem);
        var foreign = world.Gateway.AsClient("south-store", Scopes.Redeem);
        var token = await world.TokenAsync();
        await (await foreign.PostAsync("/v1/edge/redemptions", new { token, can_serve = true })).ShouldBeAsync(HttpStatusCode.NotFound);
        var made = await (await edge.PostAsync("/v1/edge/redemptions", new { token, can_serve = true })).ShouldBeAsync(HttpStatusCode.Created);
        await (await edge.PostAsync("/v1/edge/redemptions", new { token, can_serve = true })).ShouldBeAsync(HttpStatusCode.Conflict);
        var session = $"/v1/edge/sessions/{made["id"]}";
        var opened = await (await edge.PostAsync($"{session}/open", new { token })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((world.Sha256, 2.0), ((string?)opened["sha256"], (double)opened["lease_seconds"]!));
        await (await edge.PostAsync($"{session}/continue", new { token, sent = 1 })).ShouldBeAsync(HttpStatusCode.NoContent);
        await (await foreign.PostAsync($"{session}/open", new { token })).ShouldBeAsync(HttpStatusCode.NotFound);
        await world.EndAssignmentAsync();
        await (await edge.PostAsync($"{session}/continue", new { token, sent = 1 })).ShouldBeAsync(HttpStatusCode.Gone);
        await (await edge.PostAsync($"{session}/open", new { token })).ShouldBeAsync(HttpStatusCode.Gone);
    }
}
