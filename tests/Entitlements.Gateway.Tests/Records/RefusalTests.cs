using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Refusals;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Records;

/// <summary>Who is refused gets a reference, by which their service desk reads why, and nobody else anything.</summary>
public sealed class RefusalTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_reference_tells_the_desk_why_and_the_role_admin_also_whom(string database)
    {
        await using var gateway = await OpenAsync(database);
        var reference = await ReferAsync(gateway, "sparrow");
        using var desk = gateway.As("north-desk");
        var seen = await desk.ReadAsync($"/v1/refusals/{reference}");
        Assert.Equal(("recorder", "role_not_held"), ((string)seen["app"]!, (string)seen["reasons"]![0]!["code"]!));
        Assert.Null(seen["subject"]);
        Assert.DoesNotContain("sparrow", seen.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(
            (string)seen["at"]!,
            (string)(await desk.ReadAsync($"/v1/refusals/{reference.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal)}"))["at"]!
        );

        using var auditor = gateway.As("north-auditor");
        Assert.Null((await auditor.ReadAsync($"/v1/refusals/{reference}"))["subject"]);
        using var admin = gateway.As("north-role-admin");
        Assert.Equal("sparrow", (string)(await admin.ReadAsync($"/v1/refusals/{reference}"))["subject"]!);
    }

    [Fact]
    public async Task A_reference_is_another_forces_nobody_elses_and_good_for_a_month()
    {
        await using var gateway = await OpenAsync(EachDatabase.Sqlite);
        var reference = await ReferAsync(gateway, "sparrow");
        using var foreign = gateway.As("south-role-admin");
        Assert.Equal(HttpStatusCode.NotFound, (await foreign.GetAsync($"/v1/refusals/{reference}")).StatusCode);
        foreach (var person in new[] { "sparrow", "north-app-owner", "north-approver-1" })
        {
            using var other = gateway.As(person);
            Assert.Equal(HttpStatusCode.Forbidden, (await other.GetAsync($"/v1/refusals/{reference}")).StatusCode);
        }
        using var desk = gateway.As("north-desk");
        Assert.Equal(HttpStatusCode.NotFound, (await desk.GetAsync($"/v1/refusals/{RefusalReference.New()}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.GetAsync("/v1/refusals/nonsense")).StatusCode);
        var old = TimeProvider.System.GetUtcNow().AddDays(-31);
        await gateway.InDatabaseAsync(db => db.AuditEvents.Where(a => a.Kind == ReferToDesk.Kind).ExecuteUpdateAsync(set => set.SetProperty(a => a.At, old)));
        Assert.Equal(HttpStatusCode.NotFound, (await desk.GetAsync($"/v1/refusals/{reference}")).StatusCode);
    }

    [Fact]
    public async Task Who_may_have_it_gets_no_reference_and_nobody_for_what_they_may_not_know_of()
    {
        await using var gateway = await OpenAsync(EachDatabase.Sqlite);
        using var holder = gateway.As("heron");
        Assert.Equal("not_refused", await (await holder.PostAsJsonAsync("/v1/my/refusals", new { app = "recorder" })).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("not_found", await (await holder.PostAsJsonAsync("/v1/my/refusals", new { app = "nothing" })).CodeAsync(HttpStatusCode.NotFound));
        using var foreign = gateway.As("south-auditor");
        Assert.Equal("not_found", await (await foreign.PostAsJsonAsync("/v1/my/refusals", new { app = "recorder" })).CodeAsync(HttpStatusCode.NotFound));
        Assert.Equal(0, await gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(a => a.Kind == ReferToDesk.Kind)));
    }

    [Theory]
    [InlineData("7k3m q9tb 4xvd", "7K3M-Q9TB-4XVD")]
    [InlineData("OIL0-0000-0000", "0110-0000-0000")]
    [InlineData("7K3M-Q9TB-4XV", null)]
    [InlineData("7K3M-Q9TB-4XVU", null)]
    public void What_was_typed_is_read_as_it_was_meant(string typed, string? meant) => Assert.Equal(meant, RefusalReference.Read(typed));

    private static async Task<string> ReferAsync(TestGateway gateway, string person)
    {
        using var officer = gateway.As(person);
        return (string)(await (await officer.PostAsJsonAsync("/v1/my/refusals", new { app = "recorder" })).ShouldBeAsync(HttpStatusCode.Created))["reference"]!;
    }

    private async Task<TestGateway> OpenAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddCrowdAsync("north");
        await gateway.AddRoleAsync("north", "listener");
        await gateway.AddPersonAsync("north", "sparrow");
        await gateway.AddPersonAsync("north", "heron", "listener");
        await gateway.AddPersonAsync("north", "north-desk", Function.ServiceDesk);
        await gateway.OpenAppAsync("recorder", "listener");
        return gateway;
    }
}
