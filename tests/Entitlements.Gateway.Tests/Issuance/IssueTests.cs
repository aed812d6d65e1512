using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Issuance;

/// <summary>Issuing: who gets a token, what it says, and what is on record afterwards.</summary>
public sealed class IssueTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_holds_the_role_gets_a_token_and_nobody_else_does(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var issued = await world.IssueAsync();
        Assert.Equal(world.Sha256, (string?)issued["release"]!["sha256"]);
        Assert.EndsWith("/v1/downloads", (string)issued["download_url"]!, StringComparison.Ordinal);
        var refused = await (await world.AskAsync(world.Question("bystander"))).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.Contains("role_not_held", refused["context"]!["reasons"]!.AsArray().Select(r => (string?)r!["code"]));
        Assert.DoesNotContain("negotiator", refused.ToJsonString(), StringComparison.Ordinal);
        var stranger = await (await world.AskAsync(world.Question("nobody-known"))).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.Equal("not_available", (string?)Assert.Single(stranger["context"]!["reasons"]!.AsArray())!["code"]);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Every_entitlement_and_every_refusal_has_its_audit_record(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var id = (string)(await world.IssueAsync())["id"]!;
        await world.AskAsync(world.Question("bystander"));
        var audit = await world.Gateway.InDatabaseAsync(db => db.AuditEvents.Where(a => a.Kind.StartsWith("entitlement.")).OrderBy(a => a.Id).ToListAsync());
        Assert.Equal([("entitlement.issued", id, "north"), ("entitlement.refused", "app/recorder", "north")], audit.Select(a => (a.Kind, a.Target, a.Tenant!)));
        Assert.All(audit, a => Assert.DoesNotContain("officer", a.Details, StringComparison.Ordinal));
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.Outbox.CountAsync(m => m.Kind == "entitlement.issued")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Without_its_audit_record_nothing_is_issued(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await world.Gateway.InDatabaseAsync(db =>
            db.Database.ExecuteSqlRawAsync(
                database == EachDatabase.Postgres
                    ? """
                    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$;
                    create trigger refuse before insert on audit_event for each row execute function refuse();
                    """
                    : "create trigger refuse before insert on audit_event begin select raise(abort, 'no room'); end"
            )
        );
        await (await world.AskAsync()).ShouldBeAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.Entitlements.CountAsync()));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_high_risk_app_asks_for_a_fresh_token_of_the_very_person(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await ShouldBeRefusedAsync("", "person_proof_required");
        await ShouldBeRefusedAsync("rubbish", "person_proof_invalid");
        await ShouldBeRefusedAsync(world.Gateway.Issuer.PersonToken("bystander"), "person_proof_invalid");
        await ShouldBeRefusedAsync(world.Gateway.Issuer.PersonToken("officer", TimeSpan.FromMinutes(6)), "person_proof_invalid");
        await ShouldBeRefusedAsync(world.Gateway.Issuer.ClientToken("store", Scopes.Issue), "person_proof_invalid");
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.Entitlements.CountAsync()));
        Assert.Equal(5, await world.Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(a => a.Kind == "entitlement.refused")));

        async Task ShouldBeRefusedAsync(string proof, string code)
        {
            var problem = await (await world.AskAsync(world.Question(proof: proof))).ShouldBeAsync(HttpStatusCode.Forbidden);
            Assert.EndsWith(code, (string)problem["type"]!, StringComparison.Ordinal);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "84")]
    public async Task A_repeated_request_finds_the_same_entitlement_until_it_is_spent(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var question = world.Question();
        var first = await (await world.AskAsync(question, key: "k1")).ShouldBeAsync(HttpStatusCode.Created);
        var again = await (await world.AskAsync(question, key: "k1")).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal((string?)first["id"], (string?)again["id"]);
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.Entitlements.CountAsync()));
        await (await world.AskAsync(world.Question("bystander"), key: "k1")).ShouldBeAsync(HttpStatusCode.UnprocessableEntity);
        await (await world.RedeemAsync((string)again["token"]!)).ShouldBeAsync(HttpStatusCode.Created);
        await (await world.RedeemAsync((string)first["token"]!)).ShouldBeAsync(HttpStatusCode.Conflict);
        await (await world.AskAsync(question, key: "k1")).ShouldBeAsync(HttpStatusCode.Gone);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_repeated_request_is_judged_afresh(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var question = world.Question();
        await (await world.AskAsync(question, key: "k1")).ShouldBeAsync(HttpStatusCode.Created);
        await world.EndAssignmentAsync();
        var gone = await (await world.AskAsync(question, key: "k1")).ShouldBeAsync(HttpStatusCode.Gone);
        Assert.Equal("role_not_held", (string?)gone["context"]!["reasons"]![0]!["code"]);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_repeated_request_proves_the_person_where_that_is_asked_for_by_now(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await world.ReviseAsync(db => db.Apps.Where(a => a.Id == "recorder").ExecuteUpdateAsync(set => set.SetProperty(a => a.PersonProof, false)));
        var question = world.Question(proof: "");
        await (await world.AskAsync(question, key: "k1")).ShouldBeAsync(HttpStatusCode.Created);
        await world.ReviseAsync(db => db.Apps.Where(a => a.Id == "recorder").ExecuteUpdateAsync(set => set.SetProperty(a => a.PersonProof, true)));
        var problem = await (await world.AskAsync(question, key: "k1")).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.EndsWith("person_proof_required", (string)problem["type"]!, StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Another_clients_key_is_simply_new(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await world.Gateway.RegisterClientAsync("other-store", ["north"], Scopes.Issue);
        var question = world.Question();
        var own = await (await world.AskAsync(question, key: "k1")).ShouldBeAsync(HttpStatusCode.Created);
        var others = await (await world.AskAsync(question, world.Gateway.AsClient("other-store", Scopes.Issue), "k1")).ShouldBeAsync(HttpStatusCode.Created);
        Assert.NotEqual((string?)own["id"], (string?)others["id"]);
        Assert.Equal(2, await world.Gateway.InDatabaseAsync(db => db.Entitlements.CountAsync()));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Parallel_requests_with_one_key_make_one_entitlement(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var question = world.Question();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(async _ => await (await world.AskAsync(question, key: "k1")).ShouldBeAsync(HttpStatusCode.Created))
        );
        Assert.Single(answers.Select(a => (string?)a["id"]).Distinct());
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.Entitlements.CountAsync()));
    }

    [Fact]
    public async Task One_person_gets_so_many_an_hour_and_no_more()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite, settings: ("Issuance:HourlyQuota", "2"));
        await world.IssueAsync();
        await world.IssueAsync();
        var answer = await world.AskAsync();
        await answer.ShouldBeAsync(HttpStatusCode.TooManyRequests);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task By_a_database_older_than_was_asked_for_nothing_is_issued()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        var question = System.Text.Json.JsonSerializer.SerializeToNode(world.Question())!;
        question["context"]!["min_revision"] = 1_000_000;
        await (await world.AskAsync(question)).ShouldBeAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.Entitlements.CountAsync()));
    }

    [Fact]
    public async Task A_token_never_outlives_the_right_behind_it()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        var end = TimeProvider.System.GetUtcNow().AddSeconds(40);
        await world.ReviseAsync(db => db.Assignments.Where(a => a.Role == "negotiator").ExecuteUpdateAsync(set => set.SetProperty(a => a.NotAfter, end)));
        var issued = await world.IssueAsync();
        Assert.True(DateTimeOffset.Parse((string)issued["expires_at"]!, null) <= end);
    }

    [Fact]
    public async Task An_app_of_a_managed_store_is_recorded_and_gives_no_token()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        await world.ReviseAsync(async db =>
        {
            await db.Apps.Where(a => a.Id == "recorder").ExecuteUpdateAsync(set => set.SetProperty(a => a.Distribution, Distribution.ManagedStore));
        });
        var issued = await world.IssueAsync();
        Assert.Null(issued["token"]);
        Assert.True(issued.AsObject().ContainsKey("token"));
        Assert.Equal("recorded", (string?)issued["delivery"]!["state"]);
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.Entitlements.CountAsync()));
    }

    [Fact]
    public async Task Only_a_download_of_an_app_is_issued()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        await (
            await world.AskAsync(
                new
                {
                    subject = new { type = "user", id = "officer" },
                    action = new { name = "read" },
                    resource = new { type = "app", id = "recorder" },
                }
            )
        ).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (
            await world.AskAsync(
                new
                {
                    subject = new { type = "user", id = "officer" },
                    action = new { name = "download" },
                    resource = new { type = "record", id = "r1" },
                }
            )
        ).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (await world.AskAsync(by: world.Gateway.As("officer"))).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await world.AskAsync(by: world.Gateway.Anonymous())).ShouldBeAsync(HttpStatusCode.Unauthorized);
        var foreign = await (await world.AskAsync(by: world.Gateway.AsClient("south-store", Scopes.Issue))).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.Equal("not_available", (string?)foreign["context"]!["reasons"]![0]!["code"]);
    }

    [Fact]
    public async Task The_key_set_is_open_and_has_no_private_member()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        var answer = await world.Gateway.Anonymous().GetAsync("/.well-known/jwks.json");
        var key = Assert.Single((await answer.ShouldBeAsync(HttpStatusCode.OK))["keys"]!.AsArray())!.AsObject();
        Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key.Select(m => m.Key).Order(StringComparer.Ordinal));
        Assert.NotNull(answer.Headers.CacheControl?.MaxAge);
        var token = await world.TokenAsync();
        var header = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.AsSpan(0, token.IndexOf('.'))))!;
        Assert.Equal(("ES256", "entitlement+jwt", (string?)key["kid"]), ((string?)header["alg"], (string?)header["typ"], (string?)header["kid"]));
    }
}
