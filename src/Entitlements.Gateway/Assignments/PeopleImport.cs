using Entitlements.Engine.Changes;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>One of many people to create.</summary>
/// <param name="Device">Id of a personal device; null for none.</param>
/// <param name="Roles">Unrestricted roles, held from now for the longest that each allows.</param>
internal sealed record NewPerson(string Subject, string? DisplayName, string? UserPrincipalName, string? Person, string? Device, IReadOnlyList<string> Roles);

/// <summary>Creates many people, their phones and their unrestricted roles under one revision: all or none. Where one of them has a <c>person</c> it is a change.</summary>
internal sealed record PeopleImport(string Tenant, string? Issuer, IReadOnlyList<NewPerson> People) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/subject/*";

    public override async Task<Refusal?> ObjectToAsync(WriteScope scope, Caller caller) =>
        await Officers.ObjectionAsync(scope.Db, caller, Tenant, scope.Now)
        ?? (
            caller.HumanId is { } own && People.Any(p => p.Person == own && p.Roles.Count > 0) ? AssignmentAlteration.Own
            : caller is Caller.Machine || caller.Holds(Function.RoleAdmin, Tenant) || People.All(p => p.Roles.Count == 0) ? null
            : new("officers_only", "Platform administrators appoint officers; the tenant's role-admin assigns all other roles.", StatusCodes.Status403Forbidden)
        );

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var db = scope.Db;
        var issuer = Issuer ?? await db.Tenants.Where(t => t.Id == Tenant).Select(t => t.Issuer).SingleOrDefaultAsync();
        if (issuer is null)
        {
            return Weight.NotFound;
        }
        var known = (await db.Subjects.AsNoTracking().Where(s => s.Issuer == issuer).Select(s => s.Id).ToListAsync()).ToHashSet(StringComparer.Ordinal);
        var names = (
            await db.Subjects.AsNoTracking().Where(s => s.Tenant == Tenant && s.UserPrincipalName != null).Select(s => s.UserPrincipalName!).ToListAsync()
        ).ToHashSet(StringComparer.Ordinal);
        var devices = (await db.Devices.AsNoTracking().Where(d => d.Tenant == Tenant).Select(d => d.Id).ToListAsync()).ToHashSet(StringComparer.Ordinal);
        foreach (var person in People)
        {
            if (
                !known.Add(person.Subject)
                || (person.Device is { } device && !devices.Add(device))
                || (person.UserPrincipalName is { } name && !names.Add(name))
                || await SubjectIds.IsLookalikeAsync(db, Tenant, person.Subject)
            )
            {
                return Weight.Refused("id_taken", "An id, device or user principal name in the import is taken, or given twice.");
            }
        }
        return await WeighRolesAsync(scope);
    }

    /// <remarks>One statement a table: a force is thousands of rows.</remarks>
    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var db = scope.Db;
        var postgres = db.Database.IsNpgsql();
        var rows = postgres ? "jsonb_array_elements({2}::jsonb) as p(value)" : "json_each({2}) as p";
        var instant = postgres ? "timestamptz" : "integer";
        const string key = "(select s.key from subject s where s.issuer = {1} and s.id = p.value->>'subject')"; // a join may be planned the wrong way round
        var issuer = Issuer ?? await db.Tenants.Where(t => t.Id == Tenant).Select(t => t.Issuer).SingleAsync();
        var subjects =
            $"insert into subject (tenant, issuer, id, display_name, user_principal_name, person, active, suspended, version) select {{0}}, {{1}}, p.value->>'subject', p.value->>'display_name', p.value->>'user_principal_name', p.value->>'person', true, false, 1 from {rows}";
        var devices =
            $"insert into device (tenant, id, kind, subject_key, managed, version) select {{0}}, p.value->>'device', 'Personal', {key}, false, 1 from {rows}";
        var assignments =
            $"insert into role_assignment (tenant, role, subject_key, source, not_before, not_after, suspended, version) select {{0}}, {{3}}, {key}, 'Admin', cast({{4}} as {instant}), cast({{5}} as {instant}), false, 1 from {rows}";
        await db.Database.ExecuteSqlRawAsync(subjects, Tenant, issuer, StoredJson.Write(People));
        await db.Database.ExecuteSqlRawAsync(devices, Tenant, issuer, StoredJson.Write(People.Where(p => p.Device is not null).ToList()));
        var given = People.SelectMany(p => p.Roles).ToHashSet(StringComparer.Ordinal);
        foreach (var role in await db.Roles.AsNoTracking().Where(r => r.Tenant == Tenant && given.Contains(r.Id)).ToListAsync())
        {
            await db.Database.ExecuteSqlRawAsync(
                assignments,
                [
                    Tenant,
                    issuer,
                    StoredJson.Write(People.Where(p => p.Roles.Contains(role.Id)).ToList()),
                    role.Id,
                    Instants.ToParameter(scope.Earliest, postgres),
                    role.LongestAssignment is { } longest ? Instants.ToParameter(scope.Earliest + longest, postgres) : null!,
                ]
            );
        }
        return new { people = People.Count };
    }

    public override object ToEvidence() =>
        new
        {
            Tenant,
            Issuer,
            people = People.Select(p => new
            {
                p.Subject,
                p.Person,
                p.Device,
                p.Roles,
            }),
        };

    public override Task<IReadOnlyList<string>> PrivateMembersAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>>(["people"]);

    private async Task<Weight> WeighRolesAsync(WriteScope scope)
    {
        var wanted = People.SelectMany(p => p.Roles.Distinct()).CountBy(r => r).ToDictionary();
        var roles = await scope.Db.Roles.AsNoTracking().Where(r => r.Tenant == Tenant && !r.Deleted && wanted.Keys.Contains(r.Id)).ToListAsync();
        if (roles.Count != wanted.Count || People.Any(p => p.Roles.Distinct().Count() != p.Roles.Count))
        {
            return Weight.Refused("role_unknown", "The import names a role that this tenant does not have, or one twice.");
        }
        var reached = await Reached.ByAsync(scope.Db, Tenant, wanted.Keys);
        if (reached.HighRisk || roles.Exists(r => r.Restricted || r.Administrative))
        {
            return Weight.Refused("role_restricted", "Restricted roles are assigned one by one, each by a change.");
        }
        if (People.Any(p => roles.Exists(r => p.Roles.Contains(r.Id) && r.IncompatibleWith.Any(p.Roles.Contains))))
        {
            return Weight.Refused("incompatible_role", "The import gives one person roles that may not be held together.");
        }
        foreach (var role in roles.Where(r => r.Establishment is not null))
        {
            if (await Seats.HoldersAsync(scope.Db, Tenant, role.Id, butNot: null, scope.Now) + wanted[role.Id] > role.Establishment)
            {
                return Weight.Refused(Seats.Reached.Code, Seats.Reached.Detail);
            }
        }
        var persons = People.Select(p => p.Person).OfType<string>().Distinct().ToList();
        return new(wanted.Count + persons.Count > 0 ? Reach.Widens : Reach.Unchanged, 0)
        {
            Direct = persons.Count == 0,
            Named = persons,
            Apps = reached.Apps,
            Quorum = [await Quorum.ForAppointmentAsync(scope.Db, Tenant, scope.Now)],
        };
    }
}
