using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Issuance;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.MutualAid;

/// <summary>A guest's download in the host: a high-risk app, so both forces' data protection officers vote, too.</summary>
public sealed class AidIssueTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_guest_downloads_and_neither_issues_redeems_nor_goes_on_once_the_right_at_home_is_gone(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var scene = new AidScene(world.Gateway, "negotiator", "lead", "recorder", "guest");
        await world.Gateway.AddRoleAsync("south", scene.Right);
        await world.Gateway.AddPersonAsync("south", scene.Person, scene.Right);
        await world.Gateway.InDatabaseAsync(async db =>
        {
            db.Devices.Add(
                new()
                {
                    Tenant = "south",
                    Id = "guest-phone",
                    SubjectKey = await db.Subjects.Where(s => s.Id == "guest").Select(s => (long?)s.Key).SingleAsync(),
                }
            );
            await db.SaveChangesAsync();
        });
        using var admin = world.Gateway.As("north-role-admin");
        var declared = await admin.PutAsync(scene.Equivalent, new { role = scene.Right });
        await world.Gateway.PublishAsync(declared, "north-approver-1", "north-dpo"); // a high-risk app's rule names the role
        Assert.Equal(HttpStatusCode.Forbidden, (await world.AskAsync(Question(world))).StatusCode);
        var change = await (await scene.ProposeAsync()).ChangeAsync();
        var open = (await admin.ReadAsync($"/v1/changes/{change}"))["quorum_open"]!.AsArray().Select(f => (string)f!).Order(StringComparer.Ordinal);
        Assert.Equal(["north/approver", "north/data-protection-officer", "south/approver", "south/data-protection-officer"], open);
        foreach (var voter in new[] { "north-approver-1", "north-dpo", "south-approver-1", "south-dpo" })
        {
            await (await world.Gateway.VoteAsync(change, voter)).ShouldBeAsync(HttpStatusCode.OK);
        }

        var unspent = (string)(await (await world.AskAsync(Question(world))).ShouldBeAsync(HttpStatusCode.Created))["token"]!;
        var running = (string)(await (await world.AskAsync(Question(world))).ShouldBeAsync(HttpStatusCode.Created))["token"]!;
        var session = await (await world.RedeemAsync(running)).ShouldBeAsync(HttpStatusCode.Created);
        var url = new Uri((string)session["url"]!);
        Assert.Equal(world.File, await (await world.FetchAsync(url, running)).Content.ReadAsByteArrayAsync());

        var guard = await GuardAsync(world);
        await scene.EndAtHomeAsync();
        Assert.True(await GuardAsync(world) > guard); // what the host judged before is overtaken
        Assert.Equal(HttpStatusCode.Forbidden, (await world.AskAsync(Question(world))).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await world.RedeemAsync(unspent)).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await world.FetchAsync(url, running)).StatusCode);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_last_vote_is_refused_to_who_would_be_the_only_one_for_both_forces(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var scene = new AidScene(world.Gateway, "negotiator", "lead", "recorder", "guest");
        await world.Gateway.AddRoleAsync("south", scene.Right);
        await world.Gateway.AddPersonAsync("south", scene.Person, scene.Right);
        using var admin = world.Gateway.As("north-role-admin");
        await world.Gateway.PublishAsync(await admin.PutAsync(scene.Equivalent, new { role = scene.Right }), "north-approver-1", "north-dpo");
        await world.Gateway.InDatabaseAsync(db => // one human, an approver in either force
            db.Subjects.Where(s => s.Id == "south-approver-1").ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, "person-of-north-approver-1"))
        );
        var change = await (await scene.ProposeAsync()).ChangeAsync();
        await (await world.Gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("already_voted", await (await world.Gateway.VoteAsync(change, "south-approver-1")).CodeAsync(HttpStatusCode.Conflict));
    }

    private static object Question(IssuingWorld world) =>
        new
        {
            subject = new
            {
                type = "user",
                id = "guest",
                properties = new { iss = world.Gateway.Issuer.Authority },
            },
            action = new { name = "download" },
            resource = new { type = "app", id = "recorder" },
            context = new { device = new { id = "guest-phone" } },
            subject_token = world.Gateway.Issuer.PersonToken("guest"),
        };

    private static Task<long> GuardAsync(IssuingWorld world) =>
        world.Gateway.InDatabaseAsync(db => db.Database.SqlQueryRaw<long>("select rev as \"Value\" from tenant_guard where tenant = 'north'").SingleAsync());
}
