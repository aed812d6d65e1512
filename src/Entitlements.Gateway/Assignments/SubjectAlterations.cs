using Entitlements.Engine.Changes;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>Creates or describes a subject. Saying which human is behind the account (<paramref name="Person"/>), or who decides on what they ask for (<paramref name="Manager"/>), is a change: four eyes rest on it.</summary>
/// <param name="Manager">The line manager's subject id, in the tenant's home issuer.</param>
internal sealed record SubjectAlteration(
    string Tenant,
    string Subject,
    string? Issuer,
    string? DisplayName,
    string? UserPrincipalName,
    string? Person,
    string? Manager = null
) : SubjectWrite(Tenant, Subject, Issuer)
{
    /// <summary>Where they are told things: changes nobody's access.</summary>
    public string? Email { get; init; }
    public string? Mobile { get; init; }
    public TellBy TellBy { get; init; }

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var home = await scope.Db.Tenants.Where(t => t.Id == Tenant).Select(t => t.Issuer).SingleOrDefaultAsync();
        if (home is null)
        {
            return Weight.NotFound;
        }
        var issuer = Issuer ?? home;
        var row = await scope.Db.Subjects.SingleOrDefaultAsync(s => s.Issuer == issuer && s.Id == Subject);
        if (row is { } known ? known.Tenant != Tenant : await SubjectIds.IsLookalikeAsync(scope.Db, Tenant, Subject))
        {
            return Weight.Refused("id_taken", "This id, or one that looks like it, is taken.");
        }
        if (
            UserPrincipalName is not null
            && await scope.Db.Subjects.AnyAsync(s => s.Tenant == Tenant && s.UserPrincipalName == UserPrincipalName && (row == null || s.Key != row.Key))
        )
        {
            return Weight.Refused("user_principal_name_taken", "Another subject of this tenant has this user principal name.");
        }
        if (Manager is not null && (Manager == Subject || !await scope.Db.Subjects.AnyAsync(s => s.Tenant == Tenant && s.Issuer == home && s.Id == Manager)))
        {
            return Weight.Refused("manager_unknown", "manager names nobody else of this tenant.");
        }
        return new(row?.Person != Person || row?.Manager != Manager ? Reach.Widens : Reach.Unchanged, row?.Version ?? 0)
        {
            Quorum = [await Quorum.ForAppointmentAsync(scope.Db, Tenant, scope.Now)],
            Named = [.. new[] { row?.Person, Person }.OfType<string>()],
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        if (await FindAsync(scope) is { } row)
        {
            (row.DisplayName, row.UserPrincipalName, row.Person, row.Manager) = (DisplayName, UserPrincipalName, Person, Manager);
            (row.Email, row.Mobile, row.TellBy) = (Email, Mobile, TellBy);
            row.Version++;
            return null;
        }
        var issuer = Issuer ?? await scope.Db.Tenants.Where(t => t.Id == Tenant).Select(t => t.Issuer).SingleAsync();
        scope.Db.Subjects.Add(
            new()
            {
                Tenant = Tenant,
                Issuer = issuer,
                Id = Subject,
                DisplayName = DisplayName,
                UserPrincipalName = UserPrincipalName,
                Person = Person,
                Manager = Manager,
                Email = Email,
                Mobile = Mobile,
                TellBy = TellBy,
            }
        );
        return null;
    }

    public override object ToEvidence() =>
        new
        {
            Tenant,
            Subject,
            Issuer,
            Person,
            Manager,
        };

    public override Task<IReadOnlyList<string>> PrivateMembersAsync(EntitlementsDb db) =>
        Task.FromResult<IReadOnlyList<string>>(["subject", "issuer", "display_name", "user_principal_name", "person", "manager", "email", "mobile"]);
}

/// <summary>A write to one subject.</summary>
/// <param name="Issuer">Null: the tenant's home issuer.</param>
internal abstract record SubjectWrite(string Tenant, string Subject, string? Issuer) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/subject/{Subject}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([Evidence.Person(Tenant, Subject)]);

    public override Task<Refusal?> ObjectToAsync(WriteScope scope, Caller caller) => Officers.ObjectionAsync(scope.Db, caller, Tenant, scope.Now);

    protected Task<SubjectRow?> FindAsync(WriteScope scope) => Subjects.FindAsync(scope.Db, Tenant, Issuer, Subject);
}

/// <summary>Refuses a person everything, at once and in one call. Never refused itself.</summary>
internal sealed record SubjectSuspension(string Tenant, string Subject, string? Issuer) : SubjectWrite(Tenant, Subject, Issuer)
{
    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await FindAsync(scope) is { } row ? new(Reach.Narrows, row.Version) { Versioned = false } : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = (await FindAsync(scope))!;
        row.Suspended = true;
        row.Version++;
        return null;
    }
}

/// <summary>Lifts a suspension and reactivates: a change, as it gives back.</summary>
internal sealed record SubjectResumption(string Tenant, string Subject, string? Issuer) : SubjectWrite(Tenant, Subject, Issuer)
{
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (await FindAsync(scope) is not { } row)
        {
            return Weight.NotFound;
        }
        var reached = await Reached.BySubjectAsync(scope.Db, row, scope.Now);
        return new(row.Active && !row.Suspended ? Reach.Unchanged : Reach.Widens, row.Version)
        {
            Versioned = false,
            Apps = reached.Apps,
            HighRisk = reached.HighRisk,
            Named = row.Person is null ? [] : [row.Person],
            Quorum = [await Quorum.ForAppointmentAsync(scope.Db, Tenant, scope.Now)],
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = (await FindAsync(scope))!;
        (row.Active, row.Suspended) = (true, false);
        row.Version++;
        return null;
    }

    public override Task<IReadOnlyList<string>> PrivateMembersAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>>(["subject", "issuer"]);
}

/// <summary>Ends an account and every assignment of it; the row stays, as evidence refers to it.</summary>
internal sealed record SubjectDeactivation(string Tenant, string Subject, string? Issuer) : SubjectWrite(Tenant, Subject, Issuer)
{
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (await FindAsync(scope) is not { } row)
        {
            return Weight.NotFound;
        }
        foreach (var held in await scope.Db.Assignments.Unended(scope.Now).Where(a => a.SubjectKey == row.Key).ToListAsync())
        {
            if (Officers.IsAdministrator(held.Role) && !await Officers.AnotherHoldsAsync(scope.Db, held.Tenant, held.Role, row.Key, scope.Now))
            {
                return new(Reach.Narrows, row.Version) { Refusal = Officers.LastAdministrator };
            }
        }
        return new(Reach.Narrows, row.Version);
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = (await FindAsync(scope))!;
        row.Active = false;
        row.Version++;
        return new { ended = await AssignmentEnds.EndAllAsync(scope, await scope.Db.Assignments.Where(a => a.SubjectKey == row.Key).ToListAsync()) };
    }
}
