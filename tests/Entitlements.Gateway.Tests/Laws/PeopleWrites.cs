using System.Globalization;
using System.Net.Http.Headers;
using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Laws;

/// <summary>Writes about people, roles, who holds them, their devices and what they are accredited for.</summary>
internal static class PeopleWrites
{
    public static IReadOnlyList<Drawn> All { get; } =
    [
        new("PutSubject", 3, PutSubject),
        new("DeactivateSubject", 1, draft => OfSubject(draft, HttpMethod.Delete, "")),
        new("SuspendSubject", 1, draft => OfSubject(draft, HttpMethod.Post, "/suspend")),
        new("ResumeSubject", 2, draft => OfSubject(draft, HttpMethod.Post, "/resume")),
        new("ImportPeople", 2, Import),
        new("ImportHolders", 3, draft => ImportHolders(draft, "")),
        new("PreviewImport", 1, draft => ImportHolders(draft, "/preview")),
        new("PutRole", 24, PutRole),
        new("DeleteRole", 2, DeleteRole),
        new("PutAssignment", 14, PutAssignment),
        new("DeleteAssignment", 8, DeleteAssignment),
        new("PutDevice", 8, PutDevice),
        new("DeleteDevice", 6, DeleteDevice),
        new("PutDeviceKey", 1, draft => new(HttpMethod.Put, $"/v1/tenants/north/devices/{draft.World.Devices[0]}/key") { By = draft.World.NorthPeople[0] }),
        new("EnrolOwnDevice", 4, EnrolDevice),
        new("PutAccreditationSource", 4, PutSource),
        new("DeleteAccreditationSource", 1, DeleteSource),
        new("ReportAccreditations", 4, Report),
    ];

    private static Write PutSubject(Draft draft)
    {
        var tenant = draft.SomeTenant();
        var id = draft.One([.. draft.PeopleOf(tenant), draft.World.Newcomer]);
        var row = draft.Db.Subjects.AsNoTracking().SingleOrDefault(s => s.Id == id && s.Tenant == tenant);
        var person = draft.Chance(0.7) ? row?.Person : $"{id}-other";
        return new(HttpMethod.Put, $"/v1/tenants/{tenant}/subjects/{id}", new { display_name = draft.One("Sam", "Alex"), person })
        {
            By = Write.OfficerOf(tenant),
            Seen = row?.Version,
        };
    }

    private static Write OfSubject(Draft draft, HttpMethod method, string act)
    {
        var tenant = draft.SomeTenant();
        var id = draft.One(draft.PeopleOf(tenant));
        return new(method, $"/v1/tenants/{tenant}/subjects/{id}{act}")
        {
            By = Write.OfficerOf(tenant),
            Seen = act.Length > 0 ? null : draft.Db.Subjects.AsNoTracking().Single(s => s.Tenant == tenant && s.Id == id).Version,
        };
    }

    /// <summary>Somebody new, and a role that needs nobody's vote.</summary>
    private static Write Import(Draft draft)
    {
        var (subject, role) = (draft.World.Recruit, draft.One(draft.World.Roles));
        var free = IsFree(draft, World.North, role);
        return new(HttpMethod.Post, "/v1/tenants/north/imports", new { people = new[] { new { subject, roles = new[] { role } } } })
        {
            MayOpen = ask => free && ask.Subject.Id == subject,
        };
    }

    /// <summary>Everybody of the force, into a role that needs a vote for it whatever it is.</summary>
    private static Write ImportHolders(Draft draft, string act)
    {
        var until = Uri.EscapeDataString(draft.World.Now.AddDays(20).ToString("O", CultureInfo.InvariantCulture));
        return new(HttpMethod.Post, $"/v1/tenants/north/roles/{draft.One(draft.World.Roles)}/holder-imports{act}?until={until}", ListOfEverybody(draft));
    }

    public static StringContent ListOfEverybody(Draft draft) =>
        new("subject\n" + string.Concat(draft.World.NorthPeople.Select(id => $"{id}\n")), new MediaTypeHeaderValue("text/csv", "utf-8"));

