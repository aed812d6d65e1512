using Entitlements.Gateway.Access;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.AuthZen;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Issuance;

/// <summary>What was asked about an app of late, by entitlements and by the evidence.</summary>
public sealed class AskedLatelyTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Attempts_refusals_and_issues_of_one_account_with_one_device_are_one_question(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await world.Gateway.RegisterClientAsync("asker", ["north"], Scopes.Evaluate);
        using var asker = world.Gateway.AsClient("asker", Scopes.Evaluate);
        await asker.AnswerAsync(Asking.One, Asking.Of("officer", "download", "recorder", "app", "'context':{'device':{'id':'phone'}}"));
        await world.IssueAsync();
        await world.AskAsync(world.Question("bystander"));
        await asker.AnswerAsync(Asking.One, Asking.Of("bystander", "download", "recorder", "app"));
        await asker.AnswerAsync(Asking.One, Asking.Of("bystander", "download", "recorder", "app", "'context':{'device':{'id':'no\\tdevice'}}"));
        foreach (var other in new[] { Asking.Of("bystander", "shred", "recorder", "app"), Asking.Of("nobody", "download", "recorder", "app") })
        {
            Assert.Equal(["not_available"], (await asker.AnswerAsync(Asking.One, other)).Reasons());
        }

        var (officer, bystander) = (await KeyAsync(world, "officer"), await KeyAsync(world, "bystander"));
        var asked = await ReadAsync(world, most: 3);
        Assert.Equal(0, asked.LeftOut);
        Assert.Equal(
            [(bystander, null, 2, false), (bystander, "phone", 1, false), (officer, "phone", 2, true)],
            asked.Latest.Select(a => (a.SubjectKey, a.Device, a.Times, a.LastAllowed))
        );
        Assert.All(asked.Latest, a => Assert.Equal(a.LastAllowed, a.LastReasons.Count == 0));
        Assert.Contains("role_not_held", asked.Latest[0].LastReasons);

        var latest = await ReadAsync(world, most: 1);
        Assert.Equal((asked.Latest[0].LastAt, 2), (Assert.Single(latest.Latest).LastAt, latest.LeftOut));
        var since = await ReadAsync(world, most: 3, since: asked.Latest[0].LastAt);
        Assert.Equal((bystander, null, 1), (Assert.Single(since.Latest).SubjectKey, since.Latest[0].Device, since.Latest[0].Times));
        Assert.Empty((await ReadAsync(world, most: 3, tenant: "south")).Latest);
    }

    private static Task<AskedQuestions> ReadAsync(IssuingWorld world, int most, DateTimeOffset since = default, string tenant = "north") =>
        world.Gateway.InDatabaseAsync(db => AskedLately.ReadAsync(db, tenant, ["recorder", "notebook"], since, most));

    private static Task<long> KeyAsync(IssuingWorld world, string person) =>
        world.Gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == person).Select(s => s.Key).SingleAsync());
}
