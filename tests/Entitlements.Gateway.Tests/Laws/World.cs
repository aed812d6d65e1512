using System.Net;
using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Recalls;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Gateway.Tests.Laws;

/// <summary>
/// A small random world as rows in the tenants north and south: so few people, roles, apps and instants that everything meets often. Nothing in it is what the
/// product's own operations could not have left; the directory's assignments, which nobody checked on their way in, stand for what other systems bring.
/// </summary>
/// <param name="number">All ids begin with it, so that worlds share a gateway.</param>
internal sealed partial class World(int number, Random random, DateTimeOffset now, string issuer)
{
    public const string North = "north";
    public const string South = "south";
    public const string Microphone = "android.permission.RECORD_AUDIO";
    public static readonly string[] Capabilities = [Microphone, "com.example.permission.ANYTHING", "android.permission.INTERNET"];
    public static readonly string[] Accreditations = ["first-aid", "driving"];

    /// <summary>Ends of windows, from now: past, soon, later.</summary>
    public static readonly TimeSpan[] Ends =
    [
        TimeSpan.FromDays(-1),
        TimeSpan.FromHours(1),
        TimeSpan.FromDays(1),
        TimeSpan.FromDays(10),
        TimeSpan.FromDays(30),
        TimeSpan.FromDays(100),
    ];

    private readonly Dictionary<string, long> _keys = new(StringComparer.Ordinal);

    public DateTimeOffset Now => now;
    public string Issuer => issuer;
    public Random Random => random;

    /// <summary>Of north; <c>b</c> and <c>c</c> are accounts of one person.</summary>
    public IReadOnlyList<string> NorthPeople => [Id("a"), Id("b"), Id("c"), Id("d"), Asker];

    /// <summary>Asks for roles, and was granted one.</summary>
    public string Asker => Id("asker");

    /// <summary>The roles that can be asked for.</summary>
    public string Asked => Id("asked");
    public string AskedLater => Id("later");

    /// <summary>Of south; the first is lent to north.</summary>
    public IReadOnlyList<string> SouthPeople => [Id("lent"), Id("e")];

    /// <summary>Not there yet.</summary>
    public string Newcomer => Id("newcomer");
    public string Recruit => Id("recruit");
    public IReadOnlyList<string> Roles => [Id("lead"), Id("clerk"), Id("driver")];
    public string NewRole => Id("spare");
    public IReadOnlyList<string> Apps => [Id("one"), Id("two"), Id("three"), Id("four"), Id("southern")];
    public string NewApp => Id("fresh");
    public string Type => Id("record");
    public string File => Id("file");
    public string Source => Id("school");
    public string Aid => Id("aid");
    public string Client => Id("store");
    public string Rota => Id("duty");
    public long Shift { get; private set; }

    /// <summary>Of the asker: one that was granted, one that is open.</summary>
    public IReadOnlyList<string> Requests { get; private set; } = [];

    /// <summary>The third is of both tenants: an id is only one's own.</summary>
    public IReadOnlyList<string> Devices => [Id("phone"), Id("pool"), Id("tablet")];

    public string Id(string name) => FormattableString.Invariant($"w{number}-{name}");

    public long KeyOf(string subject) => _keys[subject];

    public bool Chance(double chance) => random.NextDouble() < chance;

    public T One<T>(params IReadOnlyList<T> among) => among[random.Next(among.Count)];

    public List<T> Some<T>(IEnumerable<T> among, double chance) => [.. among.Where(_ => Chance(chance))];

    public DateTimeOffset SomeEnd() => now + One(Ends);

    public DateTimeOffset SomeLaterEnd() => now + One(Ends[1..]);

