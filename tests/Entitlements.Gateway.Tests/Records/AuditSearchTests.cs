using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Records;

/// <summary>The log of a tenant is read by its auditor and its data protection officer; who holds or asks for a sensitive role by the officer alone.</summary>
public sealed class AuditSearchTests(PostgresServer postgres)
{
    private const string Log = "/v1/audit/events";
    private const string Secret = "kestrel";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_an_auditor_need_not_know_is_neither_told_nor_found(string database)
    {
        await using var gateway = await OpenAsync(database);
        using var auditor = gateway.As("north-auditor");
        using var dpo = gateway.As("north-dpo");
        Assert.Contains(Secret, (await dpo.ReadAsync($"{Log}?limit=500")).ToJsonString(), StringComparison.Ordinal);
        var seen = await auditor.ReadAsync($"{Log}?limit=500");
        Assert.DoesNotContain(Secret, seen.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(Items(await dpo.ReadAsync($"{Log}?limit=500")).Count, Items(seen).Count); // that something happened is told
        Assert.Contains(Items(seen), e => (string)e["kind"]! == "request.submitted" && (bool)e["withheld"]! && e["details"] is null && e["actor"] is null);
        foreach (
            var search in new[]
            {
                $"target=tenant/north/role/falcons/assignment/{Secret}-7",
                "target=tenant/north/role/falcons/assignment",
                $"actor={Secret}-8",
                $"actor={Uri.EscapeDataString($"person:{gateway.Issuer.Authority}|{Secret}-8")}",
                $"kind=assignment.put.applied&target=tenant/north/role/falcons/assignment/{Secret}-7&limit=1",
            }
        )
        {
            Assert.NotEmpty(Items(await dpo.ReadAsync($"{Log}?{search}")));
            var found = await auditor.ReadAsync($"{Log}?{search}");
            Assert.Empty(Items(found));
            Assert.Null(found["next_cursor"]);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_tells_of_no_sensitive_role_is_told_whole_and_found_by_who_and_what(string database)
    {
        await using var gateway = await OpenAsync(database);
        using var auditor = gateway.As("north-auditor");
        var given = Assert.Single(Items(await auditor.ReadAsync($"{Log}?target=tenant/north/role/officer/assignment/sparrow")));
        Assert.Equal(("assignment.put.applied", false), ((string)given["kind"]!, (bool)given["withheld"]!));
        Assert.EndsWith("|north-role-admin", (string)given["actor"]!, StringComparison.Ordinal);
        Assert.All(
            Items(await auditor.ReadAsync($"{Log}?target=app/recorder")),
            e => Assert.StartsWith("app/recorder", (string)e["target"]!, StringComparison.Ordinal)
        );
        Assert.NotEmpty(Items(await auditor.ReadAsync($"{Log}?actor=north-app-owner&kind=change.proposed")));
        Assert.All(Items(await auditor.ReadAsync($"{Log}?kind=change.")), e => Assert.StartsWith("change.", (string)e["kind"]!, StringComparison.Ordinal));
        Assert.Empty(Items(await auditor.ReadAsync($"{Log}?to=2020-01-01T00:00:00Z")));
        Assert.NotEmpty(Items(await auditor.ReadAsync($"{Log}?from=2020-01-01T00:00:00Z")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Pages_leave_out_nothing_and_repeat_nothing(string database)
    {
        await using var gateway = await OpenAsync(database);
        using var dpo = gateway.As("north-dpo");
        var whole = Items(await dpo.ReadAsync($"{Log}?limit=500"));
        List<string> paged = [];
        for (var cursor = ""; cursor is not null; )
        {
            var page = await dpo.ReadAsync($"{Log}?limit=3{cursor}");
            paged.AddRange(Items(page).Select(e => e.ToJsonString()));
            cursor = (string?)page["next_cursor"] is { } next ? $"&cursor={next}" : null;
        }
        Assert.Equal(whole.Select(e => e.ToJsonString()), paged);
        Assert.Equal(whole.Select(e => (DateTimeOffset)e["at"]!).OrderDescending(), whole.Select(e => (DateTimeOffset)e["at"]!));
    }

    [Fact]
    public async Task Nobody_else_reads_it_and_a_platform_administrator_the_installations_own_alone()
    {
        await using var gateway = await OpenAsync(EachDatabase.Sqlite);
        foreach (var person in new[] { "north-role-admin", "north-app-owner", "north-approver-1", "sparrow" })
        {
            using var other = gateway.As(person);
            Assert.Equal(HttpStatusCode.Forbidden, (await other.GetAsync(Log)).StatusCode);
        }
        using var foreign = gateway.As("south-dpo");
        Assert.Equal(HttpStatusCode.NotFound, (await foreign.GetAsync($"{Log}?tenant=north")).StatusCode);
        Assert.All(Items(await foreign.ReadAsync(Log)), e => Assert.Equal("south", (string)e["tenant"]!));

        using var platform = gateway.As("platform-admin-1");
        Assert.Equal(HttpStatusCode.NotFound, (await platform.GetAsync($"{Log}?tenant=north")).StatusCode);
        await gateway.InDatabaseAsync(async db =>
        {
            db.AuditEvents.Add(Event("portal.signed_in", $"person:{gateway.Issuer.Authority}|{Secret}-7"));
            db.AuditEvents.Add(Event("seed.loaded", "machine:entitlements"));
            await db.SaveChangesAsync();
        });
        var own = await platform.ReadAsync($"{Log}?limit=500");
        Assert.All(Items(own), e => Assert.Null(e["tenant"]));
        Assert.Contains(Items(own), e => (string)e["kind"]! == "seed.loaded" && !(bool)e["withheld"]!);
        Assert.DoesNotContain(Secret, own.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(Items(await platform.ReadAsync($"{Log}?actor={Secret}-7")));
    }

    [Theory]
    [InlineData("kind=Change", "/kind")]
    [InlineData("kind=change..", "/kind")]
    [InlineData("actor=", "/actor")]
    [InlineData("target=a%0Ab", "/target")]
    [InlineData("from=yesterday", "/from")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "/to")]
    public async Task A_bad_filter_is_pointed_at(string filter, string pointer)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var auditor = gateway.As("north-auditor");
        var problem = await (await auditor.GetAsync($"{Log}?{filter}")).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.NotNull(problem["errors"]![pointer]);
    }

    private static Entitlements.Gateway.Audit.AuditEventRow Event(string kind, string actor) =>
        new()
        {
            Kind = kind,
            Tenant = null,
            Actor = actor,
            Target = actor,
            Details = "{}",
            At = TimeProvider.System.GetUtcNow(),
            Revision = 1,
        };

    private static List<JsonNode> Items(JsonNode page) => [.. page["items"]!.AsArray().Select(i => i!)];

    /// <summary>One sensitive role with a holder, somebody who asks for it and somebody who is to get it; and an ordinary one.</summary>
    private async Task<TestGateway> OpenAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddCrowdAsync("north");
        foreach (var person in new[] { $"{Secret}-7", $"{Secret}-8", $"{Secret}-9", "sparrow" })
        {
            await gateway.AddPersonAsync("north", person);
        }
        using var admin = gateway.As("north-role-admin");
        await (await admin.PutAsync("/v1/tenants/north/roles/falcons", new { name = "Falcons", sensitive = true })).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.PutAsync("/v1/tenants/north/roles/officer", new { name = "Officer" })).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.PutAsync($"/v1/tenants/north/roles/falcons/assignments/{Secret}-7", new { })).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.PutAsync("/v1/tenants/north/roles/officer/assignments/sparrow", new { })).ShouldBeAsync(HttpStatusCode.OK);
        await gateway.PublishAsync(await admin.PutAsync("/v1/tenants/north/roles/falcons/approval", Requests.RequestWorld.Policy()), "north-approver-1");
        await gateway.OpenAppAsync("recorder", "falcons");
        using var asker = gateway.As($"{Secret}-8");
        await (await asker.PostAsJsonAsync("/v1/requests", new { role = "falcons", reason = $"{Secret}-8 passed the course" })).ShouldBeAsync(
            HttpStatusCode.Created
        );
        return gateway;
    }
}
