using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Redis;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Telling;

public sealed class WebhookTests(PostgresServer postgres, OutsideVerifier verifier) : IClassFixture<OutsideVerifier>
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_happened_is_told_signed_and_again_under_the_same_id_until_it_is_taken(string database)
    {
        await using var world = await TellingWorld.StartAsync(postgres, database);
        await using var receiver = await Receiver.StartAsync();
        using var counts = new Counts(world.Gateway);
        var secret = await world.RegisterAsync($"{receiver.Url}/hear");
        receiver.AnswerNext(500);
        await world.TellAsync(payload: new { what = "test", of = "Tŷ" });
        await world.WorkAsync();
        Assert.Equal(("waiting", 1, "status_500"), StateOf(Assert.Single(await world.DeliveriesAsync())));
        Assert.NotNull((await world.WebhookAsync())["failing_since"]);
        await world.WorkAsync();
        Assert.Single(receiver.All); // not before its time
        await world.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(2, receiver.All.Count);
        Assert.Equal(("delivered", 2, "delivered"), StateOf(Assert.Single(await world.DeliveriesAsync())));
        Assert.Null((await world.WebhookAsync())["failing_since"]);

        var (first, second) = (receiver.All[0], receiver.All[1]);
        Assert.Equal((first.Id, first.Body), (second.Id, second.Body));
        Assert.NotEqual(first.Headers["webhook-timestamp"], second.Headers["webhook-timestamp"]); // of each attempt anew
        Assert.Equal("application/cloudevents+json", second.Headers["content-type"]);
        Assert.Equal("/hear", second.Path);
        var sent = second.Event;
        Assert.Equal("1.0", (string?)sent["specversion"]);
        Assert.Equal(second.Id, (string?)sent["id"]);
        Assert.Equal("entitlements.test.happened.v1", (string?)sent["type"]);
        Assert.EndsWith("/v1/tenants/north", (string?)sent["source"], StringComparison.Ordinal);
        Assert.Equal("Tŷ", (string?)sent["data"]!["of"]);
        Assert.True((long)sent["data"]!["revision"]! >= 0);
        Assert.Equal(["ok", "ok"], [await verifier.JudgeAsync(secret, first), await verifier.JudgeAsync(secret, second)]);
        Assert.NotEqual("ok", await verifier.JudgeAsync(secret, second, second.Body.Replace("test", "best", StringComparison.Ordinal)));
        Assert.Equal(1, counts.Of("entitlements.deliveries webhook postponed"));
        Assert.Equal(1, counts.Of("entitlements.deliveries webhook delivered"));
    }

    [Fact]
    public async Task Only_the_tenants_own_webhooks_hear_and_only_what_they_asked_for()
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        await using var receiver = await Receiver.StartAsync();
        await world.RegisterAsync($"{receiver.Url}/exact", "exact", "north", "test.happened");
        await world.RegisterAsync($"{receiver.Url}/sort", "sort", "north", "test.*");
        await world.RegisterAsync($"{receiver.Url}/all", "all", "north", "*");
        await world.RegisterAsync($"{receiver.Url}/other", "other", "north", "tes.*", "test.happened.more", "other.happened");
        await world.RegisterAsync($"{receiver.Url}/south", "south", "south", "*");
        await world.TellAsync();
        await world.TellAsync("test.more");
        await world.TellAsync("test.happened", tenant: null); // the installation's
        await world.WorkAsync();
        Assert.Equal(["/all", "/all", "/exact", "/sort", "/sort"], receiver.All.Select(r => r.Path).Order(StringComparer.Ordinal));
        Assert.Equal(receiver.All.Count, receiver.All.Select(r => r.Id).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_webhook_that_says_410_is_switched_off_which_is_recorded_and_told(string database)
    {
        await using var world = await TellingWorld.StartAsync(postgres, database);
        await using var receiver = await Receiver.StartAsync();
        await world.RegisterAsync(receiver.Url);
        await world.RegisterAsync($"{receiver.Url}/watch", "watch", "north", "webhook.*");
        receiver.AnswerNext(410);
        await world.TellAsync();
        await world.WorkAsync();
        await world.TellAsync();
        await world.WorkAsync();
        Assert.Equal(("failed", 1, "gone"), StateOf(Assert.Single(await world.DeliveriesAsync())));
        var shown = await world.WebhookAsync();
        Assert.Equal((false, "gone"), ((bool)shown["enabled"]!, (string?)shown["disabled_because"]));
        Assert.Equal(1, await world.AuditsAsync("webhook.disabled"));
        Assert.Equal("hook", (string?)Assert.Single(receiver.All, r => r.Path == "/watch").Event["data"]!["webhook"]);

        var path = "/v1/tenants/north/webhooks/hook";
        await (await world.Admin.PutAsync(path, new { url = receiver.Url, kinds = new[] { "test.*" } }, await world.Admin.ETagAsync(path))).ShouldBeAsync(
            HttpStatusCode.OK
        );
        await world.TellAsync();
        await world.WorkAsync();
        Assert.Equal(["delivered", "failed"], (await world.DeliveriesAsync()).Select(d => (string?)d["state"])); // newest first
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_webhook_that_failed_for_days_is_switched_off_and_what_waited_for_it_can_be_sent_again(string database)
    {
        await using var world = await TellingWorld.StartAsync(postgres, database, null, ("Webhooks:DisableAfter", "1.00:00:00"));
        await using var receiver = await Receiver.StartAsync();
        await world.RegisterAsync(receiver.Url);
        receiver.AnswerNext([.. Enumerable.Repeat(503, 40)]);
        await world.TellAsync();
        await world.WorkAsync();
        for (var hours = 0; hours < 24; hours += 6)
        {
            await world.WaitAsync(TimeSpan.FromHours(6));
            Assert.Equal(hours < 18, (bool)(await world.WebhookAsync())["enabled"]!);
            await world.TellAsync();
            await world.TellAsync();
        }
        Assert.Equal("failing", (string?)(await world.WebhookAsync())["disabled_because"]);
        var all = await world.DeliveriesAsync();
        Assert.All(all, d => Assert.Equal("failed", (string?)d["state"]));
        Assert.Contains(all, d => (string?)d["last_result"] == "webhook_disabled");
        Assert.Single(await world.ToldAsync("webhook.disabled"));

        await TellingWorld.RelayAsync(world.Gateway); // what happened while it was off is not kept for it
        var oldest = (string?)all[^1]["delivery"];
        var path = "/v1/tenants/north/webhooks/hook";
        await using var clean = await Receiver.StartAsync();
        await (await world.Admin.PutAsync(path, new { url = clean.Url, kinds = new[] { "test.*" } }, await world.Admin.ETagAsync(path))).ShouldBeAsync(
            HttpStatusCode.OK
        );
        await (await world.Admin.PostAsync($"{path}/deliveries/{oldest}/redeliver", null)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("delivery_waiting", await (await world.Admin.PostAsync($"{path}/deliveries/{oldest}/redeliver", null)).CodeAsync(HttpStatusCode.Conflict));
        await world.WorkAsync();
        Assert.Equal([receiver.All[0].Id], clean.All.Select(r => r.Id)); // the same id as the first time
    }

    [Fact]
    public async Task A_receiver_that_asks_for_time_is_given_it()
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        await using var receiver = await Receiver.StartAsync();
        await world.RegisterAsync(receiver.Url);
        receiver.AnswerNext(context => (context.Response.StatusCode, context.Response.Headers.RetryAfter) = (429, "3600"));
        await world.TellAsync();
        await world.WorkAsync();
        await world.WaitAsync(TimeSpan.FromSeconds(3599));
        Assert.Single(receiver.All);
        await world.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, receiver.All.Count);
    }

    [Fact]
    public async Task A_receiver_that_hangs_holds_up_nobody_else_and_is_tried_again()
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        await using var hanging = await Receiver.StartAsync();
        await using var quick = await Receiver.StartAsync();
        await world.RegisterAsync(hanging.Url, "hangs");
        await world.RegisterAsync(quick.Url, "quick");
        var held = Enumerable.Range(0, 4).Select(_ => hanging.HoldNext()).ToArray();
        for (var i = 0; i < 10; i++)
        {
            await world.TellAsync();
        }
        await TellingWorld.RelayAsync(world.Gateway);
        var stuck = world.Worker().RoundAsync();
        await Task.WhenAll(held.Select(h => h.Came.Task)); // four at a time, and no more
        while (quick.All.Count < 10)
        {
            await world.Worker().RoundAsync(); // another replica: not those, and not that receiver
        }
        Assert.Equal(4, hanging.All.Count);
        world.Clock.Advance(TimeSpan.FromSeconds(15));
        await stuck;
        Assert.Equal(4, (await world.DeliveriesAsync("hangs")).Count(d => (string?)d["last_result"] == "timeout"));
        await world.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.All(await world.DeliveriesAsync("hangs"), d => Assert.Equal("delivered", (string?)d["state"]));
    }

    [Fact]
    public async Task What_a_worker_that_died_had_in_its_hands_is_sent_again_under_the_same_id_and_by_one()
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Postgres);
        await using var other = TestGateway.Join(world.Gateway, world.Gateway.Postgres!, ("Webhooks:AllowedNetworks:0", "127.0.0.1/32"));
        await using var receiver = await Receiver.StartAsync();
        await world.RegisterAsync(receiver.Url);
        var held = receiver.HoldNext();
        await world.TellAsync();
        await TellingWorld.RelayAsync(world.Gateway);
        var frozen = world.Worker().RoundAsync();
        await held.Came.Task; // the receiver has it, and the worker will never know
        Assert.Equal(0, await world.Worker(other).RoundAsync());
        await world.Gateway.InDatabaseAsync(db =>
            db.Deliveries.ExecuteUpdateAsync(set => set.SetProperty(d => d.NextAt, world.Clock.GetUtcNow())) // its claim has ended
        );
        Assert.Equal([0, 1], (await Task.WhenAll(world.Worker(other).RoundAsync(), world.Worker(other).RoundAsync())).Order());
        held.Release.SetResult();
        await frozen; // awakes, and has no say any more
        Assert.Equal(2, receiver.All.Count);
        Assert.Single(receiver.All.Select(r => r.Id).Distinct(StringComparer.Ordinal));
        Assert.Equal(("delivered", 2, "delivered"), StateOf(Assert.Single(await world.DeliveriesAsync())));
    }

    [Fact]
    public async Task Many_replicas_send_each_message_once()
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Postgres);
        await using var other = TestGateway.Join(world.Gateway, world.Gateway.Postgres!, ("Webhooks:AllowedNetworks:0", "127.0.0.1/32"));
        await using var receiver = await Receiver.StartAsync();
        foreach (var id in Enumerable.Range(0, 5))
        {
            await world.RegisterAsync(receiver.Url, $"hook-{id}");
        }
        for (var i = 0; i < 8; i++)
        {
            await world.TellAsync();
        }
        await Task.WhenAll(new[] { world.Gateway, other }.Select(TellingWorld.RelayAsync));
        await Task.WhenAll(new[] { world.Gateway, other, world.Gateway, other }.Select(WorkOnAsync));
        Assert.Equal(40, receiver.All.Count);
        Assert.Equal(40, receiver.All.Select(r => r.Id).Distinct(StringComparer.Ordinal).Count());

        async Task WorkOnAsync(TestGateway gateway)
        {
            while (await world.Gateway.InDatabaseAsync(db => db.Deliveries.AnyAsync(d => d.NextAt != null)))
            {
                await world.Worker(gateway).RoundAsync();
            }
        }
    }

    [Fact]
    public async Task A_body_without_end_is_not_read()
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        await using var receiver = await Receiver.StartAsync();
        await world.RegisterAsync(receiver.Url);
        var cut = new TaskCompletionSource();
        receiver.AnswerNext(async context =>
        {
            try
            {
                while (true)
                {
                    await context.Response.Body.WriteAsync(new byte[64 * 1024], context.RequestAborted);
                }
            }
            finally
            {
                cut.SetResult();
            }
        });
        await world.TellAsync();
        await world.WorkAsync();
        await cut.Task;
        Assert.Equal(("delivered", 1, "delivered"), StateOf(Assert.Single(await world.DeliveriesAsync())));
    }

    internal static (string? State, int Attempts, string? Result) StateOf(JsonNode delivery) =>
        ((string?)delivery["state"], (int)delivery["attempts"]!, (string?)delivery["last_result"]);
}