    /// <summary>What a write in this world could change the answer to: everybody and every app, three of them on every device.</summary>
    public List<EvaluationRequest> Questions()
    {
        var download = new Action(Action.Download, Properties.None);
        string?[] any = [null, .. Devices];
        var asked = Apps.Index()
            .SelectMany(app => any[..(app.Index < 3 ? any.Length : 2)].Select(device => (download, App(app.Item), device)))
            .Append((download, App(Apps[0]) with { Properties = Claims("version", "1.0") }, Devices[0]))
            .Append((new("read", Properties.None), new Resource(Type, File, Claims("level", "low")), null))
            .Append((new("write", Properties.None), new Resource(Type, File, Properties.None), null));
        var subjects = NorthPeople.Concat(SouthPeople).Append(Recruit).Select(id => (Tenant: North, id)).Concat(SouthPeople.Select(id => (Tenant: South, id)));
        return
        [
            .. from subject in subjects
            from one in asked
            select new EvaluationRequest(subject.Tenant, new("user", subject.id, Claims("grade", "senior")), one.Item1, one.Item2, new Context(one.Item3)),
        ];

        static Resource App(string id) => new(Resource.App, id, Properties.None);
    }

    private static Properties Claims(string name, string value) =>
        new(new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [name] = JsonSerializer.SerializeToElement(value) });

    /// <summary>Stores it all.</summary>
    public async Task PlantAsync(EntitlementsDb db)
    {
        PlantPeople(db);
        PlantRoles(db);
        PlantApps(db);
        await db.SaveChangesAsync();
        foreach (var subject in db.Subjects.Local)
        {
            _keys[subject.Id] = subject.Key;
        }
        PlantAssignments(db);
        PlantDevices(db);
        PlantAccreditations(db);
        PlantAid(db);
        foreach (var (app, tenant) in Apps.SelectMany(app => new[] { (app, North), (app, South) }))
        {
            PlantTermsOf(db, app, tenant);
        }
        db.Observations.Add(
            new()
            {
                Tenant = North,
                App = Apps[0],
                Since = now,
                Until = now.AddDays(30),
            }
        );
        PlantRecords(db);
        await db.SaveChangesAsync();
        PlantBars(db);
        PlantRedemptions(db);
        Shift = await PlantDutyAsync(db);
    }

    /// <summary>The asker asks for two roles, and is granted the first: over HTTP, as a request is more than its row.</summary>
    public async Task AskAsync(TestGateway gateway)
    {
        using var asker = gateway.As(Asker);
        Requests = [await AskForAsync(Asked), await AskForAsync(AskedLater)];
        using var approver = gateway.As("north-approver-1");
        await (await approver.PostAsync($"/v1/requests/{Requests[0]}/votes", new { vote = "approve", reason = "seen" })).ShouldBeAsync(HttpStatusCode.OK);

        async Task<string> AskForAsync(string role) =>
            (string)(await (await asker.PostAsync("/v1/requests", new { role, reason = "on the rota" })).ShouldBeAsync(HttpStatusCode.Created))["request"]!;
    }

    private void PlantPeople(EntitlementsDb db)
    {
        foreach (var (id, tenant) in NorthPeople.Select(id => (id, North)).Concat(SouthPeople.Select(id => (id, South))))
        {
            db.Subjects.Add(
                new()
                {
                    Tenant = tenant,
                    Issuer = issuer,
                    Id = id,
                    Person = id == Id("c") ? Id("person-b") : $"{Id("person")}-{id}",
                    Active = id == Asker || !Chance(0.05),
                    Suspended = id != Asker && Chance(0.08),
                }
            );
        }
    }

    private void PlantRoles(EntitlementsDb db)
    {
        foreach (var (tenant, role) in new[] { North, South }.SelectMany(tenant => Roles.Select(role => (tenant, role))))
        {
            db.Roles.Add(
                new()
                {
                    Tenant = tenant,
                    Id = role,
                    Name = role,
                    Restricted = Chance(0.4),
                    Establishment = Chance(0.3) ? random.Next(2, 5) : null,
                    LongestAssignment = Chance(0.3) ? One(TimeSpan.FromDays(30), TimeSpan.FromDays(400)) : null,
                    IncompatibleWith = Some(Roles.Where(other => other != role), 0.2),
                    Accreditations = Some(Accreditations, 0.1),
                }
            );
        }
        foreach (var role in new[] { Asked, AskedLater })
        {
            db.Roles.Add(
                new()
                {
                    Tenant = North,
                    Id = role,
                    Name = role,
                }
            );
            var stage = new ApprovalStage([new(ApproverKind.Role, Function.Approver)], 1, TimeSpan.FromHours(16));
            db.ApprovalPolicies.Add(
                new()
                {
                    Tenant = North,
                    Role = role,
                    Policy = StoredJson.Write(new ApprovalPolicy([stage], TimeSpan.FromDays(30), TimeSpan.FromDays(20))),
                }
            );
        }
    }

    private void PlantApps(EntitlementsDb db)
    {
        foreach (var app in Apps)
        {
            db.Apps.Add(
                new()
                {
                    Type = Resource.App,
                    Id = app,
                    Skeleton = app,
                    Owner = app == Id("southern") ? South : North,
                    Name = app,
                    Distribution = Distribution.ManagedStore,
                    PackageId = app,
                    Visibility = One(Visibility.Listed, Visibility.Listed, Visibility.ByLink, Visibility.Hidden),
                    HighRisk = Chance(0.2),
                    PersonProof = Chance(0.5),
                    DeviceLimit = Chance(0.2) ? 1 : null,
                }
            );
            var able = Some(Capabilities, 0.45);
            for (var version = 1; version <= 3; version++)
            {
                db.Releases.Add(
                    new()
                    {
                        App = app,
                        ReleaseVersion = FormattableString.Invariant($"{version}.0"),
                        Platform = "android",
                        Capabilities = [.. able.Union(Some(Capabilities, 0.1))],
                        PublishedAt = version == 3 || Chance(0.1) ? null : now.AddDays(version - 40),
                    }
                );
            }
        }
        db.ResourceTypes.Add(
            new()
            {
                Type = Type,
                Actions = ["read"],
                SubjectProperties = Chance(0.5),
            }
        );
        db.Apps.Add(
            new()
            {
                Type = Type,
                Id = File,
                Skeleton = File,
                Owner = North,
                Name = File,
            }
        );
    }

    private void PlantAssignments(EntitlementsDb db)
    {
        var people = NorthPeople.Select(id => (id, North)).Concat(SouthPeople.Select(id => (id, South)));
        foreach (var ((id, tenant), role) in people.SelectMany(person => Roles.Select(role => (person, role))).Where(_ => Chance(0.7)))
        {
            var from = Chance(0.8) ? now.AddDays(-20) : SomeEnd();
            DateTimeOffset? until =
                Chance(0.4) ? null
                : Chance(0.5) ? SomeLaterEnd()
                : SomeEnd();
            db.Assignments.Add(
                new()
                {
                    Tenant = tenant,
                    Role = role,
                    SubjectKey = KeyOf(id),
                    Source = Chance(0.7) ? AssignmentSource.Admin : AssignmentSource.Directory,
                    NotBefore = from,
                    NotAfter = until <= from ? from.AddDays(10) : until,
                    Suspended = Chance(0.07),
                }
            );
        }
    }

    private void PlantBars(EntitlementsDb db)
    {
        foreach (var app in Apps.Where(_ => Chance(0.1)))
        {
            db.Bars.Add(Bar(app, null, One(Bars.Suspended, Bars.Withdrawn, Bars.Recalled)));
        }
        foreach (var release in db.Releases.Local.Where(_ => Chance(0.1)))
        {
            db.Bars.Add(Bar(release.App, release.Key, One(Bars.Suspended, Bars.Withdrawn)));
        }

        BarRow Bar(string app, long? release, Bars kind) =>
            new()
            {
                App = app,
                Release = release,
                Tenant = One<string?>(null, North, North, South),
                Kind = kind,
                Reason = "looked into",
                By = "test",
                At = now,
            };
    }
}