    private static Write PutRole(Draft draft)
    {
        var tenant = draft.SomeTenant();
        string[] known = [.. draft.World.Roles];
        var barred = draft
            .Db.Roles.AsNoTracking()
            .Where(r => r.Tenant == tenant && known.Contains(r.Id))
            .OrderBy(r => r.Id)
            .ToList()
            .FindAll(r => r.IncompatibleWith.Count > 0);
        var id = barred.Count > 0 && draft.Chance(0.5) ? draft.One(barred).Id : draft.One([.. known, known[0], draft.World.NewRole]);
        var row = draft.Db.Roles.AsNoTracking().SingleOrDefault(r => r.Tenant == tenant && r.Id == id && !r.Deleted);
        var alters = draft.Choose(7);
        var body = new
        {
            name = id,
            establishment = alters(0) ? draft.One<int?>(null, 1, 3, 9) : row?.Establishment,
            longest_assignment = Draft.Iso(alters(1) ? draft.One<TimeSpan?>(null, TimeSpan.FromDays(25), TimeSpan.FromDays(900)) : row?.LongestAssignment),
            sensitive = row?.Sensitive ?? false,
            restricted = alters(2) ? draft.Chance(0.5) : row?.Restricted ?? false,
            incompatible_with = alters(3) || alters(4)
                ? draft.Altered(row?.IncompatibleWith ?? [], [.. draft.World.Roles.Where(other => other != id)])
                : row?.IncompatibleWith ?? [],
            accreditations = alters(5) || alters(6) ? draft.Altered(row?.Accreditations ?? [], World.Accreditations) : row?.Accreditations ?? [],
        };
        return new(HttpMethod.Put, $"/v1/tenants/{tenant}/roles/{id}", body) { By = Write.OfficerOf(tenant), Seen = row?.Version };
    }

    private static Write? DeleteRole(Draft draft)
    {
        var tenant = draft.SomeTenant();
        string[] known = [.. draft.World.Roles];
        var rows = draft.Db.Roles.AsNoTracking().Where(r => r.Tenant == tenant && known.Contains(r.Id) && !r.Deleted).OrderBy(r => r.Id).ToList();
        return rows.Count == 0 ? null
            : draft.One(rows) is var row
                ? new(HttpMethod.Delete, $"/v1/tenants/{tenant}/roles/{row.Id}?reason=over") { By = Write.OfficerOf(tenant), Seen = row.Version }
            : null;
    }

    private static Write PutAssignment(Draft draft)
    {
        var tenant = draft.SomeTenant();
        var (role, subject) = (draft.One(draft.World.Roles), draft.One(draft.PeopleOf(tenant)));
        var free = IsFree(draft, tenant, role);
        return new(
            HttpMethod.Put,
            $"/v1/tenants/{tenant}/roles/{role}/assignments/{subject}",
            new
            {
                not_before = draft.Chance(0.6) ? null : (DateTimeOffset?)draft.World.SomeEnd(),
                not_after = draft.Chance(0.3) ? null : (DateTimeOffset?)draft.World.SomeLaterEnd(),
            }
        )
        {
            By = Write.OfficerOf(tenant),
            Seen = VersionOf(draft, tenant, role, subject),
            MayOpen = ask => free && ask.Subject.Id == subject,
        };
    }

    /// <summary>The one widening that needs no second person, told from the role as it stands.</summary>
    private static bool IsFree(Draft draft, string tenant, string role) =>
        draft.Db.Roles.AsNoTracking().Any(r => r.Tenant == tenant && r.Id == role && !r.Restricted && !r.Administrative && !r.Deleted);

    private static Write? DeleteAssignment(Draft draft)
    {
        var tenant = draft.SomeTenant();
        var keys = draft.PeopleOf(tenant).Concat(draft.World.SouthPeople).Select(draft.World.KeyOf).ToList();
        var held = draft
            .Db.Assignments.AsNoTracking()
            .Where(a => a.Tenant == tenant && keys.Contains(a.SubjectKey) && !a.Ended)
            .OrderBy(a => a.Id)
            .Join(draft.Db.Subjects, a => a.SubjectKey, s => s.Key, (a, s) => new { a.Role, s.Id })
            .ToList();
        if (held.Count == 0)
        {
            return null;
        }
        var one = draft.One(held);
        return new(HttpMethod.Delete, $"/v1/tenants/{tenant}/roles/{one.Role}/assignments/{one.Id}?reason=over")
        {
            By = Write.OfficerOf(tenant),
            Seen = VersionOf(draft, tenant, one.Role, one.Id),
        };
    }

    /// <summary>Of an assignment that is not over, every window and source together.</summary>
    private static long? VersionOf(Draft draft, string tenant, string role, string subject)
    {
        var key = draft.World.KeyOf(subject);
        var rows = draft.Db.Assignments.AsNoTracking().Where(a => a.Tenant == tenant && a.Role == role && a.SubjectKey == key).ToList();
        return rows.Exists(a => AssignmentEnds.IsUnended(a, draft.World.Now)) ? rows.Sum(a => a.Version) : null;
    }

