using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.OpenStores;

/// <summary>Who has an app in a store that was open to all goes on having it by a role, for a time, and by a vote.</summary>
public sealed class ImportTests(PostgresServer postgres)
{
    private const string Imports = "/v1/tenants/north/roles/keeper/holder-imports";

    private const string List =
        "Display name,User Principal Name,Employee number,Device-ID\r\n"
        + "Ann,ann@north.example,person-of-ann,\r\n"
        + "Bob,,person-of-bob,phone-of-ann\r\n" // whose phone it is says nothing where a person is named
        + "Cy,,,serial-of-cy\r\n"
        + "Nobody,nobody@north.example,,\r\n"
        + "Ann again,ann@north.example,,\r\n"
        + "Two in one,ann@north.example,person-of-bob,\r\n"
        + "Twins,,person-of-twins,\r\n"
        + "Gone,,person-of-gone,\r\n"
        + "Holder,,person-of-holder,\r\n"
        + "Suspended,,person-of-suspended,\r\n"
        + "Apart,,person-of-apart,\r\n"
        + "Southerner,,person-of-southerner,\r\n"
        + "Without a name,,,\r\n"
        + "Me,,person-of-north-role-admin,\r\n"
        + "Booked,,,pool-of-bob\r\n"
        + "Provisional,,,spare-of-bob\r\n";

    private static readonly string[] LeftOut =
    [
        "5 nobody@north.example nobody",
        "6 ann@north.example repeated",
        "7 ann@north.example several",
        "8 person-of-twins several",
        "9 person-of-gone nobody",
        "10 person-of-holder holds",
        "11 person-of-suspended suspended",
        "12 person-of-apart incompatible_role",
        "13 person-of-southerner nobody",
        "14  nobody",
        "15 person-of-north-role-admin own",
        "16 pool-of-bob nobody",
        "17 spare-of-bob nobody",
    ];

    private static string Preview(string path) => path.Replace("holder-imports", "holder-imports/preview", StringComparison.Ordinal);

    private static DateTimeOffset Tomorrow => TimeProvider.System.GetUtcNow().AddDays(1);

