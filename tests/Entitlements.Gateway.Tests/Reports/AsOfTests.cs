using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Reports;

/// <summary>How an app stood and what a person held at an instant that is over.</summary>
public sealed class AsOfTests(PostgresServer postgres)
{
    private const string AsOf = "/v1/reports/as-of";
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_app_stands_as_it_was_published_with_what_barred_and_narrowed_it_by_then(string database)
    {
        await using var gateway = await OpenAsync(database);
        var before = Now();
        await gateway.OpenAppAsync("recorder", "listener");
        var opened = Now();
        using var owner = gateway.As("north-app-owner");
        await (await owner.PostAsync("/v1/apps/recorder/suspend", new { reason = "It crashes" })).ShouldBeAsync(HttpStatusCode.OK);
        var suspended = Now();

        Assert.Null((await ReadAsync(gateway, "north-auditor", $"apps/recorder?at={before}"))["stands"]);
        var then = await ReadAsync(gateway, "north-auditor", $"apps/recorder?at={opened}");
        Assert.Equal("listener", (string)then["stands"]!["rules"]![0]!["roles"]![0]!);
        Assert.Empty(then["bars"]!.AsArray());
        var barred = await ReadAsync(gateway, "north-auditor", $"apps/recorder?at={suspended}");
        Assert.Equal(("suspended", "It crashes"), ((string)barred["bars"]![0]!["kind"]!, (string)barred["bars"]![0]!["reason"]!));
        Assert.Equal((string)then["change"]!, (string)barred["change"]!);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_person_held_what_their_assignments_say_and_an_auditor_is_not_told_of_a_sensitive_role(string database)
    {
        await using var gateway = await OpenAsync(database);
        var before = Now();
        using var admin = gateway.As("north-role-admin");
        foreach (var role in new[] { "listener", "falcons" })
        {
            await (await admin.PutAsync($"/v1/tenants/north/roles/{role}/assignments/sparrow?reason=course", new { })).ShouldBeAsync(HttpStatusCode.OK);
        }
        var held = Now();
        Assert.Empty(Roles(await ReadAsync(gateway, "north-dpo", $"people/sparrow?at={before}")));
        var told = await ReadAsync(gateway, "north-dpo", $"people/sparrow?at={held}");
        Assert.Equal(["falcons", "listener"], Roles(told));
        Assert.EndsWith("|north-role-admin", (string)told["roles"]![0]!["given_by"]!, StringComparison.Ordinal);
        Assert.False((bool)told["roles"]![0]!["altered_since"]!);
        var seen = await ReadAsync(gateway, "north-auditor", $"people/sparrow?at={held}");
        Assert.Equal(["listener"], Roles(seen));
        Assert.True((bool)seen["leaves_out"]!);

        await (
            await admin.DeleteAsync(
                "/v1/tenants/north/roles/listener/assignments/sparrow",
                await admin.ETagAsync("/v1/tenants/north/roles/listener/assignments/sparrow")
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        var later = await ReadAsync(gateway, "north-auditor", $"people/sparrow?at={held}");
        Assert.Equal(["listener"], Roles(later)); // it was held then
        Assert.True((bool)later["roles"]![0]!["altered_since"]!);
        Assert.Empty(Roles(await ReadAsync(gateway, "north-auditor", $"people/sparrow?at={Now()}")));
    }

    [Fact]
    public async Task Neither_the_future_nor_another_force_is_told()
    {
        await using var gateway = await OpenAsync(EachDatabase.Sqlite);
        using var auditor = gateway.As("north-auditor");
        var future = _clock.GetUtcNow().AddDays(1).UtcDateTime.ToString("O");
        Assert.Equal("invalid_filter", await (await auditor.GetAsync($"{AsOf}/people/sparrow?at={future}")).CodeAsync(HttpStatusCode.BadRequest));
        using var foreign = gateway.As("south-auditor");
        Assert.Equal(HttpStatusCode.NotFound, (await foreign.GetAsync($"{AsOf}/people/sparrow?at={Now()}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await foreign.GetAsync($"{AsOf}/people/sparrow?at={Now()}&tenant=north")).StatusCode);
        using var approver = gateway.As("north-approver-1");
        Assert.Equal(HttpStatusCode.Forbidden, (await approver.GetAsync($"{AsOf}/people/sparrow?at={Now()}")).StatusCode);
    }

    /// <summary>An instant after all that was done, and before all that is done next.</summary>
    private string Now()
    {
        _clock.Advance(TimeSpan.FromSeconds(2));
        return _clock.GetUtcNow().AddSeconds(-1).UtcDateTime.ToString("O");
    }

    private static List<string> Roles(JsonNode view) => [.. view["roles"]!.AsArray().Select(r => (string)r!["role"]!)];

    private static async Task<JsonNode> ReadAsync(TestGateway gateway, string person, string path)
    {
        using var http = gateway.As(person);
        return await http.ReadAsync($"{AsOf}/{path}");
    }

    private async Task<TestGateway> OpenAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(_clock)), database);
        await gateway.AddCrowdAsync("north");
        await gateway.AddRoleAsync("north", "listener");
        await gateway.AddRoleAsync("north", "falcons", sensitive: true);
        await gateway.AddPersonAsync("north", "sparrow");
        return gateway;
    }
}
