using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Releases;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>What an assessment has to say, who puts it in force, and what stays on record.</summary>
public sealed class AssessmentTests(PostgresServer postgres)
{
    private const string Path = "/v1/apps/recorder/assessments/north";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_approval_says_everything_and_takes_an_approver_and_the_dpo_whose_opinion_is_their_own(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");

        Assert.Equal(["/record"], await FaultsAsync(await owner.PutAsync(Path, Body("approved", record: null))));
        var bare = new { owner = "north-app-owner", regime = "uk-gdpr" };
        Assert.Equal(
            ["/record/purpose", "/record/data", "/record/risks", "/record/measures"],
            await FaultsAsync(await owner.PutAsync(Path, Body("approved", bare)))
        );
        await (await owner.PutAsync(Path, Body("approved", new { owner = "north-app-owner", regime = "no-law" }))).ShouldBeAsync(HttpStatusCode.BadRequest);
        foreach (var stranger in new[] { "south-app-owner", "nobody" })
        {
            var refused = await owner.PutAsync(Path, Body("approved", CatalogueActs.Record(stranger)));
            Assert.Equal("owner_unknown", await refused.CodeAsync(HttpStatusCode.BadRequest));
        }

        var change = await (await owner.PutAsync(Path, Body("approved", CatalogueActs.Record("constable")))).ChangeAsync();
        using var dpo = gateway.As("north-dpo");
        Assert.Equal("A phone of its own.", (string)(await dpo.ReadAsync($"/v1/changes/{change}"))["alteration"]!["record"]!["measures"]!);
        await (await dpo.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK);
        await (await owner.GetAsync(Path)).ShouldBeAsync(HttpStatusCode.NotFound); // an approver is still to vote
        await (await gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);

        var standing = await owner.ReadAsync(Path);
        Assert.Equal(("constable", "law-enforcement"), ((string)standing["record"]!["owner"]!, (string)standing["record"]!["regime"]!));
        var said = await gateway.InDatabaseAsync(db => db.Votes.SingleAsync(v => v.Change == change && v.Function == "north/data-protection-officer"));
        Assert.Equal((said.Person, said.Reason, change), Opinion(standing));
        var events = await gateway.InDatabaseAsync(db => db.AuditEvents.Where(e => e.Target == change).Select(e => e.Details).ToListAsync());
        Assert.Contains(events, e => e.Contains("A phone of its own.", StringComparison.Ordinal));
        Assert.All(events, e => Assert.DoesNotContain("constable", e, StringComparison.Ordinal)); // no names in the log

        await (await owner.PutAsync(Path, Body("refused", record: null), "\"1\"")).ShouldBeAsync(HttpStatusCode.OK); // waits for nothing, not even for words
        var refusal = await owner.ReadAsync(Path);
        Assert.Equal(("refused", "constable"), ((string)refusal["outcome"]!, (string)refusal["record"]!["owner"]!));
        await (await owner.PutAsync(Path, Body("refused", CatalogueActs.Record("nobody")), "\"2\"")).ShouldBeAsync(HttpStatusCode.OK); // nor for an owner who is there
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task That_none_is_needed_is_on_record_with_who_said_so_and_opens_nothing(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database, highRisk: false);
        using var owner = gateway.As("north-app-owner");
        Assert.Equal(["/record/screening"], await FaultsAsync(await owner.PutAsync(Path, Body("not-needed", CatalogueActs.Record()))));
        var screened = new
        {
            owner = "north-app-owner",
            regime = "uk-gdpr",
            screening = "It keeps no data of anybody.",
        };
        await (await owner.PutAsync(Path, Body("not-needed", screened, ReleaseActs.Microphone))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("It keeps no data of anybody.", (string)(await owner.ReadAsync(Path))["record"]!["screening"]!);
        Assert.Equal(
            "release_held",
            await (await owner.ReleaseAsync("1.0", ReleaseActs.Package("1.0", ReleaseActs.Microphone))).CodeAsync(HttpStatusCode.Conflict)
        );
        var by = await gateway.InDatabaseAsync(db => db.AuditEvents.Where(e => e.Kind == "assessment.applied").Select(e => e.Actor).SingleAsync());
        Assert.Contains("north-app-owner", by, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_screening_is_not_enough_for_an_app_of_high_risk()
    {
        await using var gateway = await postgres.StartRecorderAsync(EachDatabase.Sqlite);
        using var owner = gateway.As("north-app-owner");
        var screened = new
        {
            owner = "north-app-owner",
            regime = "uk-gdpr",
            screening = "It keeps no data of anybody.",
        };
        Assert.Equal("assessment_needed", await (await owner.PutAsync(Path, Body("not-needed", screened))).CodeAsync(HttpStatusCode.Conflict));
    }

    private static object Body(string outcome, object? record, params string[] covers) =>
        new
        {
            outcome,
            in_force_until = TimeProvider.System.GetUtcNow().AddDays(100),
            covers,
            record,
            reason = "looked at",
        };

    private static (string Person, string Text, string Change) Opinion(JsonNode assessment) =>
        ((string)assessment["opinion"]!["person"]!, (string)assessment["opinion"]!["text"]!, (string)assessment["opinion"]!["change"]!);

    private static async Task<IEnumerable<string>> FaultsAsync(HttpResponseMessage answer) =>
        (await answer.ShouldBeAsync(HttpStatusCode.BadRequest))["errors"]!.AsObject().Select(e => e.Key).ToList();
}
