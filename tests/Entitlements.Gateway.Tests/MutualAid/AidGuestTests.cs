using System.Net;
using System.Net.Http.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.MutualAid;

/// <summary>What a guest is in the host, and is not.</summary>
[Collection(nameof(PeopleGateways))]
public sealed class AidGuestTests(PeopleGateways gateways)
{
    private async Task<AidScene> SceneAsync(string database, bool sensitive = false) =>
        await AidScene.StartAsync(await gateways.OnAsync(database), gateways.New, sensitive);

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_guest_sees_the_hosts_store_and_accepts_its_guidance_with_their_own_token(string database)
    {
        var scene = await SceneAsync(database);
        using var guest = scene.Gateway.As(scene.Person);
        var store = new { subject = new { type = "user", id = scene.Person }, tenant = "north" };
        async Task<string?> StandingAsync() =>
            (string?)
                (await (await guest.PostAsJsonAsync("/v1/catalogue?limit=500", store)).ShouldBeAsync(HttpStatusCode.OK))["items"]!
                    .AsArray()
                    .SingleOrDefault(item => (string)item!["app"]! == scene.App)
                    ?["standing"];
        Assert.Null(await StandingAsync());
        using var owner = scene.Gateway.As("north-app-owner");
        var guidance = $"/v1/apps/{scene.App}/guidance/north";
        await scene.Gateway.PublishAsync(
            await owner.PutAsync(
                guidance,
                new
                {
                    version = 1,
                    en = "Mind the gap.",
                    cy = "Gofalwch.",
                }
            ),
            "north-approver-1"
        );
        await (await guest.GetAsync(guidance)).ShouldBeAsync(HttpStatusCode.NotFound);
        await scene.LendAsync();
        Assert.Equal("guidance_not_accepted", await scene.HearsAsync());
        await guest.ReadAsync(guidance);
        await (await guest.PutAsync($"{guidance}/acceptance", new { version = 1 })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("allowed", await scene.HearsAsync());
        Assert.Equal("may_have", await StandingAsync());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_guest_brings_the_device_that_is_theirs_at_home_and_no_other_of_home(string database)
    {
        var scene = await SceneAsync(database);
        await scene.LendAsync();
        await scene.Gateway.InDatabaseAsync(db =>
            db.Rules.Where(r => r.App == scene.App).ExecuteUpdateAsync(set => set.SetProperty(r => r.Device, DeviceCondition.Managed))
        );
        var (own, others, here) = (gateways.New("phone"), gateways.New("phone"), gateways.New("tablet"));
        await scene.Gateway.InDatabaseAsync(async db =>
        {
            var key = await db.Subjects.Where(s => s.Id == scene.Person).Select(s => s.Key).SingleAsync();
            var otherKey = await db.Subjects.Where(s => s.Id == "south-auditor").Select(s => s.Key).SingleAsync();
            db.Devices.AddRange(Phone("south", own, key), Phone("south", others, otherKey), Phone("north", here, null));
            await db.SaveChangesAsync();
        });
        Assert.Equal("allowed", await scene.HearsAsync(device: own));
        Assert.Equal("allowed", await scene.HearsAsync(device: here));
        Assert.Equal("device_unknown", await scene.HearsAsync(device: others));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_guest_has_no_function_asks_for_no_role_and_sees_no_aid_but_their_own(string database)
    {
        var scene = await SceneAsync(database);
        var second = gateways.New("guest");
        await scene.Gateway.AddPersonAsync("south", second, scene.Right);
        await scene.LendAsync();
        await scene.LendAsync(scene.Body(second));
        using var guest = scene.Gateway.As(scene.Person);
        var own = Assert.Single(await scene.ListAsync(scene.Person));
        Assert.Equal(scene.Person, (string)own["subject"]!);
        await (await guest.GetAsync("/v1/tenants/east/aid")).ShouldBeAsync(HttpStatusCode.NotFound);
        foreach (var path in new[] { "roles", $"roles/{scene.Role}/assignments", "subjects", "devices" })
        {
            await (await guest.GetAsync($"/v1/tenants/north/{path}")).ShouldBeAsync(HttpStatusCode.Forbidden);
        }
        var asked = await guest.PostAsJsonAsync("/v1/requests", new { role = scene.Role, reason = "please" });
        Assert.NotEqual(HttpStatusCode.Created, asked.StatusCode);
        using var admin = scene.Gateway.As("north-role-admin");
        await (await admin.PutAsync($"/v1/tenants/north/roles/{scene.Role}/assignments/{scene.Person}", new { })).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await admin.GetAsync($"/v1/tenants/north/subjects/{scene.Person}")).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Equal("not_available", await scene.HearsAsync("south-auditor")); // lent by nobody
        using var home = scene.Gateway.As("south-role-admin");
        await (await home.GetAsync(AidScene.Aid)).ShouldBeAsync(HttpStatusCode.NotFound); // in north they are nobody
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_host_sees_its_guest_among_the_holders_and_ends_the_assignment_like_any_other(string database)
    {
        var scene = await SceneAsync(database);
        var aid = await scene.LendAsync();
        using var admin = scene.Gateway.As("north-role-admin");
        var list = await admin.ReadAsync($"/v1/tenants/north/roles/{scene.Role}/assignments");
        Assert.Equal(
            (1, scene.Person, "mutual_aid"),
            ((int)list["count"]!, (string)list["items"]![0]!["subject"]!, (string)list["items"]![0]!["windows"]![0]!["source"]!)
        );
        var assignment = $"/v1/tenants/north/roles/{scene.Role}/assignments/{scene.Person}";
        await (await admin.DeleteAsync(assignment, await admin.ETagAsync(assignment))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("not_available", await scene.HearsAsync());
        Assert.Equal("ended", await scene.StateAsync(aid));
        Assert.Equal(["aid.given", "aid.over"], await scene.EvidenceAsync("south", $"aid/{aid}"));
        await (await admin.GetAsync(assignment)).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Whether_somebody_holds_a_sensitive_role_at_home_only_the_home_says(string database)
    {
        var scene = await SceneAsync(database, sensitive: true);
        var other = gateways.New("other");
        await scene.Gateway.AddPersonAsync("south", other);
        var change = await (await scene.ProposeAsync(scene.Body(other))).ChangeAsync(); // as for a holder
        foreach (var (by, sees) in new[] { ("north-role-admin", true), ("south-dpo", true), ("north-auditor", false), ("south-auditor", false) })
        {
            using var http = scene.Gateway.As(by);
            Assert.Equal(sees, (await http.ReadAsync($"/v1/changes/{change}")).ToJsonString().Contains(other, StringComparison.Ordinal));
        }
        Assert.Equal("change_moved", await (await scene.Gateway.VoteAsync(change, "south-approver-1")).CodeAsync(HttpStatusCode.Conflict));
        await scene.LendAsync();
        Assert.Equal("allowed", await scene.HearsAsync());
        Assert.Equal(scene.Person, (string)Assert.Single(await scene.ListAsync("south-dpo", "south"))["subject"]!);
        Assert.Null((string?)Assert.Single(await scene.ListAsync("south-auditor", "south"))["subject"]);
    }

    private static Entitlements.Gateway.Devices.DeviceRow Phone(string tenant, string id, long? owner) =>
        new()
        {
            Tenant = tenant,
            Id = id,
            Kind = owner is null ? DeviceKind.Shared : DeviceKind.Personal,
            SubjectKey = owner,
            Managed = true,
        };
}
