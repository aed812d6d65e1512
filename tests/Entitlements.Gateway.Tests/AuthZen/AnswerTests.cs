using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.AuthZen;

/// <summary>What an answer says, to whom, and what it leaves behind.</summary>
[Collection(nameof(CertifiedGateways))]
public sealed class AnswerTests(CertifiedGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_answer_carries_its_evidence(string database)
    {
        using var store = await gateways.StoreAsync(database);
        var allowed = await store.AnswerAsync(Asking.One, Asking.Of("carol", "download", "recorder", "app"));
        Assert.True(allowed.Decision());
        Assert.Equal(["evaluation_id", "evaluated_at", "revision", "valid_until", "reasons"], allowed["context"]!.AsObject().Select(member => member.Key));
        Assert.Empty(allowed.Reasons());
        var denied = await store.AnswerAsync(Asking.One, Asking.Of("dave", "download", "recorder", "app"));
        Assert.Equal(["role_not_held"], denied.Reasons());
        Assert.NotEmpty(denied["context"]!["reason_user"]!["en"]!.GetValue<string>());
        Assert.NotEmpty(denied["context"]!["reason_user"]!["cy"]!.GetValue<string>());
        Assert.DoesNotContain("negotiator", denied.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Abuse 48 and 82: unknown, hidden and foreign are alike in everything but evaluation id, time and revision.</summary>
    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "48")]
    [Trait("Abuse", "82")]
    public async Task What_does_not_exist_for_the_asker_is_all_alike(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var store = await gateways.StoreAsync(database);
        using var both = gateway.AsClient("both-store", "access.evaluate");
        using var carol = gateway.As("carol");
        var inTenant = "'context':{'tenant':'elsewhere'}";
        (HttpClient Http, string Body)[] questions =
        [
            (store, Asking.Of("nobody", "download", "recorder", "app")), // unknown subject
            (store, Asking.Of("sam", "download", "recorder", "app")), // another tenant's
            (store, Asking.Of("carol", "download", "nothing", "app")), // unknown app
            (store, Asking.Of("dave", "download", "shadow", "app")), // hidden from Dave
            (store, Asking.Of("carol", "download", "foreign", "app")), // not adopted
            (store, Asking.Of("carol", "borrow", "recorder", "app")), // unknown action
            (store, Asking.Of("carol", "download", "recorder", "gadget")), // unknown type
            (store, Asking.Of("alice", "shred", "record-1")),
            (store, Asking.Of("carol", "download", "recorder", "app", inTenant)), // unknown tenant
            (store, Asking.Of("sam", "download", "foreign", "app", "'context':{'tenant':'southmere'}")), // not the client's tenant
            (both, Asking.Of("carol", "download", "recorder", "app", inTenant)),
            (both, Asking.Of("carol", "download", "recorder", "app", "'context':{'tenant':'southmere'}")),
            (carol, Asking.Of("dave", "download", "recorder", "app")), // a person about somebody else
            (carol, Asking.Of("nobody", "download", "recorder", "app")),
            (
                store,
                Asking.Json(
                    "{'subject':{'type':'user','id':'carol','properties':{'iss':'https://elsewhere.example'}},'action':{'name':'download'},'resource':{'type':'app','id':'recorder'}}"
                )
            ),
            (store, Asking.Json("{'subject':{'type':'robot','id':'carol'},'action':{'name':'download'},'resource':{'type':'app','id':'recorder'}}")),
        ];
        var essences = new HashSet<string>(StringComparer.Ordinal);
        var headers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (http, body) in questions)
        {
            var response = await http.SendAsync(Asking.One, body);
            var answer = await response.ShouldBeAsync(HttpStatusCode.OK);
            Assert.Equal(["not_available"], answer.Reasons());
            essences.Add(BatchTests.Essence(answer));
            headers.Add(string.Join(',', response.Headers.Concat(response.Content.Headers).Select(h => h.Key).Order(StringComparer.Ordinal)));
        }
        Assert.Single(essences);
        Assert.Single(headers);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_client_of_several_tenants_says_which(string database)
    {
        using var both = (await gateways.OnAsync(database)).AsClient("both-store", "access.evaluate");
        var refused = await both.SendAsync(Asking.One, Asking.Of("carol", "download", "notebook", "app"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.True((await both.AnswerAsync(Asking.One, Asking.Of("carol", "download", "notebook", "app", "'context':{'tenant':'northvale'}"))).Decision());
        Assert.False((await both.AnswerAsync(Asking.Many, $"{{\"evaluations\":[{Asking.Of("carol", "download", "notebook", "app")}]}}")).Decisions().Single());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_person_asks_about_themself_hears_the_headline_and_vouches_for_nothing(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var carol = gateway.As("carol");
        using var dave = gateway.As("dave");
        Assert.True((await carol.AnswerAsync(Asking.One, Asking.Of("carol", "download", "recorder", "app"))).Decision());
        Assert.Equal(["role_not_held"], (await dave.AnswerAsync(Asking.One, Asking.Of("dave", "download", "recorder", "app"))).Reasons());
        using var bob = gateway.As("bob");
        var claim =
            "{'subject':{'type':'user','id':'bob','properties':{'role':'admin'}},'action':{'name':'write'},'resource':{'type':'record','id':'record-2','properties':{'status':'archived'}}}";
        Assert.False((await bob.AnswerAsync(Asking.One, Asking.Json(claim))).Decision());
        using var store = await gateways.StoreAsync(database);
        Assert.True((await store.AnswerAsync(Asking.One, Asking.Json(claim))).Decision());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_revision_that_does_not_come_is_503(string database)
    {
        using var store = await gateways.StoreAsync(database);
        var revision = (await store.AnswerAsync(Asking.One, Asking.Of("carol", "download", "notebook", "app")))["context"]!["revision"]!.GetValue<long>();
        Assert.True(
            (await store.AnswerAsync(Asking.One, Asking.Of("carol", "download", "notebook", "app", $"'context':{{'min_revision':{revision}}}"))).Decision()
        );
        var early = await store.SendAsync(
            Asking.One,
            Asking.Of("carol", "download", "notebook", "app", $"'context':{{'min_revision':{revision + 1_000_000}}}")
        );
        Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
        Assert.NotNull(early.Headers.RetryAfter);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Attempts_on_a_restricted_app_are_recorded_one_by_one_and_listings_counted(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var store = await gateways.StoreAsync(database);
        var attempt = await store.AnswerAsync(Asking.One, Asking.Of("dave", "download", "recorder", "app", "'context':{'device':{'id':'phone-7'}}"));
        var id = attempt["context"]!["evaluation_id"]!.GetValue<string>();
        var recorded = await gateway.InDatabaseAsync(db => db.AuditEvents.SingleAsync(e => e.Kind == "decision.attempted" && e.Details.Contains(id)));
        Assert.Equal("northvale", recorded.Tenant);
        Assert.Equal("app/recorder", recorded.Target);
        var details = JsonNode.Parse(recorded.Details)!;
        Assert.False(details["decision"]!.GetValue<bool>());
        Assert.Equal("role_not_held", details["reasons"]![0]!.GetValue<string>());
        Assert.Equal("phone-7", details["device"]!.GetValue<string>());
        Assert.DoesNotContain("dave", recorded.Details, StringComparison.Ordinal);

        var before = await CountAsync(gateway);
        var open = await store.AnswerAsync(Asking.One, Asking.Of("carol", "download", "notebook", "app"));
        var listing = await store.AnswerAsync(Asking.One, Asking.Of("carol", "download", "notebook", "app", "'context':{'purpose':'listing'}"));
        foreach (var answer in new[] { open, listing })
        {
            var unrecorded = answer["context"]!["evaluation_id"]!.GetValue<string>();
            Assert.False(await gateway.InDatabaseAsync(db => db.AuditEvents.AnyAsync(e => e.Details.Contains(unrecorded))));
        }
        Assert.Equal((before.Asked + 1, before.Allowed + 1), await CountAsync(gateway));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_alarm_rises_once_when_a_client_asks_about_too_many_people(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var scan = gateway.AsClient("scan-store", "access.evaluate");
        Task<int> AlarmsAsync() => gateway.InDatabaseAsync(db => db.Outbox.CountAsync(m => m.Kind == "alarm.enumeration" && m.Payload.Contains("scan-store")));
        for (var i = 0; i < 20; i++)
        {
            await scan.AnswerAsync(Asking.One, Asking.Of($"person-{i % 5}", "download", "recorder", "app"));
            await scan.AnswerAsync(Asking.One, Asking.Of($"person-{i}", "download", "notebook", "app"));
        }
        Assert.Equal(0, await AlarmsAsync());
        for (var i = 5; i < 15; i++)
        {
            await scan.AnswerAsync(Asking.One, Asking.Of($"person-{i}", "download", "recorder", "app"));
        }
        Assert.Equal(1, await AlarmsAsync());
        Assert.False(
            await gateway.InDatabaseAsync(db =>
                db.Outbox.AnyAsync(m => m.Kind == "alarm.enumeration" && (m.Payload.Contains("recorder") || m.Payload.Contains("person-")))
            )
        );
    }

    private static Task<(long Asked, long Allowed)> CountAsync(TestGateway gateway) =>
        gateway.InDatabaseAsync(async db =>
            await db.ListingCounts.SingleOrDefaultAsync(c => c.Tenant == "northvale" && c.App == "notebook") is { } row ? (row.Asked, row.Allowed) : (0, 0)
        );
}
