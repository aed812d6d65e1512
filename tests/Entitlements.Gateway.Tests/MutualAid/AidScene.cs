using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.MutualAid;

/// <summary>North, the host, opens an app to a role; south, the home, has a person in a role that north declares equivalent.</summary>
internal sealed record AidScene(TestGateway Gateway, string Role, string Right, string App, string Person)
{
    public const string Aid = "/v1/tenants/north/aid";

    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public string Equivalent => $"/v1/tenants/north/roles/{Role}/equivalents/south";
    public string AtHome => $"/v1/tenants/south/roles/{Right}/assignments/{Person}";

    public static async Task<AidScene> StartAsync(TestGateway gateway, Func<string, string> fresh, bool sensitive = false)
    {
        var scene = new AidScene(gateway, fresh("role"), fresh("right"), fresh("app"), fresh("guest"));
        await gateway.AddRoleAsync("north", scene.Role);
        await gateway.AddRoleAsync("south", scene.Right, sensitive);
        await gateway.AddPersonAsync("south", scene.Person, scene.Right);
        await gateway.OpenAppAsync(scene.App, scene.Role);
        await scene.DeclareAsync();
        return scene;
    }

    public async Task DeclareAsync()
    {
        using var admin = Gateway.As("north-role-admin");
        await Gateway.PublishAsync(await admin.PutAsync(Equivalent, new { role = Right }), "north-approver-1");
    }

    public object Body(string? person = null, string? role = null, string home = "south", DateTimeOffset? from = null, DateTimeOffset? until = null) =>
        new
        {
            subject = person ?? Person,
            home,
            role = role ?? Role,
            from,
            until = until ?? Now.AddDays(10),
            reason = "flood on the border",
            incident = "INC-7",
        };

    public async Task<HttpResponseMessage> ProposeAsync(object? body = null, string by = "north-role-admin")
    {
        using var admin = Gateway.As(by);
        return await admin.PostAsJsonAsync(Aid, body ?? Body());
    }

    /// <summary>Proposed and voted for by both forces; the host's DPO, too, where the reach asks for it.</summary>
    /// <returns>The aid's id.</returns>
    public async Task<string> LendAsync(object? body = null)
    {
        var change = await (await ProposeAsync(body)).ChangeAsync();
        var state = "";
        foreach (var voter in new[] { "north-approver-1", "north-dpo", "south-approver-1", "south-dpo" })
        {
            using var http = Gateway.As(voter);
            var open = (await http.ReadAsync($"/v1/changes/{change}"))["quorum_open"]!.AsArray().Select(f => (string)f!);
            var function = voter.EndsWith("dpo", StringComparison.Ordinal) ? Function.DataProtectionOfficer : Function.Approver;
            if (open.Contains($"{voter.Split('-')[0]}/{function}"))
            {
                state = (string)(await (await http.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK))["state"]!;
            }
        }
        Assert.Equal("published", state);
        return (string)(await ListAsync("north-role-admin")).Last(aid => (string)aid["role"]! == Role && (string)aid["state"]! != "ended")["id"]!;
    }

    public async Task<List<JsonNode>> ListAsync(string by, string tenant = "north")
    {
        using var http = Gateway.As(by);
        var page = await http.ReadAsync($"/v1/tenants/{tenant}/aid?limit=500");
        return [.. page["items"]!.AsArray().Where(aid => (string)aid!["role"]! == Role).Select(aid => aid!)];
    }

    public async Task<string> StateAsync(string aid) =>
        (string)(await ListAsync("south-role-admin", "south")).Single(one => (string)one["id"]! == aid)["state"]!;

    public async Task<HttpResponseMessage> EndAsync(string aid, string by, string tenant = "north")
    {
        using var http = Gateway.As(by);
        return await http.DeleteAsync($"/v1/tenants/{tenant}/aid/{aid}?reason=over");
    }

    public async Task EndAtHomeAsync()
    {
        using var admin = Gateway.As("south-role-admin");
        await (await admin.DeleteAsync(AtHome, await admin.ETagAsync(AtHome))).ShouldBeAsync(HttpStatusCode.OK);
    }

    /// <summary>What the guest hears who asks the host themself.</summary>
    public async Task<JsonNode> AskAsync(string? person = null, string? tenant = "north", string? app = null, string? device = null)
    {
        using var http = Gateway.As(person ?? Person);
        var question = new
        {
            subject = new { type = "user", id = person ?? Person },
            action = new { name = "download" },
            resource = new { type = "app", id = app ?? App },
            context = new { tenant = tenant ?? "", device = new { id = device ?? "" } },
        };
        return await (await http.PostAsJsonAsync("/access/v1/evaluation", question)).ShouldBeAsync(HttpStatusCode.OK);
    }

    public static string SaidIn(JsonNode answer) => (bool)answer["decision"]! ? "allowed" : (string)answer["context"]!["reasons"]![0]!["code"]!;

    /// <summary><c>allowed</c>, or the headline of the refusal.</summary>
    public async Task<string> HearsAsync(string? person = null, string? tenant = "north", string? device = null) =>
        SaidIn(await AskAsync(person, tenant, device: device));

    /// <summary>Behind the product's rules, and told as a write in the home is told: by the one holding that it changed.</summary>
    public async Task ReviseAtHomeAsync(Func<EntitlementsDb, Task> change)
    {
        await using var services = Gateway.Services.CreateAsyncScope();
        await services
            .ServiceProvider.GetRequiredService<Writes>()
            .ReviseAsync(async write =>
            {
                await change(write.Db);
                write.Invalidate(Evidence.Holding("south", Right, Person));
                await write.RaiseGuardAsync("south");
                return 0;
            });
    }

    /// <summary>Kinds of record that a tenant's evidence has of a target.</summary>
    public Task<List<string>> EvidenceAsync(string tenant, string target) =>
        Gateway.InDatabaseAsync(db => db.AuditEvents.Where(e => e.Tenant == tenant && e.Target == target).OrderBy(e => e.Id).Select(e => e.Kind).ToListAsync());
}
