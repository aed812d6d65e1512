using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>The AuthZEN Callback Notifications Profile: a store hears what became of its task.</summary>
[Collection(nameof(RequestGateways))]
public sealed class CallbackTests(RequestGateways gateways, PostgresServer postgres, OutsideVerifier verifier) : IClassFixture<OutsideVerifier>
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_end_is_told_signed_with_the_stores_state_and_without_a_result(string database)
    {
        var world = await RequestWorld.StartAsync(postgres, database); // its own: the verifier's clock is the real one
        await using var gateway = world.Gateway;
        var (store, question) = await DeniedAsync(world);
        await using var receiver = await Receiver.StartAsync();
        var (hook, endpoint) = (world.New("hook"), $"{receiver.Url}/tasks");
        var secret = await RegisterAsync(world, hook, endpoint);
        var id = await SubmittedAsync(store, question, new { endpoint, state = "opaque Tŷ" });
        await SendAsync(world, hook);
        Assert.Empty(receiver.All); // nothing has ended
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        await SendAsync(world, hook);

        var got = Assert.Single(receiver.All);
        Assert.Equal(("/tasks", "application/json"), (got.Path, got.Headers["content-type"]));
        Assert.Equal(("opaque Tŷ", "approved", id), ((string)got.Event["state"]!, (string)got.Event["task"]!["status"]!, (string)got.Event["task"]!["id"]!));
        Assert.Null(got.Event["result"]); // the store reads the task before it acts on it
        Assert.Equal("ok", await verifier.JudgeAsync(secret, got));
        var task = await store.ReadAsync(new Uri((string)got.Event["task"]!["status_endpoint"]!).PathAndQuery);
        Assert.Equal("approved", (string)task["task"]!["status"]!);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Only_what_was_asked_for_is_told_and_to_no_webhook_that_is_off(string database)
    {
        var world = await gateways.OnAsync(database);
        var (store, question) = await DeniedAsync(world);
        await using var receiver = await Receiver.StartAsync();
        var (hook, endpoint) = (world.New("hook"), $"{receiver.Url}/tasks");
        await RegisterAsync(world, hook, endpoint);
        var id = await SubmittedAsync(store, question, new { endpoint, events = new[] { "approved" } });
        await (await world.VoteAsync("north-approver-1", id, "deny")).ShouldBeAsync(HttpStatusCode.OK);
        var other = await SubmittedAsync(store, question, new { endpoint });
        await world.Gateway.InDatabaseAsync(db => db.Webhooks.Where(w => w.Id == hook).ExecuteUpdateAsync(w => w.SetProperty(r => r.Enabled, false)));
        await (await world.VoteAsync("north-approver-1", other)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.Deliveries.CountAsync(d => d.Webhook == hook)));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Nothing_is_called_that_nobody_of_the_tenant_registered(string database)
    {
        var world = await gateways.OnAsync(database);
        var (store, question) = await DeniedAsync(world);
        await using var receiver = await Receiver.StartAsync();
        await RegisterAsync(world, world.New("hook"), $"{receiver.Url}/tasks");
        await RegisterAsync(world, world.New("hook"), $"{receiver.Url}/south", "south");
        (object Callback, string Pointer)[] bad =
        [
            (new { endpoint = $"{receiver.Url}/elsewhere" }, "/callback/endpoint"),
            (new { endpoint = $"{receiver.Url}/south" }, "/callback/endpoint"),
            (new { endpoint = "http://169.254.169.254/latest" }, "/callback/endpoint"),
            (new { state = "no endpoint" }, "/callback/endpoint"),
            (new { endpoint = $"{receiver.Url}/tasks", state = new string('s', 1_025) }, "/callback/state"),
            (new { endpoint = $"{receiver.Url}/tasks", events = new[] { "pending" } }, "/callback/events"),
            (new { endpoint = $"{receiver.Url}/tasks", events = Array.Empty<string>() }, "/callback/events"),
        ];
        foreach (var (callback, pointer) in bad)
        {
            var problem = await (await SubmitAsync(store, question, callback)).ShouldBeAsync(HttpStatusCode.BadRequest);
            Assert.Contains(pointer, problem["errors"]!.AsObject().Select(e => e.Key));
        }
    }

    private static async Task<(HttpClient, JsonObject)> DeniedAsync(RequestWorld world)
    {
        var (role, officer, app, store) = (await world.RoleAsync(), await world.PersonAsync(), world.New("app"), world.New("store"));
        await world.Gateway.OpenAppAsync(app, role);
        await world.Gateway.RegisterClientAsync(store, ["north"], Scopes.Evaluate, Scopes.SubmitRequests);
        var question = new JsonObject
        {
            ["subject"] = new JsonObject { ["type"] = "user", ["id"] = officer },
            ["action"] = new JsonObject { ["name"] = "download" },
            ["resource"] = new JsonObject { ["type"] = "app", ["id"] = app },
        };
        return (world.Gateway.AsClient(store, Scopes.Evaluate, Scopes.SubmitRequests), question);
    }

    private static async Task<HttpResponseMessage> SubmitAsync(HttpClient store, JsonObject question, object callback)
    {
        var denied = await (await store.PostAsJsonAsync("/access/v1/evaluation", question)).ShouldBeAsync(HttpStatusCode.OK);
        var offer = denied["context"]!["access_request"]!;
        var body = question.DeepClone().AsObject();
        body["context"] = new JsonObject { ["business_justification"] = "negotiating tonight" };
        body["denial"] = new JsonObject { ["expires_at"] = (string)offer["expires_at"]!, ["binding_token"] = (string)offer["binding_token"]! };
        body["callback"] = System.Text.Json.JsonSerializer.SerializeToNode(callback);
        return await store.PostAsJsonAsync("/access/v1/requests", body);
    }

    private static async Task<string> SubmittedAsync(HttpClient store, JsonObject question, object callback) =>
        (string)(await (await SubmitAsync(store, question, callback)).ShouldBeAsync(HttpStatusCode.Accepted))["task"]!["id"]!;

    private static async Task<string> RegisterAsync(RequestWorld world, string id, string url, string tenant = "north")
    {
        using var admin = world.As($"{tenant}-role-admin");
        var answer = await admin.PutAsync($"/v1/tenants/{tenant}/webhooks/{id}", new { url, kinds = new[] { "test.*" } });
        return (string)(await answer.ShouldBeAsync(HttpStatusCode.OK))["secret"]!;
    }

    /// <summary>What is owed to the webhook goes out; the other tests' people are told nothing meanwhile.</summary>
    private static async Task SendAsync(RequestWorld world, string hook)
    {
        var worker = ActivatorUtilities.CreateInstance<DeliveryWorker>(world.Gateway.Services);
        await world.Gateway.InDatabaseAsync(db =>
            db.Deliveries.Where(d => d.Webhook != hook && d.SettledAt == null)
                .ExecuteUpdateAsync(d => d.SetProperty(r => r.NextAt, DateTimeOffset.MaxValue.AddYears(-10)))
        );
        while (await worker.RoundAsync() > 0) { }
    }
}
