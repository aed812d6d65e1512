using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Telling;

/// <summary>Registering webhooks, and keeping their secrets.</summary>
public sealed class WebhookKeepingTests(PostgresServer postgres, OutsideVerifier verifier) : IClassFixture<OutsideVerifier>
{
    private const string Path = "/v1/tenants/north/webhooks/hook";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_secret_is_shown_once_and_is_nowhere_else(string database)
    {
        await using var world = await TellingWorld.StartAsync(postgres, database);
        var body = new { url = "https://hooks.example/secret-path", kinds = new[] { "*" } };
        var answer = await (await world.Admin.PutAsync(Path, body, key: "once")).ShouldBeAsync(HttpStatusCode.OK);
        var secret = (string)answer["secret"]!;
        Assert.Equal(32, Convert.FromBase64String(secret["whsec_".Length..]).Length);
        var again = await (await world.Admin.PutAsync(Path, body, key: "once")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Null(again["secret"]);
        Assert.DoesNotContain("whsec_", (await world.WebhookAsync()).ToJsonString(), StringComparison.Ordinal);
        await world.Gateway.InDatabaseAsync(async db =>
        {
            var key = Convert.FromBase64String(secret["whsec_".Length..]);
            Assert.Equal(-1, (await db.Webhooks.SingleAsync()).WrappedSecret.AsSpan().IndexOf(key));
            Assert.DoesNotContain(await db.Idempotency.ToListAsync(), i => i.Answer.Contains("secret", StringComparison.Ordinal));
            var recorded = await db.AuditEvents.SingleAsync(e => e.Kind == "webhook.put");
            Assert.Equal("tenant/north/webhook/hook", recorded.Target);
            Assert.DoesNotContain("secret-path", recorded.Details, StringComparison.Ordinal); // an address may hold a secret of its own
        });
        Assert.Equal(0, world.Log.CountOf(secret["whsec_".Length..]));
    }

    [Fact]
    public async Task A_new_secret_signs_at_once_and_the_old_one_besides_for_the_overlap()
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        await using var receiver = await Receiver.StartAsync();
        var old = await world.RegisterAsync(receiver.Url);
        var answer = await (await world.Admin.PostAsJsonAsync($"{Path}/secret", new { overlap = "PT2M" })).ShouldBeAsync(HttpStatusCode.OK);
        var young = (string)answer["secret"]!;
        await (await world.Admin.PostAsync($"{Path}/test", null)).ShouldBeAsync(HttpStatusCode.OK);
        await world.WorkAsync();
        Assert.Equal("entitlements.webhook.test.v1", (string?)receiver.All[0].Event["type"]);
        Assert.Equal(["ok", "ok"], [await verifier.JudgeAsync(young, receiver.All[0]), await verifier.JudgeAsync(old, receiver.All[0])]);
        world.Clock.Advance(TimeSpan.FromMinutes(2));
        await world.TellAsync();
        await world.WorkAsync();
        Assert.Equal("ok", await verifier.JudgeAsync(young, receiver.All[1]));
        Assert.NotEqual("ok", await verifier.JudgeAsync(old, receiver.All[1]));
        await (await world.Admin.PostAsJsonAsync($"{Path}/secret", new { overlap = "PT0S" })).ShouldBeAsync(HttpStatusCode.OK); // it was stolen
        await world.TellAsync();
        await world.WorkAsync();
        Assert.NotEqual("ok", await verifier.JudgeAsync(young, receiver.All[2]));
        Assert.Equal(2, await world.AuditsAsync("webhook.secret_rotated"));
    }

