using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Portal;

/// <summary>Every page as every function, over a world with one sensitive role: who holds it, asks for it or is to get it is named to those alone who need to know.</summary>
public sealed partial class NeedToKnowTests
{
    /// <summary>Holder, asker and proposed holder.</summary>
    private const string Names = "kestrel-";
    private const string Role = "falcons";

    /// <summary>Role-admin and DPO look after the tenant's people; approvers are asked, for the request and for the change.</summary>
    private static readonly string[] MayKnow = ["north-role-admin", "north-dpo", "north-approver-1", "north-approver-2"];

    private static readonly string[] MayNot = ["north-app-owner", "north-auditor", "north-service-desk", "platform-admin-1", "south-role-admin", "sparrow"];

    [Fact]
    public async Task Nobody_is_named_who_holds_a_sensitive_role_but_to_those_who_need_to_know()
    {
        await using var gateway = await TestGateway.StartAsync(postgres: null, PortalSessions.Settings);
        var ids = await FillAsync(gateway);
        var pages = gateway
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<PortalMark>() is not null)
            .Select(e => "/" + e.RoutePattern.RawText!.Trim('/'))
            .Distinct()
            .Append("/refusals?reference={refusal}")
            .Append("/records/app/{app}?at.day=1&at.month=1&at.year=2026")
            .Append("/records/person/{subject}?at.day=1&at.month=1&at.year=2026")
            .ToList();
        Assert.True(pages.Count > 15, "the portal has more pages");

        List<string> faults = [];
        List<string> told = [];
        foreach (var person in MayKnow.Concat(MayNot))
        {
            using var browser = await gateway.OnPortalAsync(person);
            foreach (var page in pages.Except(["/sign-out"]))
            {
                var path = Hole().Replace(page, hole => ids[hole.Groups["name"].Value]);
                using var answer = await browser.SendAsync(HttpMethod.Get, new(path, UriKind.Relative));
                if (answer.StatusCode >= HttpStatusCode.InternalServerError)
                {
                    faults.Add($"{person} {path}: {(int)answer.StatusCode}");
                }
                if (path.StartsWith("/people", StringComparison.Ordinal) || path.Contains(Names, StringComparison.Ordinal))
                {
                    if (browser.Text.Contains(Role, StringComparison.OrdinalIgnoreCase))
                    {
                        (MayKnow.Contains(person) ? told : faults).Add($"{person} {path} says who holds it"); // that there are such people is no secret
                    }
                }
                else if (browser.Text.Contains(Names, StringComparison.Ordinal))
                {
                    (MayKnow.Contains(person) ? told : faults).Add($"{person} {path} names somebody");
                }
                if (person == "sparrow" && browser.Text.Contains(Role, StringComparison.OrdinalIgnoreCase) && !path.Contains(Role, StringComparison.Ordinal))
                {
                    faults.Add($"{person} {path} names the role");
                }
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.Contains(told, t => t.StartsWith("north-role-admin /roles/", StringComparison.Ordinal)); // or the test would find nothing anywhere
        Assert.Contains(told, t => t.StartsWith("north-approver-1 /approvals/", StringComparison.Ordinal));
        Assert.Contains(told, t => t.StartsWith("north-dpo /people/", StringComparison.Ordinal));
        Assert.Contains(told, t => t.StartsWith("north-dpo /changes/", StringComparison.Ordinal));
        Assert.Contains(told, t => t.StartsWith("north-dpo /records", StringComparison.Ordinal));
        Assert.Contains(told, t => t.StartsWith("north-role-admin /refusals?", StringComparison.Ordinal));
    }

    /// <returns>What stands in the holes of the pages' paths.</returns>
    private static async Task<Dictionary<string, string>> FillAsync(TestGateway gateway)
    {
        await gateway.AddCrowdAsync("north");
        foreach (var person in new[] { "kestrel-8", "kestrel-9", "sparrow" })
        {
            await gateway.AddPersonAsync("north", person);
        }
        using var admin = gateway.As("north-role-admin");
        await (
            await admin.PutAsync(
                $"/v1/tenants/north/roles/{Role}",
                new
                {
                    name = "Falcons",
                    sensitive = true,
                    restricted = true,
                }
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        await gateway.PublishAsync(await admin.PutAsync($"/v1/tenants/north/roles/{Role}/approval", Requests.RequestWorld.Policy()), "north-approver-1");
        await gateway.AddPersonAsync("north", "north-service-desk", Function.ServiceDesk);
        await gateway.AddPersonAsync("north", "kestrel-7", Role);
        await gateway.OpenAppAsync("recorder", Role);
        await gateway.PublishAsync(await admin.PutAsync("/v1/rotas/watch", Rotas.RotaWorld.Rota(Role, client: null)), "north-approver-1");
        var shift = Rotas.RotaWorld.Shift("kestrel-7", Day(0), Day(30));
        await (await admin.PostAsJsonAsync("/v1/rotas/watch/shifts", new { shifts = new[] { shift } })).ShouldBeAsync(HttpStatusCode.OK);
        using var asker = gateway.As("kestrel-8");
        var asked = await (await asker.PostAsJsonAsync("/v1/requests", new { role = Role, reason = "course passed" })).ShouldBeAsync(HttpStatusCode.Created);
        var refused = await (await asker.PostAsJsonAsync("/v1/my/refusals", new { app = "recorder" })).ShouldBeAsync(HttpStatusCode.Created);
        var change = await (await admin.PutAsync($"/v1/tenants/north/roles/{Role}/assignments/kestrel-9", new { })).ChangeAsync();
        return new(StringComparer.Ordinal)
        {
            ["app"] = "recorder",
            ["request"] = (string)asked["request"]!,
            ["change"] = change,
            ["refusal"] = (string)refused["reference"]!,
            ["role"] = Role,
            ["rota"] = "watch",
            ["client"] = "kiosk",
            ["subject"] = "kestrel-7",
            ["code"] = "en",
            ["session"] = new('a', 32),
            ["file"] = "portal.css",
            ["upload"] = "upl_none",
            ["version"] = "1.0",
            ["platform"] = "android",
        };
    }

    private static string Day(int ahead) =>
        TimeProvider.System.GetUtcNow().AddDays(ahead).ToString("yyyy-MM-dd'T'00:00", System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex("\\{(?<name>[a-z]+)\\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Hole();
}
