using System.Net;
using System.Net.Http.Headers;
using Entitlements.Gateway.Publications;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Releases;
using Entitlements.Gateway.Tests.Servers;
using static Entitlements.Gateway.Tests.Releases.ReleaseActs;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>How an app came to be open is on record for good: who, when, why, on what grounds, and what each voter was shown.</summary>
public sealed class PublicationTests(PostgresServer postgres)
{
    private const string Publications = "/v1/apps/recorder/publications/north";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_was_published_stays_on_record_as_it_was_with_everyone_whom_it_reached(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        await gateway.AddPersonAsync("north", "second", "constable");
        await gateway.AssessAsync("north", Microphone);
        await gateway.PublishAsync(await owner.ReleaseAsync("1.0", Microphone), "north-approver-1", "north-dpo");
        await gateway.OpenRecorderAsync("north", "constable", "north-approver-1", "north-dpo");

        var list = (await owner.ReadAsync(Publications))["items"]!.AsArray();
        Assert.Equal(["rule", "release", "assessment"], list.Select(p => (string)p!["kind"]!));
        Assert.Equal((2, 0, 0), ((int)list[0]!["reached"]!, (int)list[1]!["reached"]!, (int)list[2]!["reached"]!));
        var path = $"{Publications}/{list[0]!["change"]}";

        // what comes after alters nothing of it
        await (await owner.DeleteAsync("/v1/apps/recorder/rules/north?reason=over", "\"1\"")).ShouldBeAsync(HttpStatusCode.OK);
        await gateway.NarrowAsync("north");
        var record = await owner.ReadAsync(path);
        var stands = record["stands"]!;
        Assert.Equal("constable", (string)stands["rules"]![0]!["roles"]![0]!);
        Assert.NotNull(stands["rules"]![0]!["in_force_until"]);
        Assert.Equal(("1.0", "not_scanned"), ((string)stands["releases"]![0]!["version"]!, (string)stands["releases"]![0]!["scan"]!));
        Assert.Equal(("Can listen through the microphone", "high"), Capability(stands["releases"]![0]!["capabilities"]![0]!));
        Assert.Equal(("approved", Microphone), ((string)stands["assessment"]!["outcome"]!, (string)stands["assessment"]!["covers"]![0]!["name"]!));
        Assert.Equal("A phone of its own.", (string)stands["assessment"]!["record"]!["measures"]!);
        Assert.NotEqual("", (string)record["change"]!["proposer"]!);

        // what each voter was shown: the second saw the first vote, neither saw more
        var shown = record["shown"]!.AsArray();
        Assert.Equal(["north/approver", "north/data-protection-officer"], shown.Select(s => (string)s!["function"]!));
        Assert.All(shown, s => Assert.Equal((string)record["change"]!["hash"]!, (string)s!["change"]!["hash"]!));
        Assert.Equal([(0, 2), (0, 2)], shown.Select(s => ((int)s!["change"]!["audience"]!["before"]!, (int)s["change"]!["audience"]!["after"]!)));
        Assert.Equal([0, 1], shown.Select(s => s!["change"]!["votes"]!.AsArray().Count));

        using var dpo = gateway.As("north-dpo");
        var names = await dpo.ReadAsync($"{path}/audience?limit=1");
        var more = await dpo.ReadAsync($"{path}/audience?limit=1&cursor={names["next_cursor"]}");
        Assert.Equal(["constable", "second"], [(string)names["items"]![0]!, (string)more["items"]![0]!]);
        Assert.Null(more["next_cursor"]);
        await (await owner.GetAsync($"{path}/audience")).ShouldBeAsync(HttpStatusCode.Forbidden); // who sees counts, not names
        using var south = gateway.As("south-app-owner");
        await (await south.GetAsync(path)).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_record_is_a_page_as_well_and_what_people_typed_stays_text()
    {
        await using var gateway = await postgres.StartRecorderAsync(EachDatabase.Sqlite, highRisk: false);
        using var owner = gateway.As("north-app-owner");
        var hostile = await owner.PutAsync(
            "/v1/apps/recorder/rules/north",
            new
            {
                roles = new[] { "constable" },
                device = "none",
                reason = "<script>alert(1)</script>",
            }
        );
        var change = await hostile.ChangeAsync();
        await (await gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        owner.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        var answer = await owner.GetAsync($"{Publications}/{change}");
        var page = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, page);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("who holds constable", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Keys_are_kept_in_order_and_small()
    {
        long[] keys = [5, 1, 300, long.MaxValue, 301];
        Assert.Equal(keys.Order(), PublicationRow.Unpack(PublicationRow.Pack(keys)));
        Assert.Empty(PublicationRow.Unpack(PublicationRow.Pack([])));
        Assert.InRange(PublicationRow.Pack(Enumerable.Range(1, 250_000).Select(i => i * 3L)).Length, 1, 100_000);
    }

    private static (string, string) Capability(System.Text.Json.Nodes.JsonNode capability) => ((string)capability["en"]!, (string)capability["risk"]!);
}