    /// <remarks>A device's record is data that nobody votes on: what it opens, it opens on that device alone.</remarks>
    private static Write PutDevice(Draft draft)
    {
        var (tenant, id) = (draft.SomeTenant(), draft.One(draft.World.Devices));
        var kind = draft.One("personal", "pool", "shared");
        var subject = kind == "shared" ? null : draft.One(draft.PeopleOf(tenant));
        DateTimeOffset? until = kind == "pool" || (kind == "personal" && draft.Chance(0.3)) ? draft.World.SomeEnd() : null;
        return new(
            HttpMethod.Put,
            $"/v1/tenants/{tenant}/devices/{id}",
            new
            {
                kind,
                subject,
                usable_until = until,
                managed = draft.Chance(0.5),
            }
        )
        {
            By = Write.OfficerOf(tenant),
            Seen = draft.Db.Devices.AsNoTracking().SingleOrDefault(d => d.Tenant == tenant && d.Id == id)?.Version,
            MayOpen = ask => ask.Context.Device == id,
        };
    }

    /// <remarks>rulings.md §3.2: their own replacement, for a day, opens to them on itself what their own phone did.</remarks>
    private static Write? EnrolDevice(Draft draft)
    {
        string[] people = [.. draft.World.NorthPeople];
        var owned = draft
            .Db.Devices.AsNoTracking()
            .Where(d => d.Tenant == World.North && d.Kind == Engine.Decisions.DeviceKind.Personal)
            .Join(draft.Db.Subjects.Where(s => people.Contains(s.Id)), d => d.SubjectKey, s => s.Key, (d, s) => new { Device = d.Id, Holder = s.Id })
            .OrderBy(d => d.Device)
            .ToList();
        if (owned.Count == 0)
        {
            return null;
        }
        var (old, device) = (draft.One(owned), draft.One([.. draft.World.Devices, draft.World.Id("another-phone")]));
        return new(HttpMethod.Post, "/v1/my/devices", new { device, replaces = old.Device })
        {
            By = old.Holder,
            MayOpen = ask => ask.Context.Device == device && ask.Subject.Id == old.Holder,
        };
    }

    private static Write? DeleteDevice(Draft draft)
    {
        string[] known = [.. draft.World.Devices];
        var rows = draft
            .Db.Devices.AsNoTracking()
            .Where(d => (d.Tenant == World.North || d.Tenant == World.South) && known.Contains(d.Id))
            .OrderBy(d => d.Tenant)
            .ThenBy(d => d.Id)
            .ToList();
        if (rows.Count == 0)
        {
            return null;
        }
        var row = draft.One(rows);
        return new(HttpMethod.Delete, $"/v1/tenants/{row.Tenant}/devices/{row.Id}?reason=lost") { By = Write.OfficerOf(row.Tenant), Seen = row.Version };
    }

    private static Write PutSource(Draft draft)
    {
        var tenant = draft.SomeTenant();
        var row = draft.Db.AccreditationSources.AsNoTracking().Single(s => s.Tenant == tenant && s.Id == draft.World.Source);
        var says = draft.Altered(row.Accreditations, World.Accreditations);
        return new(
            HttpMethod.Put,
            $"/v1/tenants/{tenant}/accreditation-sources/{row.Id}",
            new { accreditations = says is [] ? row.Accreditations : says, report_every = "P30D" }
        )
        {
            By = Write.OfficerOf(tenant),
            Seen = row.Removed ? null : row.Version,
        };
    }

    private static Write? DeleteSource(Draft draft)
    {
        var tenant = draft.SomeTenant();
        var row = draft.Db.AccreditationSources.AsNoTracking().Single(s => s.Tenant == tenant && s.Id == draft.World.Source);
        return row.Removed
            ? null
            : new(HttpMethod.Delete, $"/v1/tenants/{tenant}/accreditation-sources/{row.Id}?reason=over") { By = Write.OfficerOf(tenant), Seen = row.Version };
    }

    /// <remarks>Who may bring it was voted on when the source was registered: it opens what it says of the people whom it names, and nothing else.</remarks>
    private static Write Report(Draft draft)
    {
        var tenant = draft.SomeTenant();
        var said = World
            .Accreditations.SelectMany(accreditation => draft.World.Some(draft.PeopleOf(tenant), 0.5).Select(subject => (accreditation, subject)))
            .ToList();
        return new(
            HttpMethod.Post,
            "/v1/accreditations",
            new
            {
                tenant,
                source = draft.World.Source,
                mode = draft.One("full", "partial"),
                complete_as_of = draft.World.Now,
                items = said.Select(s => new
                {
                    s.subject,
                    s.accreditation,
                    not_after = draft.World.SomeEnd(),
                }),
                confirm = (int?)null,
            }
        )
        {
            By = Write.OfficerOf(tenant),
            MayOpen = ask => said.Exists(s => s.subject == ask.Subject.Id),
        };
    }
}
