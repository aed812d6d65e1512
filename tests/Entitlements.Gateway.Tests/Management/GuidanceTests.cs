using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Issuance;
using Entitlements.Gateway.Tests.Requests;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>Guidance: who has to accept what, what they have to know of it, and what stays on record.</summary>
[Collection(nameof(RequestGateways))]
public sealed class GuidanceTests(RequestGateways gateways, PostgresServer postgres)
{
    private static readonly int[] Right = [2, 1, 3];
    private static readonly int[] OneWrong = [2, 1, 1];

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Guidance_is_accepted_by_the_person_alone_and_for_one_version(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("north", "officer");
        await gateway.AddPersonAsync("north", "constable", "officer");
        await gateway.AddCrowdAsync("north");
        await gateway.OpenAppAsync("notebook", "officer");
        using var owner = gateway.As("north-app-owner");
        using var constable = gateway.As("constable");
        const string guidance = "/v1/apps/notebook/guidance/north";
        await (await constable.PutAsync($"{guidance}/acceptance", new { version = 1 })).ShouldBeAsync(HttpStatusCode.NotFound);
        await gateway.PublishAsync(
            await owner.PutAsync(
                guidance,
                new
                {
                    version = 1,
                    en = "Take care.",
                    cy = "Cymerwch ofal.",
                }
            ),
            "north-approver-1"
        );
        Assert.Equal("guidance_not_accepted", (string)(await gateway.ListingAsync("constable", "notebook"))!["reasons"]![0]!["code"]!);
        Assert.Equal("Cymerwch ofal.", (string)(await (await constable.GetAsync(guidance)).ShouldBeAsync(HttpStatusCode.OK))["cy"]!);

        Assert.Equal(
            "guidance_not_in_force",
            await (await constable.PutAsync($"{guidance}/acceptance", new { version = 2 })).CodeAsync(HttpStatusCode.Conflict)
        );
        await gateway.RegisterClientAsync("store", ["north"], "manage", "access.evaluate");
        using var store = gateway.AsClient("store", "manage", "access.evaluate");
        await (await store.PutAsync($"{guidance}/acceptance", new { version = 1 })).ShouldBeAsync(HttpStatusCode.Forbidden);
        using var south = gateway.As("south-approver-1");
        await (await south.PutAsync($"{guidance}/acceptance", new { version = 1 })).ShouldBeAsync(HttpStatusCode.NotFound);

        await (await constable.PutAsync($"{guidance}/acceptance", new { version = 1 })).ShouldBeAsync(HttpStatusCode.OK);
        await (await constable.PutAsync($"{guidance}/acceptance", new { version = 1 })).ShouldBeAsync(HttpStatusCode.OK); // again is harmless
        Assert.Equal("may_have", await gateway.StandingAsync("constable", "notebook"));

        Assert.Equal(
            "guidance_version_not_rising",
            await (
                await owner.PutAsync(
                    guidance,
                    new
                    {
                        version = 1,
                        en = "x",
                        cy = "x",
                    },
                    "\"1\""
                )
            ).CodeAsync(HttpStatusCode.Conflict)
        );
        await gateway.PublishAsync(
            await owner.PutAsync(
                guidance,
                new
                {
                    version = 2,
                    en = "More care.",
                    cy = "Mwy o ofal.",
                },
                "\"1\""
            ),
            "north-approver-1"
        );
        Assert.Equal("may_not", await gateway.StandingAsync("constable", "notebook"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_accepts_answers_every_question_rightly_and_each_attempt_is_kept(string database)
    {
        var scene = await SceneAsync(database);
        await scene.GuideAsync(1, questions: true);
        using var person = scene.World.As(scene.Person);
        var asked = await (await person.GetAsync(scene.Path)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((3, 3), (asked["questions"]!.AsArray().Count, asked["questions"]![0]!["choices"]!.AsArray().Count));
        Assert.All(asked["questions"]!.AsArray(), q => Assert.Null(q!["right"]));

        Assert.Equal("answers_missing", await (await scene.AcceptAsync(1)).CodeAsync(HttpStatusCode.Conflict));
        var wrong = await (await scene.AcceptAsync(1, OneWrong)).ShouldBeAsync(HttpStatusCode.Conflict);
        Assert.Equal(("urn:entitlements:problem:answers_wrong", 2, 3), ((string)wrong["type"]!, (int)wrong["right"]!, (int)wrong["questions"]!));
        Assert.False(await scene.MayAsync());
        await (await scene.AcceptAsync(1, Right)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(await scene.MayAsync());

        using var dpo = scene.World.As("north-dpo");
        var kept = await (await dpo.GetAsync($"{scene.Path}/responses?subject={scene.Person}")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(
            ["accepted [2,1,3]", "answered_wrong [2,1,1]"],
            kept["items"]!.AsArray().Select(r => $"{(string)r!["response"]!} {r["answers"]!.ToJsonString()}")
        );
        var first = await (await dpo.GetAsync($"{scene.Path}/responses?limit=1")).ShouldBeAsync(HttpStatusCode.OK);
        var second = await (await dpo.GetAsync($"{scene.Path}/responses?limit=1&cursor={(string)first["next_cursor"]!}")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(("accepted", "answered_wrong"), ((string)first["items"]![0]!["response"]!, (string)second["items"]![0]!["response"]!));
        var only = await (await dpo.GetAsync($"{scene.Path}/responses?response=answered_wrong")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Single(only["items"]!.AsArray());
        Assert.Equal("invalid_filter", await (await dpo.GetAsync($"{scene.Path}/responses?response=maybe")).CodeAsync(HttpStatusCode.BadRequest));
        using var owner = scene.World.As("north-app-owner"); // sees what is right, not who answered
        var seen = await (await owner.GetAsync(scene.Path)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(Right, seen["questions"]!.AsArray().Select(q => (int)q!["right"]!));
        await (await owner.GetAsync($"{scene.Path}/responses")).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Guessing_has_an_end(string database)
    {
        var scene = await SceneAsync(database);
        await scene.GuideAsync(1, questions: true);
        for (var attempt = 0; attempt < RespondToGuidance.MostWrong; attempt++)
        {
            Assert.Equal("answers_wrong", await (await scene.AcceptAsync(1, OneWrong)).CodeAsync(HttpStatusCode.Conflict));
        }
        Assert.Equal("answers_wait", await (await scene.AcceptAsync(1, Right)).CodeAsync(HttpStatusCode.Conflict));
        Assert.False(await scene.MayAsync());
        scene.World.Clock.Advance(RespondToGuidance.Wait);
        await (await scene.AcceptAsync(1, Right)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(await scene.MayAsync());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_correction_asks_nobody_again_and_another_substance_asks_everyone(string database)
    {
        var scene = await SceneAsync(database);
        await scene.GuideAsync(3);
        await (await scene.AcceptAsync(3)).ShouldBeAsync(HttpStatusCode.OK);
        await scene.GuideAsync(4, substance: false);
        Assert.True(await scene.MayAsync());
        await scene.GuideAsync(7);
        Assert.False(await scene.MayAsync());
        await scene.GuideAsync(8, substance: false);
        Assert.False(await scene.MayAsync()); // what was accepted says something else
        await (await scene.AcceptAsync(8)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(await scene.MayAsync());

        using var owner = scene.World.As("north-app-owner");
        var versions = await (await owner.GetAsync($"{scene.Path}/versions?limit=3")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal([(8, false), (7, true), (4, false)], versions["items"]!.AsArray().Select(v => ((int)v!["version"]!, (bool)v["substance"]!)));
        var rest = await (await owner.GetAsync($"{scene.Path}/versions?limit=3&cursor={(string)versions["next_cursor"]!}")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((3, "Text 3."), ((int)Assert.Single(rest["items"]!.AsArray())!["version"]!, (string)rest["items"]![0]!["en"]!));
        Assert.Equal("invalid_cursor", await (await owner.GetAsync($"{scene.Path}/versions?cursor=eA")).CodeAsync(HttpStatusCode.BadRequest));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_refusal_is_kept_and_ends_what_was_accepted_until_they_think_otherwise(string database)
    {
        var scene = await SceneAsync(database);
        await scene.GuideAsync(1);
        await (await scene.AcceptAsync(1)).ShouldBeAsync(HttpStatusCode.OK);
        await scene.GuideAsync(2, substance: false);
        Assert.True(await scene.MayAsync());
        using var person = scene.World.As(scene.Person);
        var refused = await (await person.PutAsync($"{scene.Path}/refusal", new { version = 2, reason = "not on my phone" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((true, true), ((bool)refused["effective"]!, (bool)refused["withdrawn"]!));
        Assert.False(await scene.MayAsync());
        var again = await (await person.PutAsync($"{scene.Path}/refusal", new { version = 2 })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False((bool)again["withdrawn"]!);
        Assert.Equal("guidance_not_in_force", await (await person.PutAsync($"{scene.Path}/refusal", new { version = 1 })).CodeAsync(HttpStatusCode.Conflict));
        using var dpo = scene.World.As("north-dpo");
        var kept = await (await dpo.GetAsync($"{scene.Path}/responses?response=refused")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal([null, "not on my phone"], kept["items"]!.AsArray().Select(r => (string?)r!["reason"]));
        await (await scene.AcceptAsync(2)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(await scene.MayAsync());
        await scene.World.Gateway.InDatabaseAsync(async db =>
            Assert.Equal(2, await db.AuditEvents.CountAsync(e => e.Kind == "guidance.refused" && e.Target == $"app/{scene.App}/guidance/north"))
        );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Guidance_of_a_high_risk_app_asks_three_questions_at_least(string database)
    {
        var scene = await SceneAsync(database);
        await scene.World.Gateway.InDatabaseAsync(db =>
            db.Apps.Where(a => a.Id == scene.App).ExecuteUpdateAsync(set => set.SetProperty(a => a.HighRisk, true))
        );
        using var owner = scene.World.As("north-app-owner");
        Assert.Equal("questions_required", await (await owner.PutAsync(scene.Path, Scene.Body(1))).CodeAsync(HttpStatusCode.Conflict));
        await (await owner.PutAsync(scene.Path, Scene.Body(1, questions: true))).ShouldBeAsync(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Questions_that_cannot_be_asked_are_refused_by_their_place()
    {
        var scene = await SceneAsync(EachDatabase.Sqlite);
        using var owner = scene.World.As("north-app-owner");
        await AssertAsync("/questions", questions => questions.RemoveAt(2));
        await AssertAsync("/questions/1/right", questions => questions[1]!["right"] = 4);
        await AssertAsync("/questions/1/right", questions => questions[1]!["right"] = 0);
        await AssertAsync("/questions/0/choices", questions => questions[0]!["choices"] = new JsonArray(questions[0]!["choices"]![0]!.DeepClone()));
        await AssertAsync("/questions/2/cy", questions => questions[2]!["cy"] = " ");
        await AssertAsync("/questions/2/choices/1/en", questions => questions[2]!["choices"]![1]!["en"] = "a\nb");
        await AssertAsync("/questions/2", questions => questions[2] = null);

        async Task AssertAsync(string pointer, Action<JsonArray> spoil)
        {
            var body = Scene.Body(1, questions: true);
            spoil(body["questions"]!.AsArray());
            var problem = await (await owner.PutAsync(scene.Path, body)).ShouldBeAsync(HttpStatusCode.BadRequest);
            Assert.Contains(pointer, problem["errors"]!.ToJsonString(), StringComparison.Ordinal);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_entitlement_names_the_version_that_its_holder_accepted(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await world.Gateway.InDatabaseAsync(async db =>
        {
            db.Guidance.Add(
                new()
                {
                    App = "recorder",
                    Tenant = "north",
                    TextVersion = 5,
                    AcceptedFrom = 3,
                }
            );
            var holder = await db.Subjects.Where(s => s.Id == "officer").Select(s => s.Key).SingleAsync();
            foreach (var accepted in new[] { 2, 4 })
            {
                db.Acknowledgements.Add(
                    new()
                    {
                        App = "recorder",
                        Tenant = "north",
                        TextVersion = accepted,
                        SubjectKey = holder,
                        At = DateTimeOffset.UnixEpoch,
                    }
                );
            }
            await db.SaveChangesAsync();
        });
        var id = (string)(await world.IssueAsync())["id"]!;
        Assert.Equal(4, (int)(await world.Store.ReadAsync($"/v1/entitlements/{id}"))["guidance"]!);
        await world.Gateway.InDatabaseAsync(async db =>
            Assert.Contains("\"guidance\":4", (await db.AuditEvents.SingleAsync(e => e.Kind == "entitlement.issued")).Details, StringComparison.Ordinal)
        );
    }

    private async Task<Scene> SceneAsync(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, app) = (world.New("role"), world.New("app"));
        await world.Gateway.AddRoleAsync("north", role);
        var person = await world.PersonAsync(role);
        await world.Gateway.OpenAppAsync(app, role);
        return new(world, app, person);
    }

    /// <summary>An app that is open to one person but for its guidance.</summary>
    private sealed record Scene(RequestWorld World, string App, string Person)
    {
        public string Path => $"/v1/apps/{App}/guidance/north";

        public static JsonNode Body(int version, bool questions = false, bool substance = true) =>
            new JsonObject
            {
                ["version"] = version,
                ["en"] = $"Text {version}.",
                ["cy"] = $"Testun {version}.",
                ["questions"] = questions ? new JsonArray([.. Right.Select(Question)]) : [],
                ["substance"] = substance,
            };

        public Task<bool> MayAsync() => World.MayAsync(Person, App);

        public async Task GuideAsync(int version, bool questions = false, bool substance = true)
        {
            using var owner = World.As("north-app-owner");
            var seen = await owner.GetAsync(Path);
            await World.Gateway.PublishAsync(
                await owner.PutAsync(Path, Body(version, questions, substance), seen.Headers.ETag?.ToString()),
                "north-approver-1"
            );
        }

        public async Task<HttpResponseMessage> AcceptAsync(int version, params int[] answers)
        {
            using var person = World.As(Person);
            return await person.PutAsync($"{Path}/acceptance", new { version, answers });
        }

        private static JsonNode Question(int right) =>
            new JsonObject
            {
                ["en"] = "Which?",
                ["cy"] = "Pa un?",
                ["choices"] = new JsonArray([.. Enumerable.Range(1, 3).Select(n => (JsonNode)new JsonObject { ["en"] = $"No {n}.", ["cy"] = $"Rhif {n}." })]),
                ["right"] = right,
            };
    }
}
