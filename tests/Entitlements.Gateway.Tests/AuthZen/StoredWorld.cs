using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Devices;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.MutualAid;
using Entitlements.Gateway.Recalls;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Gateway.Tests.AuthZen;

/// <summary>
/// A small random world as rows: so few people, roles, devices and instants that everything collides often. It stores itself, and it says in plain
/// LINQ over those rows what the facts of a question are: no SQL, nothing shared with the reader under test.
/// </summary>
internal sealed class StoredWorld
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private const string Home = "https://home.example";
    private const string Away = "https://away.example";
    private static readonly string[] RoleNames = ["a", "b", "c"];
    private static readonly string[] Asked = ["m", "n"];

    private readonly Random _random;

    private const string Listens = "android.permission.RECORD_AUDIO";
    private const string Unheard = "com.example.permission.ANYTHING";
    private static readonly string[] Capabilities = [Listens, Unheard, "android.permission.INTERNET"];

    /// <summary>A world about a guest: or too few would ever be let in.</summary>
    private readonly bool _lends;
    private readonly string _t,
        _o,
        _person,
        _thing,
        _type;
    private readonly List<TenantRow> _tenants = [];
    private readonly List<SubjectRow> _subjects = [];
    private readonly List<RoleRow> _roles = [];
    private readonly List<RoleAssignmentRow> _assignments = [];
    private readonly List<EquivalentRow> _equivalents = [];
    private readonly List<AidRow> _aids = [];
    private readonly List<AccreditationSourceRow> _sources = [];
    private readonly List<AccreditationRow> _accreditations = [];
    private readonly List<ResourceTypeRow> _types = [];
    private readonly List<AppRow> _apps = [];
    private readonly List<AdoptionRow> _adoptions = [];
    private readonly List<ReleaseRow> _releases = [];
    private readonly List<BarRow> _bars = [];
    private readonly List<RuleRow> _rules = [];
    private readonly List<AssessmentRow> _assessments = [];
    private readonly List<GuidanceRow> _guidance = [];
    private readonly List<AcknowledgementRow> _acknowledgements = [];
    private readonly List<DeviceRow> _devices = [];
    private readonly List<AccessRequestRow> _emergencies = [];
    private readonly List<(EntitlementRow Entitlement, RedemptionRow? Redemption)> _entitlements = [];
    private readonly HashSet<object> _unreadable = [];

    public StoredWorld(int number)
    {
        (_random, _lends) = (new(number), number % 4 == 0);
        (_t, _o, _person, _thing, _type) = ($"t{number}", $"o{number}", $"person{number}", $"thing{number}", $"type{number}");
        foreach (var tenant in new[] { _t, _o })
        {
            _tenants.Add(
                new()
                {
                    Id = tenant,
                    Name = tenant,
                    Issuer = Home,
                }
            );
            _roles.AddRange(RoleNames.Where(_ => !Chance(8)).Select(role => SomeRole(tenant, role)));
            _sources.AddRange(new[] { "s", "z" }.Select(id => new AccreditationSourceRow { Tenant = tenant, Id = id }));
        }
        foreach (var role in _roles)
        {
            Some(
                _equivalents,
                6,
                () =>
                    new()
                    {
                        Tenant = role.Tenant,
                        Role = role.Id,
                        Home = Other(role.Tenant),
                        HomeRole = One(RoleNames),
                    }
            );
        }
        Some(_subjects, 12, () => SomeSubject(_lends || Chance(5) ? _o : _t, Home, _person));
        Some(_subjects, 2, () => SomeSubject(Chance(2) ? _o : _t, Away, _person));
        Some(_subjects, 1, () => SomeSubject(_t, Home, _person + "x"));
        _types.Add(
            new()
            {
                Type = _type,
                Actions = [.. new[] { "read", "download" }.Where(_ => !Chance(4))],
                SubjectProperties = Chance(2),
            }
        );
        Some(_apps, 20, () => SomeApp(Resource.App, _thing));
        Some(_apps, 20, () => SomeApp(_type, _thing));
        _apps.Add(SomeApp(Resource.App, _thing + "x"));
        foreach (var tenant in new[] { _t, _o })
        {
            Some(_adoptions, 2, () => new() { App = _thing, Tenant = tenant });
            foreach (var app in _apps)
            {
                Some(_rules, 8, () => SomeRule(tenant, app, Action.Download));
                Some(_rules, 2, () => SomeRule(tenant, app, "read"));
            }
            Some(
                _assessments,
                6,
                () =>
                    new()
                    {
                        App = _thing,
                        Tenant = tenant,
                        Outcome = Chance(6) ? AssessmentOutcome.Refused : AssessmentOutcome.Approved,
                        InForceUntil = Some(),
                        Grace = TimeSpan.FromHours(_random.Next(4)),
                        Covers = [.. Capabilities.Where(_ => !Chance(4))],
                    }
            );
            Some(
                _guidance,
                2,
                () =>
                    new()
                    {
                        App = _thing,
                        Tenant = tenant,
                        TextVersion = 2,
                        AcceptedFrom = 1 + _random.Next(2),
                    }
            );
        }
    }

    /// <summary>What was stored in two steps: rows that others name by key first.</summary>
    public IEnumerable<object> FirstRows => [.. _tenants, .. _subjects, .. _roles, .. _sources, .. _types, .. _apps, .. SomeReleases()];

    public IEnumerable<object> SecondRows()
    {
        foreach (var subject in _subjects)
        {
            foreach (var role in _roles)
            {
                Some(_assignments, role.Tenant == subject.Tenant ? 3 : 1, () => SomeAssignment(role, subject, AssignmentSource.Admin), outOf: 4);
                Some(_assignments, 1, () => SomeAssignment(role, subject, AssignmentSource.Directory), outOf: 4);
                if ((_lends && role.Tenant == _t) || Chance(role.Tenant == subject.Tenant ? 20 : 2))
                {
                    AddLent(role, subject);
                }
            }
            foreach (var (source, accreditation) in _sources.SelectMany(source => Asked.Select(asked => (source, asked))))
            {
                Some(_accreditations, source.Tenant == subject.Tenant ? 2 : 1, () => SomeAccreditation(source, subject, accreditation), outOf: 4);
            }
            foreach (var guidance in _guidance)
            {
                Some(
                    _acknowledgements,
                    3,
                    () =>
                        new()
                        {
                            App = _thing,
                            Tenant = guidance.Tenant,
                            TextVersion = 1 + _random.Next(2),
                            SubjectKey = subject.Key,
                            At = Now,
                        },
                    outOf: 4
                );
            }
            for (var i = _random.Next(3); i > 0; i--)
            {
                _emergencies.Add(SomeEmergency(subject, FormattableString.Invariant($"{_person}-{subject.Key}-{i}")));
            }
            for (var i = _random.Next(3); i > 0 && _releases.Count > 0; i--)
            {
                AddEntitlement(subject, FormattableString.Invariant($"{_person}-{subject.Key}-{i}"));
            }
        }
        foreach (var tenant in new[] { _t, _o })
        {
            Some(_devices, 8, () => SomeDevice(tenant, "d"));
            Some(_devices, 3, () => SomeDevice(tenant, "e"));
        }
        for (var i = _random.Next(8) - 2; i > 0; i--) // often enough bars that no release is left free of them
        {
            _bars.Add(SomeBar());
        }
        return
        [
            .. _equivalents,
            .. _aids,
            .. _assignments,
            .. _accreditations,
            .. _adoptions,
            .. _rules,
            .. _assessments,
            .. _guidance,
            .. _acknowledgements,
            .. _devices,
            .. _emergencies,
            .. _bars,
            .. _entitlements.Select(e => e.Entitlement),
            .. _entitlements.Select(e => e.Redemption).OfType<RedemptionRow>(),
        ];
    }

    /// <summary>Spoils the rows that are to be unreadable, behind the mapping's back.</summary>
    public async Task SpoilAsync(EntitlementsDb db)
    {
        foreach (var row in _unreadable)
        {
            await (
                row switch
                {
                    RoleRow role when Chance(2) => db.Database.ExecuteSqlAsync(
                        $"update role set accreditations = 'null' where tenant = {role.Tenant} and id = {role.Id}"
                    ),
                    RoleRow role => db.Database.ExecuteSqlAsync($"update role set incompatible_with = '[\"a' where tenant = {role.Tenant} and id = {role.Id}"),
                    RuleRow { App: var app, Type: var type, Tenant: var tenant, Action: var action } when Chance(2) => db.Database.ExecuteSqlAsync(
                        $"update rule set device = '0' where tenant = {tenant} and app = {app} and type = {type} and action = {action}"
                    ),
                    RuleRow rule when Chance(2) => db.Database.ExecuteSqlAsync(
                        $"update rule set accreditations = '[1]' where tenant = {rule.Tenant} and app = {rule.App} and type = {rule.Type} and action = {rule.Action}"
                    ),
                    RuleRow rule => db.Database.ExecuteSqlAsync(
                        $"update rule set roles = '[null]' where tenant = {rule.Tenant} and app = {rule.App} and type = {rule.Type} and action = {rule.Action}"
                    ),
                    AppRow app => db.Database.ExecuteSqlAsync($"update app set visibility = 'Nowhere' where type = {app.Type} and id = {app.Id}"),
                    DeviceRow device => db.Database.ExecuteSqlAsync($"update device set kind = 'Brick' where tenant = {device.Tenant} and id = {device.Id}"),
                    ReleaseRow release => db.Database.ExecuteSqlAsync($"update release set capabilities = '[null]' where key = {release.Key}"),
                    BarRow bar => db.Database.ExecuteSqlAsync($"update bar set kind = 'Frozen' where id = {bar.Id}"),
                    _ => throw new System.Diagnostics.UnreachableException(),
                }
            );
        }
    }

    public EvaluationRequest SomeRequest()
    {
        var isApp = !Chance(3);
        var release = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (Chance(3))
        {
            release["version"] = Text(One("1", "2", "3"));
        }
        if (Chance(3))
        {
            release["platform"] = Text(One("p", "q"));
        }
        if (Chance(2))
        {
            release["x"] = Text(One("1", "2"));
        }
        var claims = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (Chance(4))
        {
            claims["iss"] = Text(One(Home, Away, "https://nowhere.example"));
        }
        if (Chance(2))
        {
            claims["x"] = Text(One("1", "2"));
        }
        return new(
            Chance(12) ? _o : _t,
            new(Chance(30) ? "robot" : "user", Chance(12) ? _person + "y" : _person, new(claims)),
            new(
                One(Action.Download, Action.Download, Action.Download, "read", "shred"),
                Chance(2) ? Properties.None : new(new Dictionary<string, JsonElement> { ["x"] = Text("1") })
            ),
            new(isApp ? Resource.App : _type, Chance(15) ? _thing + "y" : _thing, new(release)),
            new(Chance(5) ? null : One("d", "d", "d", "e", "f"))
        );
    }

    /// <summary>The facts, from the rows, in words.</summary>
    public (Facts Facts, long? Subject, bool Restricted, bool Sensitive, int? Guidance, long? Release) Truth(EvaluationRequest request)
    {
        var issuer = request.Subject.Properties.Text("iss") ?? Home;
        var me = _subjects.SingleOrDefault(s =>
            s.Issuer == issuer && s.Id == request.Subject.Id && (s.Tenant == request.Tenant || LentTo(request.Tenant, s).Any(a => a.NotAfter > Now))
        );
        var isGuest = me is not null && me.Tenant != request.Tenant;
        var app = _apps.SingleOrDefault(a => a.Type == request.Resource.Type && a.Id == request.Resource.Id && !_unreadable.Contains(a));
        var rule = _rules.SingleOrDefault(r =>
            r.Tenant == request.Tenant && r.Type == request.Resource.Type && r.App == request.Resource.Id && r.Action == request.Action.Name
        );
        var isApp = request.Resource.Type == Resource.App;
        var release = isApp ? Choose(request) : null;
        var guidance = isApp ? _guidance.SingleOrDefault(g => g.App == request.Resource.Id && g.Tenant == request.Tenant) : null;
        var assessment = isApp ? _assessments.SingleOrDefault(a => a.App == request.Resource.Id && a.Tenant == request.Tenant) : null;
        var isHere = _devices.Exists(d => d.Tenant == request.Tenant && d.Id == request.Context.Device);
        var device = _devices.SingleOrDefault(d =>
            (isHere ? d.Tenant == request.Tenant : isGuest && d.Tenant == me!.Tenant && d.SubjectKey == me.Key)
            && d.Id == request.Context.Device
            && !_unreadable.Contains(d)
        );
        var readRule = rule is null ? null : Read(rule);
        var facts = new Facts
        {
            CallerMayAsk = request.Subject.Type == "user",
            Subject = me is null
                ? null
                : new(me.Active, me.Suspended) { KnownUntil = isGuest ? LentTo(request.Tenant, me).Max(a => a.NotAfter)!.Value : DateTimeOffset.MaxValue },
            Resource = app is null
                ? null
                : new()
                {
                    IsApp = isApp,
                    Adopted = app.Owner == request.Tenant || (isApp && _adoptions.Exists(a => a.App == app.Id && a.Tenant == request.Tenant)),
                    Hidden = app.Visibility == Visibility.Hidden,
                    ActionKnown = isApp
                        ? request.Action.Name == Action.Download || rule is not null
                        : _types.Single(t => t.Type == _type).Actions.Contains(request.Action.Name),
                    HighRisk = app.HighRisk,
                    Bars = isApp ? BarsOn(request, null) : Bars.None,
                    Release = release is null ? null : new(release.PublishedAt is not null, BarsOn(request, release.Key)) { Held = IsHeld(request, release) },
                    ReleaseNamed = request.Resource.Properties.Text("version") is not null,
                    DeviceLimit = app.DeviceLimit,
                    OtherDevices = RedeemedBy(me, app.Id)
                        .Select(r => r.Entitlement.Device)
                        .Where(d => d is not null && d != (request.Context.Device ?? ""))
                        .Distinct()
                        .Count(),
                },
            Rule = readRule,
            Assessment = assessment is null
                ? null
                : new(
                    assessment.Outcome == AssessmentOutcome.Approved,
                    assessment.InForceUntil,
                    assessment.Grace,
                    RedeemedBy(me, request.Resource.Id).Any(r => r.Entitlement.Tenant == request.Tenant && r.Redemption!.RedeemedAt < assessment.InForceUntil)
                )
                {
                    SetAsideUntil = EmergenciesOf(me, request).Max(e => e.AssessmentUntil),
                },
            Held =
            [
                .. from one in HeldIn(request.Tenant, me)
                select one.Held with
                {
                    ForAnotherDevice = one.Row.Device is not null && one.Row.Device != request.Context.Device,
                    RestsOn = isGuest || one.Row.Source == AssignmentSource.MutualAid ? RightOf(one.Row, me!) : null,
                },
            ],
            Accreditations = [.. AccreditationsIn(request.Tenant, me)],
            GuidanceOutstanding = guidance is not null && AcceptedOf(guidance, me) is null,
            GuidanceDeferredUntil = guidance is null ? null : EmergenciesOf(me, request).Max(e => e.GuidanceUntil),
            Device = device is null
                ? null
                : new(
                    device.Kind,
                    me is not null && device.SubjectKey == me.Key,
                    me is not null && device.SubjectKey == me.Key,
                    device.Managed || (isHere && device.AcceptedBy is not null),
                    device.UsableUntil ?? DateTimeOffset.MaxValue
                ),
        };
        var named = _roles.Where(r => r.Tenant == request.Tenant && readRule?.Roles.Contains(r.Id) == true).ToList();
        return (facts, me?.Key, named.Exists(r => r.Restricted), named.Exists(r => r.Sensitive), AcceptedOf(guidance, me), release?.Key);
    }

    /// <summary>The newest version they accepted, of those that count.</summary>
    private int? AcceptedOf(GuidanceRow? guidance, SubjectRow? me) =>
        guidance is null || me is null
            ? null
            : _acknowledgements
                .Where(a => a.App == guidance.App && a.Tenant == guidance.Tenant && a.TextVersion >= guidance.AcceptedFrom && a.SubjectKey == me.Key)
                .Max(a => (int?)a.TextVersion);

    private IEnumerable<RoleAssignmentRow> LentTo(string tenant, SubjectRow subject) =>
        _assignments.Where(a => a.Tenant == tenant && a.SubjectKey == subject.Key && a.Source == AssignmentSource.MutualAid);

    private IEnumerable<(RoleAssignmentRow Row, HeldRole Held)> HeldIn(string tenant, SubjectRow? me) =>
        from held in _assignments
        join role in _roles on (held.Tenant, held.Role) equals (role.Tenant, role.Id)
        where me is not null && held.SubjectKey == me.Key && held.Tenant == tenant && !role.Deleted && !_unreadable.Contains(role)
        select (
            held,
            new HeldRole(held.Id, held.Role, held.NotBefore, held.NotAfter ?? DateTimeOffset.MaxValue, held.Suspended, [.. role.IncompatibleWith])
            {
                Accreditations = [.. role.Accreditations],
            }
        );

    private IEnumerable<HeldAccreditation> AccreditationsIn(string tenant, SubjectRow? me) =>
        from said in _accreditations
        where me is not null && said.SubjectKey == me.Key && said.Tenant == tenant
        select new HeldAccreditation(said.Accreditation, said.NotBefore, said.NotAfter, said.Ended);

    /// <summary>What the person holds at home, where the aid is on record, its time not over, and the two roles are still declared equivalent.</summary>
    private HomeRight RightOf(RoleAssignmentRow lent, SubjectRow me)
    {
        var aid = _aids.SingleOrDefault(a =>
            lent.Source == AssignmentSource.MutualAid
            && a.Id == lent.Origin
            && a.NotAfter > Now
            && _equivalents.Exists(e => e.Tenant == a.Host && e.Role == a.Role && e.Home == a.Home && e.HomeRole == a.HomeRole)
        );
        return aid is null
            ? HomeRight.None
            : new(
                aid.HomeRole,
                [
                    .. HeldIn(me.Tenant, me)
                        .Where(one => one.Row.Source != AssignmentSource.MutualAid)
                        .Select(one => one.Held with { ForAnotherDevice = one.Row.Device is not null }),
                ],
                [.. AccreditationsIn(me.Tenant, me)]
            );
    }

    private RuleFacts Read(RuleRow rule)
    {
        var conditions = rule.Conditions is null ? [] : JsonSerializer.Deserialize<List<Condition>>(rule.Conditions, StoredJson.Options)!;
        var vouched = rule.Type != _type || _types[0].SubjectProperties;
        return _unreadable.Contains(rule) || (!vouched && conditions.Exists(c => c.On == RequestPart.Subject))
            ? RuleFacts.Unreadable
            : new([.. rule.Roles], rule.Device, conditions)
            {
                Accreditations = [.. rule.Accreditations],
                InForceUntil = rule.InForceUntil ?? DateTimeOffset.MaxValue,
            };
    }

    /// <summary>The newest published that no bar of this tenant stands on and that is not held there, else one that is held, else the newest published, else, when a version was named, one that is there.</summary>
    private ReleaseRow? Choose(EvaluationRequest request)
    {
        var (version, platform) = (request.Resource.Properties.Text("version"), request.Resource.Properties.Text("platform"));
        var fitting = _releases.FindAll(r =>
            r.App == request.Resource.Id && (version is null || r.ReleaseVersion == version) && (platform is null || r.Platform == platform)
        );
        var published = fitting.FindAll(r => r.PublishedAt is not null);
        var free = published.FindAll(r => BarsOn(request, r.Key) == Bars.None);
        return free.FindAll(r => !IsHeld(request, r)).MaxBy(r => r.PublishedAt)
            ?? free.MaxBy(r => r.PublishedAt)
            ?? published.MaxBy(r => r.PublishedAt)
            ?? (version is null ? null : fitting.MaxBy(r => r.Key));
    }

    /// <summary>It asks for what this tenant has not assessed: of a high-risk app all but the harmless counts, of others what listens.</summary>
    private bool IsHeld(EvaluationRequest request, ReleaseRow release)
    {
        var app = _apps.SingleOrDefault(a => a.Type == Resource.App && a.Id == release.App && !_unreadable.Contains(a));
        var assessment = _assessments.SingleOrDefault(a => a.App == release.App && a.Tenant == request.Tenant && a.Outcome == AssessmentOutcome.Approved);
        return _unreadable.Contains(release)
            || release.Capabilities.Exists(c => (c == Listens || (c == Unheard && app?.HighRisk != false)) && assessment?.Covers.Contains(c) != true);
    }

    private Bars BarsOn(EvaluationRequest request, long? release) =>
        _bars
            .Where(b => b.App == request.Resource.Id && b.Release == release && b.LiftedAt is null && (b.Tenant is null || b.Tenant == request.Tenant))
            .Aggregate(Bars.None, (all, bar) => all | (_unreadable.Contains(bar) ? Bars.Suspended : bar.Kind));

    private IEnumerable<(EntitlementRow Entitlement, RedemptionRow? Redemption)> RedeemedBy(SubjectRow? me, string app) =>
        _entitlements.Where(e => me is not null && e.Redemption is not null && e.Entitlement.SubjectKey == me.Key && e.Entitlement.App == app);

    private SubjectRow SomeSubject(string tenant, string issuer, string id) =>
        new()
        {
            Tenant = tenant,
            Issuer = issuer,
            Id = id,
            Active = !Chance(12),
            Suspended = Chance(12),
        };

    private RoleRow SomeRole(string tenant, string id) =>
        Spoilt(
            20,
            new RoleRow
            {
                Tenant = tenant,
                Id = id,
                Name = id,
                Restricted = Chance(3),
                Sensitive = Chance(4),
                Deleted = Chance(10),
                IncompatibleWith = [.. RoleNames.Where(other => other != id && Chance(10))],
                Accreditations = [.. Asked.Where(_ => Chance(8))],
            }
        );

    private RoleAssignmentRow SomeAssignment(RoleRow role, SubjectRow subject, AssignmentSource source)
    {
        var from = Chance(3) ? Now.AddDays(-9) : Some();
        return new()
        {
            Tenant = role.Tenant,
            Role = role.Id,
            SubjectKey = subject.Key,
            Source = source,
            NotBefore = from,
            NotAfter = Chance(2) ? null : from.AddHours(1 + _random.Next(6)),
            Suspended = Chance(10),
            Device = Chance(6) ? One("d", "e") : null,
        };
    }

    /// <summary>An assignment given in mutual aid, mostly with the aid on record that it comes from.</summary>
    private void AddLent(RoleRow role, SubjectRow subject)
    {
        var id = $"aid-{role.Tenant}-{role.Id}-{subject.Key}";
        var from = _lends || Chance(2) ? Now.AddDays(-1) : Some();
        var until = from.AddHours(_lends || Chance(2) ? 99 : 1 + _random.Next(6));
        _assignments.Add(
            new()
            {
                Tenant = role.Tenant,
                Role = role.Id,
                SubjectKey = subject.Key,
                Source = AssignmentSource.MutualAid,
                NotBefore = from,
                NotAfter = until,
                Suspended = Chance(10),
                Origin = Chance(12) ? null : id,
            }
        );
        if (role.Tenant != subject.Tenant && !Chance(12))
        {
            var equivalent = _equivalents.Find(e => e.Tenant == role.Tenant && e.Role == role.Id);
            var right = Chance(8) || equivalent is null ? One(RoleNames) : equivalent.HomeRole;
            _aids.Add(
                new()
                {
                    Id = id,
                    Host = role.Tenant,
                    Role = role.Id,
                    Home = subject.Tenant,
                    HomeRole = right,
                    SubjectKey = subject.Key,
                    NotBefore = from,
                    NotAfter = Chance(12) ? from.AddTicks(10) : until,
                    Reason = "r",
                }
            );
            AddGround(right, subject, from);
        }
    }

    /// <summary>Mostly there is a right at home for it, which may have begun just too late.</summary>
    private void AddGround(string role, SubjectRow subject, DateTimeOffset aid)
    {
        if (
            !Chance(4)
            && _roles.Exists(r => r.Tenant == subject.Tenant && r.Id == role)
            && !_assignments.Exists(a => a.SubjectKey == subject.Key && a.Role == role && a.Tenant == subject.Tenant && a.Source == AssignmentSource.Request)
        )
        {
            _assignments.Add(
                new()
                {
                    Tenant = subject.Tenant,
                    Role = role,
                    SubjectKey = subject.Key,
                    Source = AssignmentSource.Request,
                    NotBefore = Chance(6) ? aid.AddTicks(10) : aid,
                    NotAfter = Chance(2) ? null : aid.AddHours(1 + _random.Next(40)),
                }
            );
        }
    }

    private string Other(string tenant) => tenant == _t ? _o : _t;

    /// <summary>Whatever its state: what was set aside stands until its time, and without the role it helps nobody.</summary>
    private AccessRequestRow SomeEmergency(SubjectRow subject, string id) =>
        new()
        {
            Id = id,
            Tenant = Chance(4) ? _o : _t,
            SubjectKey = subject.Key,
            Role = "a",
            ResourceType = Chance(6) ? _type : Resource.App,
            Resource = Chance(6) ? _thing + "x" : _thing,
            FiledBy = id,
            Person = id,
            Reason = "r",
            Answers = "{}",
            Policy = "{}",
            PolicyVersion = 1,
            RoleVersion = 1,
            SubmittedAt = Now,
            ExpiresAt = Now,
            State = "{}",
            GuidanceUntil = Chance(2) ? null : Some(),
            AssessmentUntil = Chance(2) ? null : Some(),
        };

    private IEnumerable<AccessRequestRow> EmergenciesOf(SubjectRow? me, EvaluationRequest request) =>
        _emergencies.Where(e => e.SubjectKey == me?.Key && e.Tenant == request.Tenant && e.ResourceType == Resource.App && e.Resource == request.Resource.Id);

    private AccreditationRow SomeAccreditation(AccreditationSourceRow source, SubjectRow subject, string accreditation)
    {
        var from = Chance(3) ? Now.AddDays(-9) : Some();
        return new()
        {
            Tenant = source.Tenant,
            Source = source.Id,
            SubjectKey = subject.Key,
            Accreditation = accreditation,
            NotBefore = from,
            NotAfter = from.AddHours(Chance(2) ? 999 : 1 + _random.Next(6)),
            Ended = Chance(8),
        };
    }

    private AppRow SomeApp(string type, string id) =>
        Spoilt(
            25,
            new AppRow
            {
                Type = type,
                Id = id,
                Skeleton = id,
                Owner = Chance(3) ? _o : _t,
                Name = id,
                Distribution = Chance(2) ? Distribution.ManagedStore : Distribution.Artifact,
                Visibility = One(Visibility.Listed, Visibility.Listed, Visibility.ByLink, Visibility.Hidden),
                HighRisk = Chance(2),
                PersonProof = Chance(2),
                DeviceLimit = Chance(3) ? _random.Next(1, 3) : null,
            }
        );

    private RuleRow SomeRule(string tenant, AppRow app, string action) =>
        Spoilt(
            20,
            new RuleRow
            {
                Tenant = tenant,
                Type = app.Type,
                App = app.Id,
                Action = action,
                Roles = [.. RoleNames.Where(_ => !Chance(3))],
                Accreditations = [.. Asked.Where(_ => Chance(8))],
                Device = (DeviceCondition)_random.Next(3),
                InForceUntil =
                    Chance(10) ? Some()
                    : app.Type == Resource.App || Chance(2) ? Now.AddDays(300)
                    : null,
                Conditions =
                    app.Type == Resource.App
                        ? null
                        : StoredJson.Write(
                            Enumerable.Range(0, _random.Next(2)).Select(_ => new Condition((RequestPart)_random.Next(3), "x", Text(One("1", "2")))).ToList()
                        ),
            }
        );

    private IEnumerable<ReleaseRow> SomeReleases()
    {
        foreach (var app in new[] { _thing, _thing + "x" })
        {
            foreach (var (version, platform, i) in new[] { ("1", "p", 1), ("1", "q", 2), ("2", "p", 3), ("2", "q", 4) })
            {
                Some(
                    _releases,
                    2,
                    () =>
                        Spoilt(
                            25,
                            new ReleaseRow
                            {
                                App = app,
                                ReleaseVersion = version,
                                Platform = platform,
                                Capabilities = [.. Capabilities.Where(_ => Chance(4))],
                                PublishedAt = Chance(5) ? null : Now.AddDays(-20 + (i * (Chance(2) ? 1 : -1))),
                            }
                        ),
                    outOf: 3
                );
            }
        }
        return _releases;
    }

    private BarRow SomeBar()
    {
        var release = !Chance(4) && _releases.FindAll(r => r.App == _thing) is { Count: > 0 } mine ? mine[_random.Next(mine.Count)].Key : (long?)null;
        var kind = One(Bars.Withdrawn, Bars.Suspended, Bars.Recalled);
        return Spoilt(
            10,
            new BarRow
            {
                App = _thing,
                Release = release,
                Tenant = One<string?>(null, _t, _o),
                Kind = kind,
                Reason = "r",
                By = "b",
                At = Now,
                LiftedAt = kind != Bars.Recalled && Chance(2) ? Now : null,
            }
        );
    }

    private DeviceRow SomeDevice(string tenant, string id) =>
        Spoilt(
            15,
            new DeviceRow
            {
                Tenant = tenant,
                Id = id,
                Kind = (DeviceKind)_random.Next(3),
                SubjectKey = Chance(6) || _subjects.Count == 0 ? null : One([.. _subjects]).Key,
                UsableUntil = Chance(3) ? Some() : null,
                Managed = !Chance(3),
                AcceptedBy = Chance(6) ? "req_x" : null,
            }
        );

    private void AddEntitlement(SubjectRow subject, string id)
    {
        var release = One([.. _releases]);
        var entitlement = new EntitlementRow
        {
            Id = id,
            Tenant = Chance(4) ? _o : _t,
            SubjectKey = subject.Key,
            App = release.App,
            Release = release.Key,
            Device = One<string?>(null, "d", "e", "f"),
            ClientIssuer = Home,
            ClientId = "c",
            Assignment = 1,
            Revision = 0,
            IssuedAt = Now,
            ExpiresAt = Now,
        };
        var redeemed = Chance(4)
            ? null
            : new RedemptionRow
            {
                Entitlement = id,
                Session = id,
                RedeemedAt = Some(),
                LastByteAt = Now,
            };
        _entitlements.Add((entitlement, redeemed));
    }

    private DateTimeOffset Some() => Now.AddHours(_random.Next(9) - 4);

    private T Spoilt<T>(int oneIn, T row)
        where T : class
    {
        if (Chance(oneIn))
        {
            _unreadable.Add(row);
        }
        return row;
    }

    /// <summary>Adds a row with the given chance, and forgets it wholly otherwise.</summary>
    private void Some<T>(List<T> rows, int chances, Func<T> make, int? outOf = null)
        where T : class
    {
        if (_random.Next(outOf ?? chances + 1) < chances)
        {
            rows.Add(make());
        }
    }

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private T One<T>(params T[] among) => among[_random.Next(among.Length)];

    private static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text);
}