    [Fact]
    public async Task A_secret_moved_from_another_webhook_signs_nothing()
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        await using var receiver = await Receiver.StartAsync();
        await world.RegisterAsync(receiver.Url);
        await world.RegisterAsync(receiver.Url, "mine");
        await world.Gateway.InDatabaseAsync(async db =>
        {
            var mine = await db.Webhooks.SingleAsync(w => w.Id == "mine");
            (await db.Webhooks.SingleAsync(w => w.Id == "hook")).WrappedSecret = mine.WrappedSecret;
            await db.SaveChangesAsync();
        });
        await world.TellAsync();
        await world.WorkAsync();
        Assert.Single(receiver.All);
        Assert.Equal(("waiting", 1, "secret_unreadable"), WebhookTests.StateOf(Assert.Single(await world.DeliveriesAsync())));
    }

    [Fact]
    public async Task Writes_are_versioned_and_a_removed_webhook_leaves_nothing_waiting()
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        var body = new { url = "https://hooks.example/", kinds = new[] { "change.*" } };
        await (await world.Admin.PutAsync(Path, body)).ShouldBeAsync(HttpStatusCode.OK);
        await (await world.Admin.PutAsync(Path, body)).ShouldBeAsync(HttpStatusCode.PreconditionRequired);
        await (await world.Admin.PutAsync(Path, body, "\"7\"")).ShouldBeAsync(HttpStatusCode.PreconditionFailed);
        await (await world.Admin.PutAsync(Path, body, await world.Admin.ETagAsync(Path))).ShouldBeAsync(HttpStatusCode.OK);
        await world.TellAsync("change.decided");
        await (await world.Admin.WriteAsync(HttpMethod.Delete, Path, etag: await world.Admin.ETagAsync(Path))).ShouldBeAsync(HttpStatusCode.OK);
        await (await world.Admin.GetAsync(Path)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await world.Admin.PostAsync($"{Path}/test", null)).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.Deliveries.CountAsync()));
        Assert.Equal(1, await world.AuditsAsync("webhook.deleted"));
    }

    [Fact]
    public async Task Deliveries_are_listed_newest_first_by_pages_and_by_state()
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        await using var receiver = await Receiver.StartAsync();
        await world.RegisterAsync(receiver.Url);
        receiver.AnswerNext(200, 200, 400);
        for (var i = 0; i < 3; i++)
        {
            await world.TellAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"test.number{i}"));
            await world.WorkAsync();
        }
        var first = await world.Admin.ReadAsync($"{Path}/deliveries?limit=2");
        Assert.Equal(["test.number2", "test.number1"], first["items"]!.AsArray().Select(d => (string?)d!["kind"]));
        var rest = await world.Admin.ReadAsync($"{Path}/deliveries?limit=2&cursor={first["next_cursor"]}");
        Assert.Equal(["test.number0"], rest["items"]!.AsArray().Select(d => (string?)d!["kind"]));
        Assert.Null(rest["next_cursor"]);
        var waiting = await world.Admin.ReadAsync($"{Path}/deliveries?state=waiting");
        Assert.Equal(["status_400"], waiting["items"]!.AsArray().Select(d => (string?)d!["last_result"]));
    }

    [Fact]
    public async Task What_cannot_be_a_webhook_is_refused_where_it_is_wrong()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var admin = gateway.As("north-role-admin");
        string[] closed =
        [
            "http://hooks.example/", // in the clear, and nothing is opened by the operator
            "ftp://hooks.example/",
            "/hooks",
            "https://user:password@hooks.example/",
            "https://hooks.example/#x",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://[::ffff:127.0.0.1]/",
            "https://169.254.169.254/latest",
            $"https://hooks.example/{new string('x', 2048)}",
        ];
        foreach (var url in closed)
        {
            Assert.NotNull((await PutAsync(url, "*"))["errors"]!["/url"]);
        }
        foreach (var kinds in new string[][] { [], ["Change.Decided"], ["*.decided"], ["change."], ["change.*", ""] })
        {
            Assert.NotNull((await PutAsync("https://hooks.example/", kinds))["errors"]!["/kinds"]);
        }

        async Task<System.Text.Json.Nodes.JsonNode> PutAsync(string url, params string[] kinds) =>
            await (await admin.PutAsync(Path, new { url, kinds })).ShouldBeAsync(HttpStatusCode.BadRequest);
    }
}
