using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Management;

[Collection(nameof(PeopleGateways))]
public sealed class PeopleTests(PeopleGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_tenant_is_made_with_its_administrative_roles_and_found_by_who_has_a_function_there(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("platform-admin-1");
        var made = await admin.PutAsync("/v1/tenants/east", new { name = "East", issuer = gateway.Issuer.Authority });
        await made.ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("East", (await admin.ReadAsync("/v1/tenants/east"))["name"]!.GetValue<string>());
        Assert.Equal(6, await gateway.InDatabaseAsync(db => db.Roles.CountAsync(r => r.Tenant == "east" && r.Restricted && r.Administrative)));
        using var other = gateway.As("north-role-admin");
        await (await other.GetAsync("/v1/tenants/east")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await other.PutAsync("/v1/tenants/east2", new { name = "x", issuer = gateway.Issuer.Authority })).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.Equal(
            "id_taken",
            await (await admin.PutAsync("/v1/tenants/p1atform", new { name = "x", issuer = gateway.Issuer.Authority })).NotListedOr("id_taken")
        );
        await (await admin.PutAsync("/v1/tenants/west", new { name = "West", issuer = "https://elsewhere.example" })).ShouldBeAsync(HttpStatusCode.BadRequest);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_first_officer_is_appointed_by_two_platform_administrators(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var one = gateway.As("platform-admin-1");
        using var two = gateway.As("platform-admin-2");
        await one.PutAsync("/v1/tenants/west", new { name = "West", issuer = gateway.Issuer.Authority });
        var id = gateways.New("west-first");
        var person = await (await one.PutAsync($"/v1/tenants/west/subjects/{id}", new { person = $"p-{id}" })).ChangeAsync();
        await (await two.VoteAsync(person)).ShouldBeAsync(HttpStatusCode.OK);
        var change = await (await one.PutAsync($"/v1/tenants/west/roles/role-admin/assignments/{id}", new { })).ChangeAsync();
        Assert.Equal("own_change", await (await one.VoteAsync(change)).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal("published", (await (await two.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK))["state"]!.GetValue<string>());
        using var officer = gateway.As(id);
        Assert.Equal("West", (await officer.ReadAsync("/v1/tenants/west"))["name"]!.GetValue<string>());
        Assert.True(await gateway.InDatabaseAsync(db => db.AuditEvents.AnyAsync(e => e.Tenant == "west" && e.Kind == "change.published")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Platform_administrators_appoint_nobody_where_a_tenant_has_officers_and_do_not_read_its_people(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("platform-admin-1");
        Assert.Equal(
            "tenant_appoints_itself",
            await (await admin.PutAsync("/v1/tenants/north/roles/approver/assignments/north-dpo", new { })).CodeAsync(HttpStatusCode.Forbidden)
        );
        Assert.Equal("tenant_appoints_itself", await (await admin.PutAsync("/v1/tenants/north/subjects/someone", new { })).CodeAsync(HttpStatusCode.Forbidden));
        await (await admin.GetAsync("/v1/tenants/north/subjects/north-dpo")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await admin.GetAsync("/v1/tenants/north/subjects")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_subject_without_person_is_made_at_once_and_naming_the_person_is_a_change(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var path = $"/v1/tenants/north/subjects/{gateways.New("jo")}";
        await (await admin.PutAsync(path, new { display_name = "Jo Secretname", user_principal_name = $"{gateways.New("jo")}@north.example" })).ShouldBeAsync(
            HttpStatusCode.OK
        );
        var etag = await admin.ETagAsync(path);
        var change = await (await admin.PutAsync(path, new { display_name = "Jo Secretname", person = "employee-1" }, etag)).ChangeAsync();
        using var approver = gateway.As("north-approver-1");
        await (await approver.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("employee-1", (await admin.ReadAsync(path))["person"]!.GetValue<string>());
        Assert.False(await gateway.InDatabaseAsync(db => db.AuditEvents.AnyAsync(e => e.Details.Contains("Secretname"))));
        using var auditor = gateway.As("north-auditor");
        var seen = await auditor.ReadAsync($"/v1/changes/{change}");
        Assert.DoesNotContain("Secretname", seen.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("display_name", seen["withheld"]!.AsArray().Select(w => w!.GetValue<string>()));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_suspension_acts_at_once_and_is_lifted_by_a_change(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var id = gateways.New("sus");
        await gateway.AddPersonAsync("north", id);
        var answer = await (await admin.PostAsync($"/v1/tenants/north/subjects/{id}/suspend?reason=leaver", null)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(answer["effective"]!.GetValue<bool>());
        var change = await (await admin.PostAsync($"/v1/tenants/north/subjects/{id}/resume", null)).ChangeAsync();
        Assert.True((await admin.ReadAsync($"/v1/tenants/north/subjects/{id}"))["suspended"]!.GetValue<bool>());
        using var approver = gateway.As("north-approver-1");
        await (await approver.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False((await admin.ReadAsync($"/v1/tenants/north/subjects/{id}"))["suspended"]!.GetValue<bool>());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Deactivating_ends_assignments_and_erases_nothing(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var (id, role) = (gateways.New("gone"), gateways.New("role"));
        await gateway.AddPersonAsync("north", id);
        await (await admin.PutAsync($"/v1/tenants/north/roles/{role}", new { name = role })).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.PutAsync($"/v1/tenants/north/roles/{role}/assignments/{id}", new { })).ShouldBeAsync(HttpStatusCode.OK);
        var path = $"/v1/tenants/north/subjects/{id}";
        var answer = await (await admin.WriteAsync(HttpMethod.Delete, $"{path}?reason=left", etag: await admin.ETagAsync(path))).ShouldBeAsync(
            HttpStatusCode.OK
        );
        Assert.Equal(role, answer["ended"]![0]!["role"]!.GetValue<string>());
        Assert.False((await admin.ReadAsync(path))["active"]!.GetValue<bool>());
        Assert.False((await admin.ReadAsync($"/v1/tenants/north/roles/{role}/assignments/{id}"))["windows"]![0]!["in_force"]!.GetValue<bool>());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "50")]
    public async Task Lookalike_and_invisible_ids_are_refused(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var role = gateways.New("inspector");
        await (await admin.PutAsync($"/v1/tenants/north/roles/{role}", new { name = role })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(
            "id_taken",
            await (await admin.PutAsync($"/v1/tenants/north/roles/{role.Replace('o', '0')}", new { name = "Other words" + role })).CodeAsync(
                HttpStatusCode.Conflict
            )
        );
        Assert.Equal(
            "id_taken",
            await (await admin.PutAsync("/v1/tenants/north/roles/r0le-admin", new { name = "Yet other" })).CodeAsync(HttpStatusCode.Conflict)
        );
        Assert.Equal(
            "id_reserved",
            await (await admin.PutAsync("/v1/tenants/north/roles/role-admin", new { name = "Mine" })).CodeAsync(HttpStatusCode.Conflict)
        );
        foreach (var wrong in new[] { "Admin", "%D0%B0dmin", "admin%E2%80%8B", "%E2%84%AA", "%C4%B1" })
        {
            await (await admin.PutAsync($"/v1/tenants/north/roles/{wrong}", new { name = "x" })).ShouldBeAsync(HttpStatusCode.BadRequest);
        }
        await (await admin.PutAsync($"/v1/tenants/north/subjects/nul%00", new { })).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (await admin.PutAsync($"/v1/tenants/north/subjects/zero%E2%80%8Bwidth", new { })).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.Equal("id_taken", await (await admin.PutAsync("/v1/tenants/north/subjects/n%D0%BErth-dpo", new { })).CodeAsync(HttpStatusCode.Conflict));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Devices_are_registered_at_once_in_three_kinds_and_taken_out(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var (id, phone) = (gateways.New("dev"), gateways.New("phone"));
        await gateway.AddPersonAsync("north", id);
        var path = $"/v1/tenants/north/devices/{phone}";
        await (
            await admin.PutAsync(
                path,
                new
                {
                    kind = "personal",
                    subject = id,
                    managed = true,
                    identifiers = new[] { $"sn-{phone}" },
                }
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        var read = await admin.ReadAsync(path);
        Assert.Equal(
            (id, "personal", $"sn-{phone}"),
            (read["subject"]!.GetValue<string>(), read["kind"]!.GetValue<string>(), read["identifiers"]![0]!.GetValue<string>())
        );
        await (await admin.PutAsync($"{path}-b", new { kind = "shared", subject = id })).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.Equal(
            "identifier_taken",
            await (await admin.PutAsync($"{path}-b", new { kind = "shared", identifiers = new[] { $"sn-{phone}" } })).CodeAsync(HttpStatusCode.Conflict)
        );
        await (await admin.PutAsync($"{path}-b", new { kind = "shared" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Single((await admin.ReadAsync($"/v1/tenants/north/devices?subject={id}"))["items"]!.AsArray());
        using var person = gateway.As(id);
        Assert.Equal("device_keys_not_offered", await (await person.PutAsync($"{path}/key", new { })).CodeAsync(HttpStatusCode.Conflict));
        await (await admin.WriteAsync(HttpMethod.Delete, path, etag: await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.GetAsync(path)).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_person_enrols_one_replacement_phone_for_a_day_and_the_old_one_is_out_at_once(string database)
    {
        var gateway = await gateways.OnAsync(database);
        var (id, other, old) = (gateways.New("swap"), gateways.New("other"), gateways.New("old"));
        using var admin = gateway.As("north-role-admin");
        foreach (var (holder, phone) in new[] { (id, old), (other, $"{other}-phone") })
        {
            await gateway.AddPersonAsync("north", holder);
            await (await admin.PutAsync($"/v1/tenants/north/devices/{phone}", new { kind = "personal", subject = holder })).ShouldBeAsync(HttpStatusCode.OK);
        }
        using var person = gateway.As(id);
        Task<HttpResponseMessage> EnrolAsync(string device, string replaces) => person.PostAsJsonAsync("/v1/my/devices", new { device, replaces });

        await (await EnrolAsync($"{old}-b", $"{other}-phone")).ShouldBeAsync(HttpStatusCode.NotFound); // somebody else's
        await (await EnrolAsync($"{old}-b", "nothing")).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Equal("device_known", await (await EnrolAsync($"{other}-phone", old)).CodeAsync(HttpStatusCode.Conflict));
        await (await EnrolAsync("zero\u200bwidth", old)).ShouldBeAsync(HttpStatusCode.BadRequest);

        await (await EnrolAsync($"{old}-b", old)).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.GetAsync($"/v1/tenants/north/devices/{old}")).ShouldBeAsync(HttpStatusCode.NotFound);
        var end = (await person.ReadAsync("/v1/my/devices"))["items"]!.AsArray().Single()!["usable_until"]!.GetValue<DateTimeOffset>();
        await (await EnrolAsync($"{old}-c", $"{old}-b")).ShouldBeAsync(HttpStatusCode.OK); // mistyped: the day goes on
        var mended = (await person.ReadAsync("/v1/my/devices"))["items"]!.AsArray().Single()!;
        Assert.Equal(($"{old}-c", end), (mended["device"]!.GetValue<string>(), mended["usable_until"]!.GetValue<DateTimeOffset>()));

        await (await admin.PutAsync($"/v1/tenants/north/devices/{old}-d", new { kind = "personal", subject = id })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("enrolment_unconfirmed", await (await EnrolAsync($"{old}-e", $"{old}-d")).CodeAsync(HttpStatusCode.Conflict)); // one at a time
        var path = $"/v1/tenants/north/devices/{old}-c";
        await (await admin.PutAsync(path, new { kind = "personal", subject = id }, etag: await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        await (await EnrolAsync($"{old}-e", $"{old}-d")).ShouldBeAsync(HttpStatusCode.OK); // confirmed, so there is room for one
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_client_is_registered_by_votes_of_each_tenant_it_names_and_narrowed_at_once(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("platform-admin-1");
        var path = $"/v1/clients/{gateways.New("store")}";
        var change = await (
            await admin.PutAsync(path, new { tenants = new[] { "north", "south" }, scopes = new[] { "access.evaluate", "entitlements.issue" } })
        ).ChangeAsync();
        using var north = gateway.As("north-approver-1");
        using var south = gateway.As("south-approver-1");
        Assert.Equal("proposed", (await (await north.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK))["state"]!.GetValue<string>());
        Assert.Equal("published", (await (await south.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK))["state"]!.GetValue<string>());
        var less = await admin.PutAsync(path, new { tenants = new[] { "north" }, scopes = new[] { "access.evaluate" } }, await admin.ETagAsync(path));
        Assert.True((await less.ShouldBeAsync(HttpStatusCode.OK))["effective"]!.GetValue<bool>());
        Assert.Single((await admin.ReadAsync(path))["tenants"]!.AsArray());
        await (await admin.PutAsync($"{path}-b", new { tenants = new[] { "nowhere" }, scopes = new[] { "root" } })).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (await admin.WriteAsync(HttpMethod.Delete, path, etag: await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.GetAsync(path)).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Twelve_hundred_people_come_in_under_one_revision(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var (role, prefix) = (gateways.New("crew"), gateways.New("many"));
        await (await admin.PutAsync($"/v1/tenants/north/roles/{role}", new { name = role })).ShouldBeAsync(HttpStatusCode.OK);
        var people = Enumerable.Range(1, 1200).Select(i => new NewPerson($"{prefix}-{i:0000}", null, null, null, $"{prefix}-phone-{i:0000}", [role])).ToList();
        await using var scope = gateway.Services.CreateAsyncScope();
        var desk = scope.ServiceProvider.GetRequiredService<ChangeDesk>();
        Assert.IsType<WriteOutcome.Done>(await desk.SubmitAsync(new(new Caller.Machine()), new PeopleImport("north", null, people)));
        var list = await admin.ReadAsync($"/v1/tenants/north/roles/{role}/assignments?limit=500");
        Assert.Equal((1200, 500), (list["count"]!.GetValue<int>(), list["items"]!.AsArray().Count));
        var rest = await admin.ReadAsync($"/v1/tenants/north/roles/{role}/assignments?limit=500&cursor={list["next_cursor"]!.GetValue<string>()}");
        Assert.NotEqual(list["items"]![0]!["subject"]!.GetValue<string>(), rest["items"]![0]!["subject"]!.GetValue<string>());
        var again = await admin.PostAsJsonAsync("/v1/tenants/north/imports", new { people = new[] { new { subject = $"{prefix}-0001" } } });
        Assert.Equal("id_taken", await again.CodeAsync(HttpStatusCode.Conflict));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_import_assigns_no_restricted_role_and_no_more_than_the_establishment(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var (crew, quiet, person) = (gateways.New("crew"), gateways.New("quiet"), gateways.New("imported"));
        await (await admin.PutAsync($"/v1/tenants/north/roles/{crew}", new { name = crew, establishment = 1 })).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.PutAsync($"/v1/tenants/north/roles/{quiet}", new { name = quiet, restricted = true })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("establishment_reached", await ImportAsync(crew, 2));
        Assert.Equal("role_restricted", await ImportAsync(quiet, 1));
        Assert.Equal("role_restricted", await ImportAsync("approver", 1));

        async Task<string> ImportAsync(string role, int count) =>
            await (
                await admin.PostAsJsonAsync(
                    "/v1/tenants/north/imports",
                    new { people = Enumerable.Range(1, count).Select(i => new { subject = $"{person}-{i}", roles = new[] { role } }) }
                )
            ).CodeAsync(HttpStatusCode.Conflict);
    }
}

file static class TenantAnswers
{
    /// <summary>400 where the provider does not list the tenant comes first; both keep it out.</summary>
    public static async Task<string> NotListedOr(this HttpResponseMessage response, string code) =>
        response.StatusCode == HttpStatusCode.BadRequest ? code : await response.CodeAsync(HttpStatusCode.Conflict);
}
