using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Keys;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Requests;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Issuer = Entitlements.Gateway.Tests.Gateways.TestIssuer;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>A gateway on each database whose people must have signed in within five minutes, the default.</summary>
public sealed class StepUpGateways(PostgresServer postgres) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<RequestWorld>> _worlds = new(StringComparer.Ordinal);

    internal Task<RequestWorld> OnAsync(string database) =>
        _worlds.GetOrAdd(database, key => RequestWorld.StartAsync(postgres, key, ("Identity:StepUp:MaxAge", "00:05:00")));

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _worlds.Values)
        {
            await (await started).Gateway.DisposeAsync();
        }
    }
}

/// <summary>Who is asked for a recent strong sign-in, for what, and how.</summary>
public sealed class StepUpTests(StepUpGateways gateways, PostgresServer postgres) : IClassFixture<StepUpGateways>
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_vote_on_a_restricted_role_asks_for_it_and_a_fresh_one_is_counted(string database)
    {
        var world = await gateways.OnAsync(database);
        var id = await world.AskedAsync(await world.PersonAsync(), await world.RoleAsync());
        foreach (var vote in (string[])["approve", "deny"])
        {
            foreach (var weak in Weak(world))
            {
                using var http = world.Gateway.Bearing(world.Gateway.Issuer.PersonToken("north-approver-1", weak));
                await ShouldChallengeAsync(world, await VoteAsync(http, id, vote));
            }
        }
        Assert.Equal("pending", await world.StatusAsync("north-approver-1", id)); // nothing came of it
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.RequestVotes.CountAsync(v => v.Request == id)));
        using var fresh = SignedIn(world, "north-approver-1", TimeSpan.FromMinutes(5));
        await (await VoteAsync(fresh, id, "approve")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("proven", await EvidenceAsync(world.Gateway, "request.voted", id));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_vote_on_a_role_that_is_not_restricted_does_not_ask(string database)
    {
        var world = await gateways.OnAsync(database);
        var role = await world.RoleAsync(role: new { name = "open", restricted = false });
        var id = await world.AskedAsync(await world.PersonAsync(), role);
        using var old = SignedIn(world, "north-approver-1", TimeSpan.FromHours(9));
        await (await VoteAsync(old, id, "approve")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Null(await EvidenceAsync(world.Gateway, "request.voted", id));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_may_not_vote_hears_that_and_need_not_sign_in_for_it(string database)
    {
        var world = await gateways.OnAsync(database);
        var officer = await world.PersonAsync();
        var id = await world.AskedAsync(officer, await world.RoleAsync());
        using var own = SignedIn(world, officer, TimeSpan.FromHours(9));
        Assert.Equal("own_request", await (await VoteAsync(own, id, "approve")).CodeAsync(HttpStatusCode.Forbidden));
        using var stranger = SignedIn(world, "south-approver-1", TimeSpan.FromHours(9));
        await (await VoteAsync(stranger, id, "approve")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_token_that_was_fresh_when_it_was_first_seen_grows_old(string database)
    {
        var world = await gateways.OnAsync(database);
        var role = await world.RoleAsync();
        using var http = SignedIn(world, "north-approver-1", TimeSpan.FromMinutes(4));
        await (await VoteAsync(http, await world.AskedAsync(await world.PersonAsync(), role), "approve")).ShouldBeAsync(HttpStatusCode.OK);
        var id = await world.AskedAsync(await world.PersonAsync(), role);
        world.Clock.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(1));
        await ShouldChallengeAsync(world, await VoteAsync(http, id, "approve"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_glass_is_broken_with_it_and_asking_needs_none(string database)
    {
        var world = await gateways.OnAsync(database);
        var (pool, app, phone) = (world.New("pool"), world.New("app"), world.New("phone"));
        await world.Gateway.AddRoleAsync("north", pool);
        var policy = RequestWorld.Policy();
        policy["break_glass"] = JsonNode.Parse($$"""{"roles":["{{pool}}"],"longest_grant":"PT10H","reviewers":[{"role":"approver"}]}""");
        var role = await world.RoleAsync(policy);
        await world.Gateway.OpenAppAsync(app, role);
        var officer = await world.PersonAsync(pool);
        var ask = new
        {
            resource = new { type = "app", id = app },
            reason = "somebody is on a bridge",
            ticket = "INC-1",
            urgency = "break_glass",
            device = new { id = phone, serial = phone },
        };
        using var old = SignedIn(world, officer, TimeSpan.FromHours(9));
        await ShouldChallengeAsync(world, await old.PostAsync("/v1/requests", ask));
        Assert.False(await world.MayAsync(officer, app));
        using var fresh = SignedIn(world, officer, TimeSpan.Zero);
        var taken = await (await fresh.PostAsync("/v1/requests", ask)).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal("granted", (string?)taken["status"]);
        Assert.Equal("proven", await EvidenceAsync(world.Gateway, "request.submitted", (string)taken["request"]!));

        using var other = SignedIn(world, await world.PersonAsync(), TimeSpan.FromHours(9));
        var asked = await (await other.PostAsync("/v1/requests", new { role, reason = "on the rota" })).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Null(await EvidenceAsync(world.Gateway, "request.submitted", (string)asked["request"]!)); // it gives nothing
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_widens_is_proposed_and_voted_on_with_it_and_what_was_done_is_told_again_without(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        using var old = SignedIn(world, "north-role-admin", TimeSpan.FromHours(1));
        using var fresh = SignedIn(world, "north-role-admin", TimeSpan.Zero);
        var (path, key) = ($"/v1/tenants/north/roles/{role}/assignments/{officer}", world.New("key"));
        await ShouldChallengeAsync(world, await old.PutAsync(path, new { }, key: key));
        var change = await (await fresh.PutAsync(path, new { }, key: key)).ChangeAsync(); // the same key: a refusal is not kept
        Assert.Equal(change, await (await old.PutAsync(path, new { }, key: key)).ChangeAsync()); // a replay does nothing, so it asks for nothing
        Assert.Equal("proven", await EvidenceAsync(world.Gateway, "change.proposed", change));

        using var tired = SignedIn(world, "north-approver-1", TimeSpan.FromHours(1));
        await ShouldChallengeAsync(world, await tired.VoteAsync(change));
        await ShouldChallengeAsync(world, await tired.VoteAsync(change, "reject"));
        using var voter = SignedIn(world, "north-approver-1", TimeSpan.Zero);
        var shown = await voter.ReadAsync($"/v1/changes/{change}");
        object ballot = new
        {
            vote = "approve",
            hash = shown["hash"],
            audience = shown["audience"],
            reason = "seen",
        };
        var (votes, once) = ($"/v1/changes/{change}/votes", world.New("key"));
        Assert.Equal("published", (string?)(await (await Post(voter)).ShouldBeAsync(HttpStatusCode.OK))["state"]);
        Assert.Equal("published", (string?)(await (await Post(tired)).ShouldBeAsync(HttpStatusCode.OK))["state"]);
        Assert.Equal("proven", await EvidenceAsync(world.Gateway, "change.voted", change));

        Task<HttpResponseMessage> Post(HttpClient http) => http.WriteAsync(HttpMethod.Post, votes, ballot, key: once);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Nothing_that_narrows_waits_for_it_but_a_recall(string database)
    {
        var world = await gateways.OnAsync(database);
        var (app, role) = (world.New("app"), await world.RoleAsync());
        await world.Gateway.OpenAppAsync(app, role);
        using var old = SignedIn(world, "north-app-owner", TimeSpan.FromHours(9));
        foreach (var act in (string[])["suspend", "withdraw", "releases/1.0/windows/yank", "releases/1.0/windows/suspend"])
        {
            await (await old.PostAsync($"/v1/apps/{app}/{act}", new { reason = "first aid" })).ShouldBeAsync(HttpStatusCode.OK);
        }
        await ShouldChallengeAsync(world, await old.PostAsync($"/v1/apps/{app}/recall", new { reason = "for good" }));
        using var fresh = SignedIn(world, "north-app-owner", TimeSpan.Zero);
        await (await fresh.PostAsync($"/v1/apps/{app}/recall", new { reason = "for good" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(
            1,
            await world.Gateway.InDatabaseAsync(db =>
                db.AuditEvents.CountAsync(e => e.Target == $"app/{app}/bar" && e.Details.Contains("\"step_up\":\"proven\""))
            )
        );
        using var admin = SignedIn(world, "north-role-admin", TimeSpan.FromHours(9));
        await (await admin.DeleteAsync($"/v1/tenants/north/roles/{role}", await admin.ETagAsync($"/v1/tenants/north/roles/{role}"))).ShouldBeAsync(
            HttpStatusCode.OK
        );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_client_has_no_sign_in_it_recalls_by_its_registration_and_votes_on_nothing(string database)
    {
        var world = await gateways.OnAsync(database);
        var (app, role, client) = (world.New("app"), await world.RoleAsync(), world.New("client"));
        await world.Gateway.OpenAppAsync(app, role);
        await world.Gateway.RegisterClientAsync(client, ["north"], Scopes.Manage);
        await world.Gateway.InDatabaseAsync(db =>
            db.Clients.Where(c => c.ClientId == client)
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.Functions, new List<string> { "north/app-owner", "north/approver" }))
        );
        using var machine = world.Gateway.AsClient(client, Scopes.Manage);
        await (await machine.PostAsync($"/v1/apps/{app}/recall", new { reason = "the scanner found it" })).ShouldBeAsync(HttpStatusCode.OK);
        using var admin = world.As("north-role-admin");
        var change = await (await admin.PutAsync($"/v1/tenants/north/roles/{role}/assignments/{await world.PersonAsync()}", new { })).ChangeAsync();
        Assert.Equal("person_required", await (await machine.VoteAsync(change)).CodeAsync(HttpStatusCode.Forbidden));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Where_the_provider_cannot_prove_it_its_people_decide_nothing(string database)
    {
        var (gateway, ear) = await StartAsync(database, "Refused");
        await using var running = gateway;
        Assert.Contains(
            ear.Lines,
            line => line.Contains("can neither vote", StringComparison.Ordinal) && line.Contains(gateway.Issuer.Authority, StringComparison.Ordinal)
        );
        await gateway.AddRoleAsync("north", "keeper");
        using var admin = gateway.As("north-role-admin");
        Assert.Equal("step_up_unavailable", await (await Propose(admin)).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal(0, await gateway.InDatabaseAsync(db => db.Changes.CountAsync()));
        using var owner = gateway.As("north-app-owner");
        await (await owner.PutAsync("/v1/apps/notebook", CatalogueActs.App())).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(
            "step_up_unavailable",
            await (await owner.PostAsync("/v1/apps/notebook/recall", new { reason = "x" })).CodeAsync(HttpStatusCode.Forbidden)
        );
        await (await owner.PostAsync("/v1/apps/notebook/suspend", new { reason = "first aid" })).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Unless_a_setting_says_so_which_every_start_and_every_act_tells(string database)
    {
        var (gateway, ear) = await StartAsync(database, "Allowed");
        await using var running = gateway;
        Assert.Contains(ear.Lines, line => line.Contains("WITHOUT a recent strong sign-in", StringComparison.Ordinal));
        await gateway.AddRoleAsync("north", "keeper");
        using var admin = gateway.Bearing(gateway.Issuer.PersonToken("north-role-admin", new Dictionary<string, object>()));
        var change = await (await Propose(admin)).ChangeAsync();
        using var approver = gateway.Bearing(gateway.Issuer.PersonToken("north-approver-1", new Dictionary<string, object>()));
        await (await approver.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("unproven", await EvidenceAsync(gateway, "change.proposed", change));
        Assert.Equal("unproven", await EvidenceAsync(gateway, "change.voted", change));
    }

    /// <summary>Restricted by force, so that it takes a change.</summary>
    private static Task<HttpResponseMessage> Propose(HttpClient admin) => admin.PutAsync("/v1/tenants/north/roles/approver/assignments/north-auditor", new { });

    private async Task<(TestGateway Gateway, LogEar Ear)> StartAsync(string database, string unproven)
    {
        var ear = new LogEar();
        var gateway = await postgres.StartGatewayAsync(
            services => services.AddLogging(logging => logging.AddProvider(ear)),
            database,
            ("Identity:Providers:0:StepUp:Unproven", unproven),
            ("Logging:LogLevel:Default", "Warning")
        );
        return (gateway, ear);
    }

    private static HttpClient SignedIn(RequestWorld world, string person, TimeSpan ago) =>
        world.Gateway.Bearing(world.Gateway.Issuer.PersonToken(person, SignIn(world, ago, Issuer.StrongAcr)));

    private static Dictionary<string, object> SignIn(RequestWorld world, TimeSpan ago, object acr) =>
        new() { ["auth_time"] = (world.Clock.GetUtcNow() - ago).ToUnixTimeSeconds(), ["acr"] = acr };

    /// <summary>All that falls short: too old, too weak, from the future, unsaid, and in the wrong type.</summary>
    private static IEnumerable<Dictionary<string, object>> Weak(RequestWorld world) =>
        [
            SignIn(world, TimeSpan.FromSeconds(302), Issuer.StrongAcr),
            SignIn(world, TimeSpan.Zero, "urn:test:password"),
            SignIn(world, TimeSpan.Zero, new[] { Issuer.StrongAcr }),
            SignIn(world, TimeSpan.FromSeconds(-32), Issuer.StrongAcr),
            new() { ["acr"] = Issuer.StrongAcr },
            new() { ["auth_time"] = world.Clock.GetUtcNow().ToUnixTimeSeconds() },
            new() { ["auth_time"] = world.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), ["acr"] = Issuer.StrongAcr },
            [],
        ];

    private static Task<HttpResponseMessage> VoteAsync(HttpClient http, string request, string vote) =>
        http.PostAsync($"/v1/requests/{request}/votes", new { vote, reason = "seen and considered" });

    /// <summary>RFC 9470 §3: what to ask the provider for, in the header and again in the problem.</summary>
    private static async Task ShouldChallengeAsync(RequestWorld world, HttpResponseMessage response)
    {
        var problem = await response.ShouldBeAsync(HttpStatusCode.Unauthorized);
        Assert.Equal("urn:entitlements:problem:insufficient_user_authentication", (string?)problem["type"]);
        Assert.Equal((Issuer.StrongAcr, 300L), ((string?)problem["acr_values"], (long)problem["max_age"]!));
        var origin = world.Gateway.Url.GetLeftPart(UriPartial.Authority);
        Assert.Equal(
            "Bearer error=\"insufficient_user_authentication\", error_description=\"A recent strong sign-in is needed.\", "
                + $"acr_values=\"{Issuer.StrongAcr}\", max_age=\"300\", resource_metadata=\"{origin}/.well-known/oauth-protected-resource\"",
            Assert.Single(response.Headers.NonValidated["WWW-Authenticate"])
        );
        var parsed = Assert.Single(response.Headers.WwwAuthenticate);
        Assert.Equal("Bearer", parsed.Scheme);
        Assert.Equal(5, Microsoft.Net.Http.Headers.NameValueHeaderValue.ParseStrictList([parsed.Parameter!]).Count);
    }

    /// <summary>What the audit record says of the sign-in.</summary>
    private static async Task<string?> EvidenceAsync(TestGateway gateway, string kind, string target) =>
        (string?)
            JsonNode.Parse(
                await gateway.InDatabaseAsync(db => db.AuditEvents.Where(e => e.Kind == kind && e.Target == target).Select(e => e.Details).SingleAsync())
            )!["step_up"];
}
