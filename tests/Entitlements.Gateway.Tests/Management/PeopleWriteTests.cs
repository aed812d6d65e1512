using System.Net;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>What every management write has in common: If-Match, Idempotency-Key, strict bodies, pages.</summary>
[Collection(nameof(PeopleGateways))]
public sealed class PeopleWriteTests(PeopleGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "84")]
    public async Task The_same_key_gets_the_same_answer_and_another_body_is_refused(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        using var other = gateway.As("south-role-admin");
        var id = gateways.New("idem");
        var first = await (await admin.PutAsync($"/v1/tenants/north/subjects/{id}", new { }, key: "k-1")).ShouldBeAsync(HttpStatusCode.OK);
        var again = await (await admin.PutAsync($"/v1/tenants/north/subjects/{id}", new { }, key: "\"k-1\"")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(first["revision"]!.GetValue<long>(), again["revision"]!.GetValue<long>());
        Assert.Equal(
            "idempotency_key_reused",
            await (await admin.PutAsync($"/v1/tenants/north/subjects/{id}", new { display_name = "B" }, key: "k-1")).CodeAsync(
                HttpStatusCode.UnprocessableEntity
            )
        );
        var foreign = await (await other.PutAsync($"/v1/tenants/south/subjects/{id}s", new { display_name = "B" }, key: "k-1")).ShouldBeAsync(
            HttpStatusCode.OK
        );
        Assert.NotEqual(first["revision"]!.GetValue<long>(), foreign["revision"]!.GetValue<long>());
        var colleague = gateways.New("colleague");
        await gateway.AddPersonAsync("north", colleague, "role-admin");
        await (await gateway.As(colleague).PutAsync($"/v1/tenants/north/subjects/{id}", new { }, key: "k-1")).ShouldBeAsync(
            HttpStatusCode.PreconditionRequired // a write of their own, not the answer that another got
        );
        await (await admin.PutAsync($"/v1/tenants/north/subjects/{id}", new { }, key: "a b")).ShouldBeAsync(HttpStatusCode.BadRequest);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Twenty_alike_at_once_propose_one_change(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var id = gateways.New("once");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => admin.PutAsync($"/v1/tenants/north/subjects/{id}", new { person = id }, key: "once"))
        );
        var changes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var answer in answers)
        {
            changes.Add(await answer.ChangeAsync());
        }
        Assert.Single(changes);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "51")]
    public async Task A_write_to_what_exists_needs_the_version_that_was_read(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var path = $"/v1/tenants/north/roles/{gateways.New("etag")}";
        var name = path[24..];
        await (await admin.PutAsync(path, new { name })).ShouldBeAsync(HttpStatusCode.OK);
        var etag = await admin.ETagAsync(path);
        await (await admin.PutAsync(path, new { name })).ShouldBeAsync(HttpStatusCode.PreconditionRequired);
        var changed = await admin.PutAsync(path, new { name, establishment = 4 }, etag);
        await changed.ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(await admin.ETagAsync(path), changed.Headers.ETag!.Tag);
        foreach (var stale in new[] { etag, $"W/{etag}", "*", "\"x\"" })
        {
            await (await admin.PutAsync(path, new { name, establishment = 3 }, stale)).ShouldBeAsync(HttpStatusCode.PreconditionFailed);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "49")]
    public async Task Nothing_is_assigned_by_members_that_a_body_does_not_have(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var id = gateways.New("mass");
        foreach (
            var body in new object[]
            {
                new { tenantId = "south" },
                new { tenant = "south" },
                new { active = true },
                new { rev = 1 },
                new { approved_by = "me" },
                new { version = 7 },
            }
        )
        {
            await (await admin.PutAsync($"/v1/tenants/north/subjects/{id}", body)).ShouldBeAsync(HttpStatusCode.BadRequest);
            await (await admin.PutAsync($"/v1/tenants/north/devices/{id}", body)).ShouldBeAsync(HttpStatusCode.BadRequest);
        }
        await (await admin.PutAsync($"/v1/tenants/north/roles/{id}", new { name = "x", administrative = true })).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (await admin.PutAsync($"/v1/tenants/north/roles/{id}/assignments/north-dpo", new { source = "directory" })).ShouldBeAsync(
            HttpStatusCode.BadRequest
        );
        await (await admin.GetAsync($"/v1/tenants/north/subjects/{id}")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "48")]
    public async Task Another_tenants_resources_are_not_there(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var south = gateway.As("south-role-admin");
        foreach (
            var path in new[]
            {
                "subjects",
                "subjects/north-dpo",
                "roles",
                "roles/approver",
                "roles/approver/assignments",
                "roles/approver/assignments/north-approver-1",
                "devices",
                "devices/none",
            }
        )
        {
            var foreign = await (await south.GetAsync($"/v1/tenants/north/{path}")).ShouldBeAsync(HttpStatusCode.NotFound);
            var unknown = await (await south.GetAsync($"/v1/tenants/nowhere/{path}")).ShouldBeAsync(HttpStatusCode.NotFound);
            Assert.Equal(unknown["title"]!.GetValue<string>(), foreign["title"]!.GetValue<string>());
        }
        await (await gateway.As("north-auditor").PutAsync("/v1/tenants/north/roles/mine", new { name = "x" })).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Lists_come_in_pages(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("south-role-admin");
        var seen = new List<string>();
        var cursor = "";
        do
        {
            var page = await admin.ReadAsync($"/v1/tenants/south/subjects?limit=2{cursor}");
            seen.AddRange(page["items"]!.AsArray().Select(s => s!["subject"]!.GetValue<string>()));
            cursor = page["next_cursor"] is { } next ? $"&cursor={next.GetValue<string>()}" : "";
        } while (cursor.Length > 0);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Contains("south-dpo", seen);
        foreach (var wrong in new[] { "limit=0", "limit=501", "limit=x", "cursor=%21", "limit=1&limit=2" })
        {
            await (await admin.GetAsync($"/v1/tenants/south/subjects?{wrong}")).ShouldBeAsync(HttpStatusCode.BadRequest);
        }
    }
}
