using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Releases;
using Entitlements.Gateway.Tests.Servers;
using static Entitlements.Gateway.Tests.Releases.ReleaseActs;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>What one force found out of an app helps another to begin, and opens nothing there.</summary>
public sealed class DraftTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_force_shares_what_it_found_without_names_and_another_takes_it_as_a_draft(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        await gateway.AssessAsync("north", Microphone);
        await gateway.PublishAsync(await owner.ReleaseAsync("1.0", Microphone), "north-approver-1", "north-dpo");
        await gateway.OpenRecorderAsync("north", "constable", "north-approver-1", "north-dpo");
        var shared = await owner.ReadAsync("/v1/apps/recorder/drafts/north/export");
        Assert.Equal("A phone of its own.", (string)shared["assessment"]!["measures"]!);
        Assert.True((bool)shared["rule"]!["roles"]![0]!["restricted"]!); // by force, as the app is high risk
        var text = shared.ToJsonString();
        Assert.All(new[] { "north", "constable", "app-owner" }, name => Assert.DoesNotContain(name, WithoutApp(text), StringComparison.Ordinal));

        using var south = gateway.As("south-app-owner");
        const string drafts = "/v1/apps/recorder/drafts/south";
        await (await south.PutAsync(drafts, shared)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await south.PutAsync("/v1/apps/recorder/adoptions/south", new { })).ShouldBeAsync(HttpStatusCode.OK);
        await (await south.PutAsync(drafts, shared)).ShouldBeAsync(HttpStatusCode.OK);
        await (await south.PutAsync(drafts, shared)).ShouldBeAsync(HttpStatusCode.PreconditionRequired);
        Assert.Equal(text, (await south.ReadAsync(drafts)).ToJsonString());
        Assert.Equal("draft", (string)(await south.ReadAsync("/v1/apps/recorder/life/south"))["state"]!);
        await (await south.GetAsync("/v1/apps/recorder/assessments/south")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await south.GetAsync("/v1/apps/recorder/rules/south")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await south.GetAsync("/v1/apps/recorder/drafts/north/export")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("format", "\"another/1\"", "/format")]
    [InlineData("name", "\"\"", "/name")]
    [InlineData("assessment", """{"regime":"both","covers":["no capability"]}""", "/assessment/covers")]
    [InlineData("guidance", """{"en":"","cy":"x","questions":[]}""", "/guidance/en")]
    [InlineData("rule", """{"device":"none","accreditations":-1,"roles":[]}""", "/rule")]
    [InlineData("tenant", "\"south\"", "/tenant")]
    public async Task A_draft_that_is_none_is_refused_at_its_place(string member, string value, string pointer)
    {
        await using var gateway = await postgres.StartRecorderAsync(EachDatabase.Sqlite);
        using var owner = gateway.As("north-app-owner");
        var draft = (await owner.ReadAsync("/v1/apps/recorder/drafts/north/export")).AsObject();
        draft[member] = JsonNode.Parse(value);
        var refused = await (await owner.PutAsync("/v1/apps/recorder/drafts/north", draft)).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.Contains(pointer, refused["errors"]!.AsObject().Select(e => e.Key));
    }

    /// <summary>The capabilities carry the platform's names, which are nobody's.</summary>
    private static string WithoutApp(string text) => text.Replace("android.permission", "", StringComparison.Ordinal);
}
