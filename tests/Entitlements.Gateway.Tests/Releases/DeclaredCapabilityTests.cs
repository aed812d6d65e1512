using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using static Entitlements.Gateway.Tests.Releases.ReleaseActs;

namespace Entitlements.Gateway.Tests.Releases;

/// <summary>What cannot be read here its owner says, and is held to.</summary>
public sealed class DeclaredCapabilityTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Of_an_app_in_a_managed_store_the_owner_says_what_it_can_do_and_the_same_holds(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database, highRisk: false, distribution: "managed-store");
        using var owner = gateway.As("north-app-owner");
        Assert.Equal("capabilities_required", await (await owner.ReleaseAsync("1.0", file: null)).CodeAsync(HttpStatusCode.BadRequest));
        Assert.Equal("release_held", await (await owner.ReleaseAsync("1.0", file: null, says: [Microphone])).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("held", await owner.StateAsync("1.0"));
        Assert.Null((await owner.ReadReleaseAsync("1.0"))["scan"]);
        await gateway.CoverAsync("north", Microphone);
        await gateway.PublishAsync(await owner.ReleaseAsync("1.0", file: null, says: [Microphone]), "north-approver-1");
        await gateway.OpenRecorderAsync("north", "constable", "north-approver-1", "north-dpo");
        Assert.Empty(await gateway.ReasonsAsync());
        await gateway.NarrowAsync("north");
        Assert.Equal(["release_held"], await gateway.ReasonsAsync());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_was_said_may_be_said_anew_until_it_is_published_and_nobody_votes_on_what_was_said_before(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database, highRisk: false, distribution: "managed-store");
        using var owner = gateway.As("north-app-owner");
        var first = await (await owner.ReleaseAsync("1.0", file: null, says: [])).ChangeAsync();
        using var approver = gateway.As("north-approver-1");
        Assert.Empty((await approver.ReadAsync($"/v1/changes/{first}"))["alteration"]!["capabilities"]!.AsArray());
        var second = await (await owner.ReleaseAsync("1.0", file: null, says: [Internet, Internet])).ChangeAsync();
        Assert.Equal("change_moved", await (await approver.VoteAsync(first)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(Internet, (string)Assert.Single((await approver.ReadAsync($"/v1/changes/{second}"))["alteration"]!["capabilities"]!.AsArray())!);
        await (await approver.VoteAsync(second)).ShouldBeAsync(HttpStatusCode.OK);

        Assert.Equal("release_published", await (await owner.ReleaseAsync("1.0", file: null, says: [])).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(Internet, (string)Assert.Single((await owner.ReadReleaseAsync("1.0"))["capabilities"]!.AsArray())!["name"]!);
        var said = await gateway.InDatabaseAsync(db =>
            db.AuditEvents.Where(e => e.Kind == "release.drafted").OrderBy(e => e.At).Select(e => e.Details).ToListAsync()
        );
        Assert.Equal([false, true], said.Select(details => details!.Contains(Internet, StringComparison.Ordinal)));
    }

    /// <summary>The owner says it anew between the counting of the vote and its commit: held up here until the vote waits for it.</summary>
    [Fact]
    public async Task Nothing_is_said_anew_while_the_deciding_vote_is_counted()
    {
        await using var gateway = await postgres.StartRecorderAsync(EachDatabase.Postgres, highRisk: false, distribution: "managed-store");
        using var owner = gateway.As("north-app-owner");
        var change = await (await owner.ReleaseAsync("1.0", file: null, says: [])).ChangeAsync();
        await using var connection = new NpgsqlConnection(gateway.Postgres);
        await connection.OpenAsync();
        await using var saying = await connection.BeginTransactionAsync();
        await DoAsync("select pg_advisory_xact_lock(hashtextextended('releases-of/recorder', 0))");
        var vote = gateway.VoteAsync(change, "north-approver-1");
        while (
            !vote.IsCompleted
            && await DoAsync(
                "select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())"
            )
                is null
        ) { }
        await DoAsync($"update release set capabilities = '[\"{Internet}\"]' where app = 'recorder'");
        await saying.CommitAsync();
        Assert.Equal("change_moved", await (await vote).CodeAsync(HttpStatusCode.Conflict));

        async Task<object?> DoAsync(string statement)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            return await command.ExecuteScalarAsync();
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_is_read_cannot_be_said_and_of_a_high_risk_app_what_is_not_read_must_be(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        var file = CatalogueActs.Bytes(1_000);
        Assert.Equal("capabilities_read", await (await owner.ReleaseAsync("1.0", Package("1.0"), says: [])).CodeAsync(HttpStatusCode.BadRequest));
        Assert.Equal("capabilities_required", await (await owner.ReleaseAsync("1.0", file, "windows")).CodeAsync(HttpStatusCode.BadRequest));
        var unusable = await (await owner.ReleaseAsync("1.0", file, "windows", ["no name"])).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.NotNull(unusable["errors"]!["/capabilities"]);
        Assert.Equal("release_held", await (await owner.ReleaseAsync("1.0", file, "windows", [Microphone])).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(
            "release_differs",
            await (await owner.ReleaseAsync("1.0", CatalogueActs.Bytes(1_000, seed: 2), "windows", [])).CodeAsync(HttpStatusCode.Conflict)
        );
    }
}
