using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Issuance;
using Entitlements.Gateway.Tests.Redis;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Entitlements.Gateway.Tests.Consistency;

/// <summary>An acknowledged revocation is final on every replica, and an outage never opens anything.</summary>
public sealed class ReplicaTests(PostgresServer postgres)
{
    [Fact]
    [Trait("Abuse", "1")]
    public async Task What_one_replica_takes_away_every_other_refuses_as_soon_as_it_is_acknowledged()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        for (var round = 0; round < 10; round++)
        {
            Assert.True(await Replicas.MayAsync(replicas.First), "what was granted is seen at once");
            Assert.True(await Replicas.MayAsync(replicas.Second), "and by the others");
            var by = replicas.All[round % 2];
            var done = await (await Replicas.RevokeAsync(by)).ShouldBeAsync(HttpStatusCode.OK);
            Assert.True((bool)done["effective"]!);
            Assert.All(await Task.WhenAll(replicas.All.Select(replica => Replicas.MayAsync(replica))), Assert.False);
            Assert.All(
                await Task.WhenAll(
                    replicas.All.Select(async r => (long)(await (await Replicas.AskAsync(r)).ShouldBeAsync(HttpStatusCode.OK))["context"]!["revision"]!)
                ),
                revision => Assert.True(revision >= (long)done["revision"]!)
            );
            await Replicas.GrantAsync(replicas.All[(round + 1) % 2]);
        }
    }

    [Fact]
    public async Task A_client_removed_on_one_replica_is_nobody_on_every_other_as_soon_as_it_is_acknowledged()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        for (var round = 0; round < 5; round++)
        {
            Assert.True(await Replicas.MayAsync(replicas.Second));
            Assert.True(await Replicas.MayAsync(replicas.First));
            using var removal = new HttpRequestMessage(HttpMethod.Delete, "/v1/clients/store?reason=test");
            var admin = replicas.All[round % 2].As("platform-admin-1");
            removal.Headers.TryAddWithoutValidation("If-Match", (await admin.GetAsync("/v1/clients/store")).Headers.ETag!.Tag);
            await (await admin.SendAsync(removal)).ShouldBeAsync(HttpStatusCode.OK);
            foreach (var replica in replicas.All)
            {
                await (await Replicas.AskAsync(replica)).ShouldBeAsync(HttpStatusCode.Forbidden);
            }
            await replicas.First.RegisterClientAsync("store", ["north"], Scopes.Evaluate, Scopes.Issue);
        }
    }

    [Fact]
    [Trait("Abuse", "81")]
    public async Task A_silent_replica_is_waited_for_once_and_swept()
    {
        await using var replicas = await Replicas.StartAsync(postgres, ("Consistency:Lease", "00:00:01"));
        await replicas.SqlAsync("insert into replica_lease (inc, replica, seq, conf) values (gen_random_uuid(), 'frozen', 7, 0)");
        var done = await (await Replicas.RevokeAsync(replicas.First)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)done["effective"]!);
        Assert.Equal(0L, await replicas.SqlAsync("select count(*) from replica_lease where replica = 'frozen'"));
        Assert.Equal(2L, await replicas.SqlAsync("select count(*) from replica_lease"));
        var admin = replicas.First.As("north-role-admin");
        for (var more = 0; more < 49; more++) // nobody waits for it again
        {
            var suspended = await (await admin.PostAsync("/v1/tenants/north/subjects/officer/suspend", new { reason = "test" })).ShouldBeAsync(
                HttpStatusCode.OK
            );
            Assert.True((bool)suspended["effective"]!);
        }
    }

    [Fact]
    [Trait("Abuse", "4")]
    [Trait("Abuse", "5")]
    public async Task Who_renews_and_does_not_confirm_holds_the_acknowledgement_up_and_a_repeat_waits_again()
    {
        await using var replicas = await Replicas.StartAsync(postgres, ("Consistency:Lease", "00:00:01"));
        await replicas.SqlAsync("insert into replica_lease (inc, replica, seq, conf) values (gen_random_uuid(), 'stuck', 0, 0)");
        using var stop = new CancellationTokenSource();
        var renewing = RenewAsync(replicas, stop.Token);
        var late = await (await Replicas.RevokeAsync(replicas.First, key: "once")).ShouldBeAsync(HttpStatusCode.Accepted);
        Assert.False((bool)late["effective"]!);
        var granted = await replicas.First.As("north-role-admin").PutAsJsonAsync($"{Replicas.Assignment}?reason=test", new { });
        Assert.False((bool)(await granted.ShouldBeAsync(HttpStatusCode.Accepted))["effective"]!); // nor is a grant said to be in force
        await stop.CancelAsync();
        await renewing;
        await replicas.SqlAsync("delete from replica_lease where replica = 'stuck'");
        using var again = new HttpRequestMessage(HttpMethod.Delete, $"{Replicas.Assignment}?reason=test");
        again.Headers.Add("Idempotency-Key", "once");
        var done = await (await replicas.Second.As("north-role-admin").SendAsync(again)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)done["effective"]!);

        static async Task RenewAsync(Replicas replicas, CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                await replicas.SqlAsync("update replica_lease set seq = seq + 1 where replica = 'stuck'");
            }
        }
    }

    [Fact]
    public async Task Without_the_primary_nothing_is_allowed_once_the_lease_has_ended_and_all_comes_back_by_itself()
    {
        await using var replicas = await Replicas.StartAsync(postgres, ("Consistency:Lease", "00:00:01"));
        Assert.True(await Replicas.MayAsync(replicas.First));
        await using (var holder = new NpgsqlConnection(replicas.Database))
        {
            await holder.OpenAsync();
            await using var transaction = await holder.BeginTransactionAsync();
            await new NpgsqlCommand("lock table replica_lease in access exclusive mode", holder).ExecuteNonQueryAsync();
            foreach (var replica in replicas.All)
            {
                await Replicas.UntilAnswersAsync(replica, HttpStatusCode.ServiceUnavailable);
                var refused = await Replicas.AskAsync(replica);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
                Assert.NotNull(refused.Headers.RetryAfter);
                Assert.DoesNotContain("decision", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await replica.Anonymous().GetAsync("/health/ready")).StatusCode);
            }
        }
        foreach (var replica in replicas.All)
        {
            await Replicas.UntilAnswersAsync(replica, HttpStatusCode.OK);
            Assert.True(await Replicas.MayAsync(replica));
        }
    }

    [Fact]
    public async Task A_swept_replica_forgets_what_it_knew_and_comes_back_as_another()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        Assert.True(await Replicas.MayAsync(replicas.Second));
        var before = await replicas.SqlAsync("select string_agg(inc::text, ',') from replica_lease");
        await replicas.SqlAsync("delete from replica_lease");
        await Replicas.UntilAsync(async () => await replicas.SqlAsync("select count(*) from replica_lease where conf >= 0") is 2L);
        Assert.DoesNotContain((string)(await replicas.SqlAsync("select min(inc::text) from replica_lease"))!, (string)before!, StringComparison.Ordinal);
        Assert.True(await Replicas.MayAsync(replicas.Second));
        await (await Replicas.RevokeAsync(replicas.First)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False(await Replicas.MayAsync(replicas.Second));
    }

    [Fact]
    public async Task A_revision_whose_scopes_are_not_on_record_empties_the_cache()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        Assert.True(await Replicas.MayAsync(replicas.First));
        var revision = await replicas.SqlAsync("delete from role_assignment where role = 'beat'; update authz_rev set rev = rev + 1 returning rev");
        Assert.False(await Replicas.MayAsync(replicas.First, (long)revision!));
    }

    [Fact]
    [Trait("Abuse", "14")]
    public async Task A_database_that_went_back_in_time_allows_nothing_to_anybody_until_it_is_recovered()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        Assert.True(await Replicas.MayAsync(replicas.First));
        await replicas.SqlAsync("update authz_rev set rev = rev - 1");
        await Replicas.UntilAnswersAsync(replicas.First, HttpStatusCode.ServiceUnavailable);
        await Replicas.UntilAnswersAsync(replicas.Second, HttpStatusCode.ServiceUnavailable);
        await Replicas.UntilAsync(async () => await replicas.SqlAsync("select safe_mode_since is not null from installation") is true);
        await replicas.SqlAsync("update authz_rev set rev = rev + 100"); // that the number grew again proves nothing
        var third = replicas.Join();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Replicas.AskAsync(third)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Replicas.AskAsync(replicas.First)).StatusCode);
        Assert.Equal(1L, await replicas.SqlAsync("select count(*) from audit_event where kind = 'safe_mode.entered'"));

        await (await replicas.First.As("platform-admin-1").DeleteAsync("/v1/installation/safe-mode?reason=test")).ShouldBeAsync(HttpStatusCode.Conflict); // nobody recovered it yet
        await replicas.SqlAsync("update installation set recovered_at = clock_timestamp(), recoveries = recoveries + 1"); // as `recover` does
        await replicas.EndSafeModeAsync();
        foreach (var replica in replicas.All)
        {
            await Replicas.UntilAnswersAsync(replica, HttpStatusCode.OK);
        }
    }

    [Fact]
    [Trait("Abuse", "16")]
    public async Task A_right_ends_on_its_last_instant_though_the_allow_lies_in_every_cache()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var end = TimeProvider.System.GetUtcNow().AddSeconds(3);
        var admin = replicas.First.As("north-role-admin");
        using var put = new HttpRequestMessage(HttpMethod.Put, $"{Replicas.Assignment}?reason=test") { Content = JsonContent.Create(new { not_after = end }) };
        put.Headers.TryAddWithoutValidation("If-Match", (await admin.GetAsync(Replicas.Assignment)).Headers.ETag!.Tag);
        await (await admin.SendAsync(put)).ShouldBeAsync(HttpStatusCode.OK);
        bool seenAllowed = false,
            seenDenied = false;
        while (!seenDenied)
        {
            foreach (var replica in replicas.All)
            {
                var answer = await (await Replicas.AskAsync(replica)).ShouldBeAsync(HttpStatusCode.OK);
                var (allowed, at) = ((bool)answer["decision"]!, (DateTimeOffset)answer["context"]!["evaluated_at"]!);
                Assert.True(!allowed || at < end, $"allowed at {at:O}, ended at {end:O}");
                seenAllowed |= allowed;
                seenDenied |= !allowed && at >= end;
            }
        }
        Assert.True(seenAllowed);
    }

    [Fact]
    [Trait("Abuse", "17")]
    public async Task A_revision_that_has_not_come_is_waited_for_and_then_not_guessed()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        Assert.True(await Replicas.MayAsync(replicas.First));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Replicas.AskAsync(replicas.First, minRevision: 1_000_000)).StatusCode);
    }

    [Fact]
    [Trait("Abuse", "20")]
    public async Task Nothing_between_may_keep_an_answer()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var store = replicas.First.AsClient("store", Gateway.Identity.Scopes.Evaluate);
        store.DefaultRequestHeaders.TryAddWithoutValidation("Cache-Control", "max-stale=3600, only-if-cached");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            var answer = await store.PostAsync(
                "/access/v1/evaluation",
                new
                {
                    subject = new { type = "user", id = "officer" },
                    action = new { name = "download" },
                    resource = new { type = "app", id = "notebook" },
                }
            );
            Assert.True(answer.Headers.CacheControl!.NoStore);
            Assert.True(ids.Add((string)(await answer.ShouldBeAsync(HttpStatusCode.OK))["context"]!["evaluation_id"]!));
        }
    }

    [Fact]
    [Trait("Abuse", "75")]
    public async Task Under_far_more_load_than_it_takes_a_replica_sheds_and_never_allows_and_keeps_its_lease()
    {
        await using var replicas = await Replicas.StartAsync(postgres, ("RateLimits:CallerPerSecond", "50"), ("RateLimits:Concurrent", "20"));
        await (await Replicas.RevokeAsync(replicas.First)).ShouldBeAsync(HttpStatusCode.OK);
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Replicas.AskAsync(replicas.Second)));
        Assert.All(
            answers,
            answer =>
                Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.ServiceUnavailable])
        );
        Assert.Contains(answers, answer => answer.StatusCode != HttpStatusCode.OK);
        foreach (var answer in answers.Where(a => a.StatusCode == HttpStatusCode.OK))
        {
            Assert.False((bool)(await answer.ShouldBeAsync(HttpStatusCode.OK))["decision"]!);
        }
        var lease = replicas.Second.Services.GetRequiredService<Replica>();
        Assert.NotNull(lease.Current);
        var before = lease.Current.Expires;
        await Replicas.UntilAsync(() => Task.FromResult(lease.Current is { } view && view.Expires > before));
    }

    [Fact]
    [Trait("Abuse", "32")]
    public async Task A_stream_of_one_replica_is_cut_before_a_revocation_at_another_is_acknowledged()
    {
        await using var world = await IssuingWorld.StartAsync(
            postgres,
            EachDatabase.Postgres,
            IssuingWorld.Bytes(64 * 1024 * 1024),
            ("Consistency:Mode", "Leased")
        );
        var database = world.Gateway.Services.GetRequiredService<IOptions<StorageOptions>>().Value.ConnectionString!;
        await using var other = TestGateway.Join(
            world.Gateway,
            database,
            ("Consistency:Mode", "Leased"),
            ("Artifacts:Root", Path.Combine(world.Gateway.Folder, "artifacts")),
            ("PublicUrl", world.Gateway.Url.GetLeftPart(UriPartial.Authority))
        );
        var (token, url) = await world.SessionAsync();
        using var running = await world.FetchAsync(new Uri(other.Url, url.PathAndQuery), token);
        await using var stream = await running.Content.ReadAsStreamAsync();
        Assert.Equal(1, await stream.ReadAtLeastAsync(new byte[1], 1));
        var live = Assert.Single(other.Services.GetRequiredService<LiveStreams>().Running);
        await world.BarAsync(Engine.Decisions.Bars.Suspended); // at the first replica
        Assert.True(live.Cut.IsCancellationRequested);
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null));
    }

    [Fact]
    [Trait("Abuse", "15")]
    public async Task What_was_taken_away_stays_away_from_a_replica_whose_clock_is_behind()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        await (await Replicas.RevokeAsync(replicas.First)).ShouldBeAsync(HttpStatusCode.OK);
        await replicas.SqlAsync("update role_assignment set not_after = now() + interval '1 hour' where role = 'beat'"); // as seen by a clock that is an hour behind
        Assert.False(await Replicas.MayAsync(replicas.Second));
    }

    /// <remarks>The queue holds 8 GiB: what the database says of it is put in its place.</remarks>
    [Fact]
    public async Task A_full_queue_of_notifications_holds_up_no_revocation()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            await using var shadow = new NpgsqlCommand(
                """
                create schema shadow;
                create function shadow.pg_notification_queue_usage() returns double precision language sql as 'select 1::double precision';
                create function shadow.pg_notify(text, text) returns void language plpgsql as $$
                begin raise exception 'too many notifications in the NOTIFY queue' using errcode = '54000'; end $$;
                do $$ begin execute format('alter database %I set search_path = shadow, pg_catalog, public', current_database()); end $$;
                """,
                connection
            );
            await shadow.ExecuteNonQueryAsync();
            NpgsqlConnection.ClearPool(connection);
        }
        await using var gateway = await TestGateway.StartAsync(null, database, ("Consistency:Mode", "Leased"));
        await gateway.AddPersonAsync("north", "officer");
        var done = await (await gateway.As("north-role-admin").PostAsync("/v1/tenants/north/subjects/officer/suspend", new { reason = "test" })).ShouldBeAsync(
            HttpStatusCode.OK
        );
        Assert.True((bool)done["effective"]!);
    }

    /// <remarks>An assignment put in by hand raises no revision: nothing tells the cache.</remarks>
    [Fact]
    public async Task A_denial_that_the_truth_would_not_give_is_counted_and_mended()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        await (await Replicas.RevokeAsync(replicas.First)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False(await Replicas.MayAsync(replicas.First));
        await replicas.SqlAsync("update role_assignment set ended = false, not_after = null where role = 'beat'");
        Assert.False(await Replicas.MayAsync(replicas.First));
        using var counts = new Counts(replicas.First);
        await Replicas.UntilAsync(() => Replicas.MayAsync(replicas.First));
        Assert.Equal(1, counts.Of("entitlements.denials.checked True"));
    }

    [Fact]
    public async Task A_thousand_who_ask_the_same_read_the_truth_once_or_twice()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        await Replicas.MayAsync(replicas.First); // connections and code are warm; the key of the other person is not
        using var counts = new Counts(replicas.First);
        var store = replicas.First;
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Replicas.AskAsync(store, person: "north-approver-1")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.InRange(counts.Found("truth"), 1, 2);
    }
}
