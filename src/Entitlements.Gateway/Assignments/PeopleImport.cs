using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
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

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var db = scope.Db;
        var issuer = Issuer ?? await db.Tenants.Where(t => t.Id == Tenant).Select(t => t.Issuer).SingleAsync();
        var longest = await db.Roles.AsNoTracking().Where(r => r.Tenant == Tenant).ToDictionaryAsync(r => r.Id, r => r.LongestAssignment);
        var rows = People
            .Select(p => new SubjectRow
            {
                Tenant = Tenant,
                Issuer = issuer,
                Id = p.Subject,
                DisplayName = p.DisplayName,
                UserPrincipalName = p.UserPrincipalName,
                Person = p.Person,
            })
            .ToList();
        db.Subjects.AddRange(rows);
        await db.SaveChangesAsync(); // hands out the keys
        foreach (var (person, row) in People.Zip(rows))
        {
            if (person.Device is { } device)
            {
                db.Devices.Add(
                    new()
                    {
                        Tenant = Tenant,
                        Id = device,
                        Kind = DeviceKind.Personal,
                        SubjectKey = row.Key,
                    }
                );
            }
            db.Assignments.AddRange(
                person.Roles.Select(role => new RoleAssignmentRow
                {
                    Tenant = Tenant,
                    Role = role,
                    SubjectKey = row.Key,
                    Source = AssignmentSource.Admin,
                    NotBefore = scope.Now,
                    NotAfter = scope.Now + longest[role],
                })
            );
        }
        await db.SaveChangesAsync();
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