    private static string Until(double days) => $"{Imports}?until={Uri.EscapeDataString(TimeProvider.System.GetUtcNow().AddDays(days).ToString("O"))}";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_list_of_holders_is_one_change_each_assignment_ends_by_a_date_and_is_reviewed(string database)
    {
        await using var gateway = await OpenAsync(database);
        using var admin = gateway.As("north-role-admin");
        var path = Until(60);
        var preview = await (await SendAsync(admin, Preview(path), List)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(List))), (string)preview["file_sha256"]!);
        Assert.Equal(["ann", "bob", "cy"], Texts(preview["people"]));
        Assert.Equal(LeftOut, Lines(preview["left_out"]));
        Assert.Equal((16, 1, 4), ((int)preview["lines"]!, (int)preview["audience"]!["before"]!, (int)preview["audience"]!["after"]!));

        var change = await (await SendAsync(admin, path + "&reason=moving", List)).ChangeAsync();
        Assert.Equal([null, null, null, "may_have"], await StandingsAsync(gateway)); // the preview kept nothing, and the change waits
        using (var approver = gateway.As("north-approver-1"))
        {
            var shown = await approver.ReadAsync($"/v1/changes/{change}");
            Assert.Equal((1, 4), ((int)shown["audience"]!["before"]!, (int)shown["audience"]!["after"]!));
            var said = shown["alteration"]!;
            Assert.Equal((string)preview["file_sha256"]!, (string)said["file_sha256"]!);
            Assert.Equal(["ann", "bob", "cy"], Texts(said["people"]));
            Assert.Equal(LeftOut, Lines(said["left_out"]));
        }
        using (var owner = gateway.As("north-app-owner")) // who is in the file is not for everybody
        {
            Assert.DoesNotContain("nobody@north.example", (await owner.ReadAsync($"/v1/changes/{change}")).ToJsonString(), StringComparison.Ordinal);
        }
        await gateway.FinishAsync(change);
        Assert.Equal(["may_have", "may_have", "may_have", "may_have"], await StandingsAsync(gateway));

        var held = await gateway.InDatabaseAsync(db =>
            (
                from a in db.Assignments
                join s in db.Subjects on a.SubjectKey equals s.Key
                where a.Role == "keeper" && a.NotAfter != null
                orderby s.Id
                select new
                {
                    s.Id,
                    a.NotAfter,
                    a.Ended,
                    a.Origin,
                    a.Device,
                }
            ).ToListAsync()
        );
        Assert.Equal(["ann", "bob", "cy"], held.Select(h => h.Id));
        Assert.All(held, h => Assert.Equal((Uri.UnescapeDataString(path.Split('=')[1])[..19], false), (h.NotAfter!.Value.ToString("O")[..19], h.Ended)));
        Assert.All(held, h => Assert.Equal((null, null), (h.Origin, h.Device)));

        using var dpo = gateway.As("north-dpo");
        var review = (await dpo.ReadAsync("/v1/reviews?view=all&tenant=north"))["items"]!.AsArray().Single()!;
        Assert.Equal(("import", "keeper"), ((string)review["cause"]!, (string)review["role"]!));
        var items = (await dpo.ReadAsync($"/v1/reviews/{(string)review["id"]!}/items"))["items"]!.AsArray();
        Assert.Equal(["ann", "bob", "cy"], items.Select(i => (string)i!["subject"]!).Order(StringComparer.Ordinal));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_is_in_the_file_does_not_vote_and_a_file_that_means_others_by_now_is_proposed_again(string database)
    {
        await using var gateway = await OpenAsync(database);
        await gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == "north-approver-2").ExecuteUpdateAsync(set => set.SetProperty(s => s.UserPrincipalName, "two@north.example"))
        );
        using var admin = gateway.As("north-role-admin");
        var first = await (await SendAsync(admin, Until(60), "upn\nann@north.example\ntwo@north.example\n")).ChangeAsync();
        Assert.Equal("named_by_change", await (await gateway.VoteAsync(first, "north-approver-2")).CodeAsync(HttpStatusCode.Forbidden));
        await gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == "ann").ExecuteUpdateAsync(set => set.SetProperty(s => s.Active, false)));
        Assert.Equal("change_moved", await (await gateway.VoteAsync(first, "north-approver-1")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(0, await gateway.InDatabaseAsync(db => db.Assignments.CountAsync(a => a.Role == "keeper" && a.NotAfter != null)));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_may_not_be_brought_in_is_refused_and_says_why(string database)
    {
        await using var gateway = await OpenAsync(database);
        await gateway.AddRoleAsync("south", "keeper");
        using var admin = gateway.As("north-role-admin");
        const string Ann = "upn\nann@north.example\n";
        foreach (
            var (path, list, status, code) in new[]
            {
                (Until(0), Ann, HttpStatusCode.Conflict, "window_empty"),
                (Until(181), Ann, HttpStatusCode.Conflict, "import_too_long"),
                (Until(60), "upn\nholder@north.example\nnobody\n", HttpStatusCode.Conflict, "nobody_to_import"),
                (Until(60), "upn\n", HttpStatusCode.Conflict, "nobody_to_import"),
                (Until(60).Replace("/keeper/", "/approver/", StringComparison.Ordinal), Ann, HttpStatusCode.Conflict, "role_administrative"),
                (Until(60).Replace("/keeper/", "/nosuch/", StringComparison.Ordinal), Ann, HttpStatusCode.NotFound, "not_found"),
                (Until(60).Replace("/north/", "/south/", StringComparison.Ordinal), Ann, HttpStatusCode.NotFound, "not_found"),
            }
        )
        {
            Assert.Equal((path, code), (path, await (await SendAsync(admin, path, list)).CodeAsync(status)));
        }
        var nobody = await (await SendAsync(admin, Preview(Until(60)), "upn\nholder@north.example\n")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Null(nobody["audience"]);
        Assert.Equal(["2 holder@north.example holds"], Lines(nobody["left_out"]));
        await SetAsync("longest_assignment", TimeSpan.FromDays(30));
        Assert.Equal("longest_assignment", await (await SendAsync(admin, Until(60), Ann)).CodeAsync(HttpStatusCode.Conflict));
        await SetAsync("establishment", null);
        Assert.Equal("establishment_reached", await (await SendAsync(admin, Until(20), Ann)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(0, await gateway.InDatabaseAsync(db => db.Changes.CountAsync(c => c.Kind == "holders.import")));
        using var owner = gateway.As("north-app-owner");
        await (await SendAsync(owner, Until(60), Ann)).ShouldBeAsync(HttpStatusCode.Forbidden);

        Task SetAsync(string what, TimeSpan? longest) =>
            gateway.InDatabaseAsync(db =>
                db.Roles.Where(r => r.Tenant == "north" && r.Id == "keeper")
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(r => r.LongestAssignment, longest).SetProperty(r => r.Establishment, what == "establishment" ? 2 : null)
                    )
            );
    }

    [Trait("Abuse", "52")]
    [Fact]
    public async Task A_file_that_is_none_is_refused_by_its_line_in_bounded_memory_and_changes_nothing()
    {
        await using var gateway = await OpenAsync("Sqlite");
        using var admin = gateway.As("north-role-admin");
        foreach (
            var (list, where) in new[]
            {
                ("", "line 1"),
                ("name,rank\nAnn,1\n", "line 1"),
                ("upn,UPN\nann,bob\n", "line 1"),
                ("upn,device\nann\n", "line 2"),
                ("upn\nann,bob\n", "line 2"),
                ("upn\n\"ann\n", "line 2"),
                ("upn\na\u0001nn\n", "line 2"),
                ($"upn\nann\n{new string('x', 257)}\n", "line 3"),
                ("upn\n" + string.Concat(Enumerable.Repeat("a\n", 2_001)), "2000 lines"),
                ("upn,device\n" + string.Concat(Enumerable.Repeat("a\n", 2_000_000)), "2000 lines"), // every one of them wrong
            }
        )
        {
            var problem = await (await SendAsync(admin, Until(60), list)).ShouldBeAsync(HttpStatusCode.BadRequest);
            Assert.Contains(where, problem.ToJsonString(), StringComparison.Ordinal);
        }
        await (await SendAsync(admin, Until(60), new byte[] { (byte)'u', (byte)'p', (byte)'n', 10, 0xff }, "text/csv")).ShouldBeAsync(
            HttpStatusCode.BadRequest
        );
        await (await SendAsync(admin, Until(60), "upn\nann\n"u8.ToArray(), "text/csv; charset=utf-16")).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (await SendAsync(admin, Until(60), "{}"u8.ToArray(), "application/json")).ShouldBeAsync(HttpStatusCode.UnsupportedMediaType);
        await (await SendAsync(admin, Until(60), new byte[5 << 20], "text/csv")).ShouldBeAsync(HttpStatusCode.RequestEntityTooLarge);
        await (await SendAsync(admin, Imports, "upn\nann@north.example\n")).ShouldBeAsync(HttpStatusCode.BadRequest); // until when?
        await (await SendAsync(admin, $"{Imports}?until=tomorrow", "upn\nann@north.example\n")).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.Equal(0, await gateway.InDatabaseAsync(db => db.Changes.CountAsync(c => c.Kind == "holders.import")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Two_thousand_lines_are_one_change_and_whoever_held_the_role_before_holds_it_anew(string database)
    {
        await using var gateway = await OpenAsync(database);
        await gateway.AddCrowdAsync("north", 1_760, from: 40);
        await gateway.InDatabaseAsync(async db =>
        {
            var key = await db.Subjects.Where(s => s.Id == "north-crowd-7").Select(s => s.Key).SingleAsync();
            db.Assignments.Add(
                new()
                {
                    Tenant = "north",
                    Role = "keeper",
                    SubjectKey = key,
                    NotBefore = DateTimeOffset.UnixEpoch,
                    NotAfter = DateTimeOffset.UnixEpoch.AddDays(1),
                    Ended = true,
                }
            );
            await db.SaveChangesAsync();
        });
        using var admin = gateway.As("north-role-admin");
        var list = "subject\n" + string.Concat(Enumerable.Range(0, 2_000).Select(i => $"north-crowd-{i}\n"));
        var change = await (await SendAsync(admin, Until(60), list)).ChangeAsync();
        await gateway.FinishAsync(change);
        Assert.Equal(1_800, await gateway.InDatabaseAsync(db => db.Assignments.CountAsync(a => a.Role == "keeper" && a.NotAfter != null && !a.Ended)));
        Assert.Equal(1_800, await gateway.InDatabaseAsync(db => db.ReviewItems.CountAsync()));
        Assert.Equal("may_have", await gateway.StandingAsync("north-crowd-7", "notebook"));
    }

    private static async Task<List<string?>> StandingsAsync(TestGateway gateway)
    {
        var standings = new List<string?>();
        foreach (var person in new[] { "ann", "bob", "cy", "holder" })
        {
            standings.Add(await gateway.StandingAsync(person, "notebook") is "may_have" ? "may_have" : null);
        }
        return standings;
    }

    private static List<string> Texts(JsonNode? array) => [.. array!.AsArray().Select(t => (string)t!)];

    private static List<string> Lines(JsonNode? array) => [.. array!.AsArray().Select(l => $"{(int)l!["line"]!} {(string)l["name"]!} {(string)l["because"]!}")];

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, string path, string list) =>
        SendAsync(http, path, Encoding.UTF8.GetBytes(list), "text/csv; charset=utf-8");

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, string path, byte[] list, string type) => http.PostFileAsync(path, list, type);

    /// <summary>The notebook is open to keepers, of whom one is left; the people of <see cref="List"/> are all there.</summary>
    private async Task<TestGateway> OpenAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("north", "keeper");
        await gateway.AddRoleAsync("north", "opponent");
        await gateway.AddPersonAsync("north", "holder", "keeper");
        foreach (var person in new[] { "ann", "bob", "cy", "gone", "twin-1", "twin-2" })
        {
            await gateway.AddPersonAsync("north", person);
        }
        await gateway.AddPersonAsync("north", "suspended", "keeper");
        await gateway.AddPersonAsync("north", "apart", "opponent");
        await gateway.AddPersonAsync("south", "southerner");
        await gateway.AddCrowdAsync("north");
        await gateway.InDatabaseAsync(async db =>
        {
            var people = await db.Subjects.ToDictionaryAsync(s => s.Id);
            (people["ann"].UserPrincipalName, people["holder"].UserPrincipalName) = ("ann@north.example", "holder@north.example");
            (people["twin-1"].Person, people["twin-2"].Person) = ("person-of-twins", "person-of-twins");
            people["gone"].Active = false;
            (await db.Assignments.SingleAsync(a => a.SubjectKey == people["suspended"].Key)).Suspended = true;
            (await db.Roles.SingleAsync(r => r.Tenant == "north" && r.Id == "opponent")).IncompatibleWith = ["keeper"];
            foreach (var (id, owner) in new[] { ("phone-of-ann", "ann"), ("phone-of-cy", "cy") })
            {
                db.Devices.Add(
                    new()
                    {
                        Tenant = "north",
                        Id = id,
                        SubjectKey = people[owner].Key,
                    }
                );
            }
            foreach (
                var (id, kind, until) in new[] { ("pool-of-bob", DeviceKind.Pool, null), ("spare-of-bob", DeviceKind.Personal, (DateTimeOffset?)Tomorrow) }
            )
            {
                db.Devices.Add(
                    new()
                    {
                        Tenant = "north",
                        Id = id,
                        Kind = kind,
                        SubjectKey = people["bob"].Key,
                        UsableUntil = until,
                    }
                );
            }
            db.DeviceIdentifiers.Add(
                new()
                {
                    Tenant = "north",
                    Identifier = "serial-of-cy",
                    Device = "phone-of-cy",
                }
            );
            await db.SaveChangesAsync();
        });
        await gateway.OpenAppAsync("notebook", "keeper");
        return gateway;
    }
}
