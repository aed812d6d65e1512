using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>The AuthZEN Access Request and Approval Profile, as a store uses it.</summary>
[Collection(nameof(RequestGateways))]
public sealed class AccessRequestProfileTests(RequestGateways gateways)
{
    private const string Urn = "urn:openid:authzen:access-request:error:";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_store_asks_for_what_was_denied_and_asks_again_with_the_approval(string database)
    {
        var (world, store, question) = await DeniedAsync(database);
        var (id, task) = await SubmittedAsync(world, store, question, TimeSpan.FromMinutes(10));
        Assert.Equal(("pending", 1), ((string)task["task"]!["status"]!, (int)task["task"]!["progress"]!["current_step"]!));
        Assert.Null(task["result"]);

        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        var done = await store.ReadAsync($"/access/v1/requests/{id}");
        Assert.Equal(("approved", "reevaluate"), ((string)done["task"]!["status"]!, (string)done["result"]!["mode"]!));

        question["context"] = new JsonObject { ["approval"] = done["result"]!["approval"]!.DeepClone() };
        Assert.True((bool)(await EvaluateAsync(store, question))["decision"]!);
        world.Clock.Advance(TimeSpan.FromMinutes(10)); // the grant has ended, and the approval with it
        var later = (await EvaluateAsync(store, question))["context"]!;
        Assert.Equal(("approval_expired", "request"), ((string)later["reason"]!, (string)later["next_action"]!));
        Assert.NotNull(later["access_request"]); // it can be asked for again
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_approval_never_opens_anything_and_a_denial_says_why(string database)
    {
        var (world, store, question) = await DeniedAsync(database);
        var (id, _) = await SubmittedAsync(world, store, question);
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        var officer = (string)question["subject"]!["id"]!;
        using var holder = world.As(officer);
        await (await holder.PostAsJsonAsync($"/v1/requests/{id}/withdraw", new { })).ShouldBeAsync(HttpStatusCode.OK); // hands it back

        Assert.Equal("approval_expired", await ReasonAsync(store, With(question, id)));
        var another = question.DeepClone().AsObject();
        another["subject"]!["id"] = await world.PersonAsync();
        Assert.Equal("out_of_scope", await ReasonAsync(store, With(another, id)));
        Assert.Equal("approval_unverifiable", await ReasonAsync(store, With(question, "req_00000000000000000000000000000000")));
        var (strangers, _) = await ClientAsync(world);
        Assert.Equal("approval_unverifiable", await ReasonAsync(strangers, With(question, id)));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Only_a_denial_that_a_request_would_remedy_offers_one_and_only_to_who_may_make_it(string database)
    {
        var (world, store, question) = await DeniedAsync(database);
        Assert.NotNull((await EvaluateAsync(store, question))["context"]!["access_request"]);
        var (evaluates, _) = await ClientAsync(world, Scopes.Evaluate);
        Assert.Null((await EvaluateAsync(evaluates, question))["context"]!["access_request"]);

        var closed = world.New("app");
        var role = world.New("role"); // nobody said how it is asked for
        await world.Gateway.AddRoleAsync("north", role);
        await world.Gateway.OpenAppAsync(closed, role);
        var other = question.DeepClone().AsObject();
        other["resource"]!["id"] = closed;
        Assert.Null((await EvaluateAsync(store, other))["context"]!["access_request"]);
        await world.AskableAsync(role);
        Assert.NotNull((await EvaluateAsync(store, other))["context"]!["access_request"]);

        var app = (string)question["resource"]!["id"]!;
        await (await world.As("north-app-owner").PostAsJsonAsync($"/v1/apps/{app}/suspend", new { reason = "looks wrong" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Null((await EvaluateAsync(store, question))["context"]!["access_request"]); // no role would help
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_request_that_is_not_what_was_denied_is_refused(string database)
    {
        var (world, store, question) = await DeniedAsync(database);
        var body = await BodyAsync(store, question);
        async Task RefusedAsync(Action<JsonObject> alter, string code, HttpStatusCode status = HttpStatusCode.BadRequest, HttpClient? by = null)
        {
            var altered = body.DeepClone().AsObject();
            alter(altered);
            var problem = await (await (by ?? store).PostAsJsonAsync("/access/v1/requests", altered)).ShouldBeAsync(status);
            Assert.Equal(Urn + code, (string)problem["type"]!);
        }
        var other = await world.PersonAsync();
        await RefusedAsync(b => b["subject"]!["id"] = other, "invalid_denial_binding");
        await RefusedAsync(b => b["subject"]!["properties"] = new JsonObject { ["rank"] = "sergeant" }, "invalid_denial_binding");
        await RefusedAsync(b => b["resource"]!["id"] = "another", "invalid_denial_binding");
        await RefusedAsync(b => b["action"]!["name"] = "delete", "invalid_denial_binding");
        await RefusedAsync(b => b["context"]!["device"] = new JsonObject { ["id"] = "another" }, "invalid_denial_binding");
        await RefusedAsync(b => b["denial"]!["expires_at"] = "2099-01-01T00:00:00Z", "invalid_denial_binding");
        await RefusedAsync(b => b["denial"]!["binding_token"] = "AAAA", "invalid_denial_binding");
        foreach (var pointer in new[] { "/denial/binding_token", "/context/business_justification" })
        {
            var incomplete = body.DeepClone().AsObject();
            incomplete[pointer.Split('/')[1]]!.AsObject().Remove(pointer.Split('/')[2]);
            var problem = await (await store.PostAsJsonAsync("/access/v1/requests", incomplete)).ShouldBeAsync(HttpStatusCode.BadRequest);
            Assert.True(problem["errors"]!.AsObject().ContainsKey(pointer), problem.ToJsonString());
        }
        var (strangers, _) = await ClientAsync(world);
        await RefusedAsync(_ => { }, "invalid_denial_binding", by: strangers); // what one was offered another does not take
        world.Clock.Advance(TimeSpan.FromMinutes(16));
        await RefusedAsync(_ => { }, "expired_denial", HttpStatusCode.Gone);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_client_that_lost_the_force_since_the_denial_asks_for_nobody_there(string database)
    {
        var (world, _, question) = await DeniedAsync(database);
        var (store, client) = await ClientAsync(world);
        await TenantsAsync("north", "south");
        question["context"] = new JsonObject { ["tenant"] = "north" };
        var body = await BodyAsync(store, question);
        body["context"]!["tenant"] = "north";
        await TenantsAsync("south");
        Assert.Equal(Urn + "invalid_denial_binding", await TypeAsync(await store.PostAsJsonAsync("/access/v1/requests", body), HttpStatusCode.BadRequest));
        await TenantsAsync("north", "south");
        await (await store.PostAsJsonAsync("/access/v1/requests", body)).ShouldBeAsync(HttpStatusCode.Accepted);

        Task TenantsAsync(params string[] tenants) =>
            world.Gateway.InDatabaseAsync(async db =>
            {
                db.Clients.Single(c => c.ClientId == client).Tenants = [.. tenants];
                await db.SaveChangesAsync();
            });
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_same_again_is_a_duplicate_a_repeat_the_same_task_and_a_cancelled_one_stays(string database)
    {
        var (world, store, question) = await DeniedAsync(database);
        var (body, key) = (await BodyAsync(store, question), world.New("key"));
        var first = await (await store.WriteAsync(HttpMethod.Post, "/access/v1/requests", body, key: key)).ShouldBeAsync(HttpStatusCode.Accepted);
        var again = await (await store.WriteAsync(HttpMethod.Post, "/access/v1/requests", body, key: key)).ShouldBeAsync(HttpStatusCode.Accepted);
        Assert.Equal((string)first["task"]!["id"]!, (string)again["task"]!["id"]!);
        Assert.Equal(Urn + "duplicate_request", await TypeAsync(await store.PostAsJsonAsync("/access/v1/requests", body), HttpStatusCode.Conflict));
        body["requested_access"] = new JsonObject { ["requested_until"] = world.Clock.GetUtcNow().AddHours(1).ToString("O", CultureInfo.InvariantCulture) };
        Assert.Equal(
            Urn + "duplicate_request",
            await TypeAsync(await store.WriteAsync(HttpMethod.Post, "/access/v1/requests", body, key: key), HttpStatusCode.Conflict)
        );

        var path = $"/access/v1/requests/{first["task"]!["id"]}";
        var (strangers, _) = await ClientAsync(world);
        Assert.Equal(Urn + "unknown_task", await TypeAsync(await strangers.GetAsync(path), HttpStatusCode.NotFound));
        Assert.Equal(Urn + "unknown_task", await TypeAsync(await strangers.PostAsync($"{path}/cancel", null), HttpStatusCode.NotFound));
        Assert.Equal("cancelled", (string)(await (await store.PostAsync($"{path}/cancel", null)).ShouldBeAsync(HttpStatusCode.OK))["task"]!["status"]!);
        Assert.Equal(Urn + "invalid_task_state", await TypeAsync(await store.PostAsync($"{path}/cancel", null), HttpStatusCode.Conflict));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "39")]
    public async Task Abuse_39_the_person_behind_the_client_that_filed_it_does_not_decide(string database)
    {
        var (world, _, question) = await DeniedAsync(database);
        var owner = await world.PersonAsync("approver");
        var (robot, client) = await ClientAsync(world);
        await world.Gateway.InDatabaseAsync(async db =>
        {
            db.Clients.Single(c => c.ClientId == client).Person = $"person-of-{owner}";
            await db.SaveChangesAsync();
        });
        var (id, _) = await SubmittedAsync(world, robot, question);
        Assert.Equal("own_request", await (await world.VoteAsync(owner, id)).CodeAsync(HttpStatusCode.Forbidden));
        Assert.DoesNotContain(id, await world.ListAsync(owner, "view=inbox"));
    }

    /// <summary>A store, and a question that it hears no to, for want of a role that can be asked for.</summary>
    private async Task<(RequestWorld, HttpClient, JsonObject)> DeniedAsync(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, app) = (await world.RoleAsync(), await world.PersonAsync(), world.New("app"));
        await world.Gateway.OpenAppAsync(app, role);
        var (store, _) = await ClientAsync(world);
        return (
            world,
            store,
            new JsonObject
            {
                ["subject"] = new JsonObject { ["type"] = "user", ["id"] = officer },
                ["action"] = new JsonObject { ["name"] = "download" },
                ["resource"] = new JsonObject { ["type"] = "app", ["id"] = app },
            }
        );
    }

    private static async Task<(HttpClient Http, string Id)> ClientAsync(RequestWorld world, params string[] scopes)
    {
        string[] all = scopes is [] ? [Scopes.Evaluate, Scopes.SubmitRequests] : scopes;
        var id = world.New("store");
        await world.Gateway.RegisterClientAsync(id, ["north"], all);
        return (world.Gateway.AsClient(id, all), id);
    }

    private static async Task<JsonNode> EvaluateAsync(HttpClient http, JsonObject question) =>
        await (await http.PostAsJsonAsync("/access/v1/evaluation", question)).ShouldBeAsync(HttpStatusCode.OK);

    private static async Task<JsonObject> BodyAsync(HttpClient http, JsonObject question)
    {
        var offer = (await EvaluateAsync(http, question))["context"]!["access_request"]!;
        var body = question.DeepClone().AsObject();
        body["context"] = new JsonObject { ["business_justification"] = "negotiating tonight" };
        body["denial"] = new JsonObject { ["expires_at"] = (string)offer["expires_at"]!, ["binding_token"] = (string)offer["binding_token"]! };
        return body;
    }

    private static async Task<(string Id, JsonNode Task)> SubmittedAsync(RequestWorld world, HttpClient http, JsonObject question, TimeSpan? wanted = null)
    {
        var body = await BodyAsync(http, question);
        if (wanted is { } time)
        {
            body["requested_access"] = new JsonObject { ["requested_until"] = (world.Clock.GetUtcNow() + time).ToString("O", CultureInfo.InvariantCulture) };
        }
        var made = await http.PostAsJsonAsync("/access/v1/requests", body);
        var task = await made.ShouldBeAsync(HttpStatusCode.Accepted);
        Assert.Equal((string)task["task"]!["status_endpoint"]!, made.Headers.Location!.ToString());
        Assert.StartsWith(world.Gateway.Url.GetLeftPart(UriPartial.Authority), made.Headers.Location!.ToString(), StringComparison.Ordinal);
        return ((string)task["task"]!["id"]!, task);
    }

    private static JsonObject With(JsonObject question, string approval)
    {
        var asked = question.DeepClone().AsObject();
        asked["context"] = new JsonObject { ["approval"] = new JsonObject { ["id"] = approval } };
        return asked;
    }

    private static async Task<string> ReasonAsync(HttpClient http, JsonObject question)
    {
        var answer = await EvaluateAsync(http, question);
        Assert.False((bool)answer["decision"]!);
        return (string)answer["context"]!["reason"]!;
    }

    private static async Task<string> TypeAsync(HttpResponseMessage answer, HttpStatusCode status) => (string)(await answer.ShouldBeAsync(status))["type"]!;
}
