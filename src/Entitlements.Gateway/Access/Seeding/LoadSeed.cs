using Entitlements.Engine.Naming;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using NameId = Entitlements.Gateway.Hosting.NameId;

namespace Entitlements.Gateway.Access.Seeding;

/// <summary>What became of a data set.</summary>
internal abstract record SeedOutcome
{
    private SeedOutcome() { }

    internal sealed record Loaded(long Revision, string Counts) : SeedOutcome;

    /// <summary>The database already holds somebody's data.</summary>
    internal sealed record NotEmpty : SeedOutcome;

    internal sealed record Refused(IReadOnlyList<string> Faults) : SeedOutcome;
}

/// <summary>
/// Loads a data set (<see cref="SeedFile"/>) into an empty database, all under one revision, and marks the database for good. For Development only,
/// which <see cref="SeedCommand"/> sees to: nobody votes on what a seed opens.
/// </summary>
/// <remarks>Each list holds what its name says and refers to the others by id: <c>tenants</c>, <c>roles</c>, <c>subjects</c>, <c>assignments</c>,
/// <c>resource_types</c>, <c>resources</c>, <c>rules</c>, <c>clients</c>. Administrative roles come with every tenant.</remarks>
internal sealed class LoadSeed(Writes writes, TrustedProviders providers)
{
    public async Task<SeedOutcome> FromAsync(SeedFile seed)
    {
        var check = new SeedCheck(seed, providers);
        return check.Run() is { Count: > 0 } faults
            ? new SeedOutcome.Refused(faults)
            : (await writes.ReviseAsync(scope => LoadAsync(scope, seed, check))).Outcome;
    }

    private static async Task<SeedOutcome> LoadAsync(WriteScope scope, SeedFile seed, SeedCheck check)
    {
        var db = scope.Db;
        if (
            await db.Tenants.AnyAsync(t => t.Id != TenantRow.Platform)
            || await db.Subjects.AnyAsync()
            || await db.Apps.AnyAsync()
            || await db.Clients.AnyAsync()
        )
        {
            return scope.Abandon<SeedOutcome>(new SeedOutcome.NotEmpty());
        }
        AddTenants(db, seed, check);
        var subjects = seed.Subjects.ToDictionary(s => (s.Tenant, check.IssuerOf(s.Tenant, s.Issuer)!, s.Id), s => SubjectOf(s, check));
        db.Subjects.AddRange(subjects.Values);
        await db.SaveChangesAsync(); // gives the subjects their keys
        db.Assignments.AddRange(
            seed.Assignments.Select(a => AssignmentOf(a, subjects[(a.Tenant, check.IssuerOf(a.Tenant, a.Issuer)!, a.Subject)].Key, scope.Now))
        );
        AddCatalogue(db, seed, scope.Now);
        db.Clients.AddRange(seed.Clients.Select(c => ClientOf(c, check)));
        await db.SaveChangesAsync();
        await db.Installation.ExecuteUpdateAsync(set => set.SetProperty(i => i.Demonstration, true));
        var counts =
            $"{seed.Tenants.Count} tenants, {seed.Subjects.Count} subjects, {seed.Resources.Count} resources, {seed.Rules.Count} rules, {seed.Clients.Count} clients";
        scope.Invalidate(Evidence.Everything);
        scope.Audit("seed.loaded", null, new Caller.Machine().Key, "installation", new { loaded = counts });
        return new SeedOutcome.Loaded(scope.Revision, counts);
    }

    private static void AddTenants(EntitlementsDb db, SeedFile seed, SeedCheck check)
    {
        foreach (var tenant in seed.Tenants)
        {
            db.Tenants.Add(
                new()
                {
                    Id = tenant.Id.Value,
                    Name = tenant.Name,
                    Issuer = check.IssuerOf(tenant.Issuer)!,
                }
            );
            db.Roles.AddRange(
                Function.OfTenant.Select(f => new RoleRow
                {
                    Tenant = tenant.Id.Value,
                    Id = f,
                    Name = f,
                    Administrative = true,
                    Restricted = true,
                })
            );
        }
        db.Roles.AddRange(
            seed.Roles.Select(r => new RoleRow
            {
                Tenant = r.Tenant.Value,
                Id = r.Id.Value,
                Name = r.Name,
                Sensitive = r.Sensitive,
                Restricted = r.Restricted,
                Establishment = r.Establishment,
                IncompatibleWith = Values(r.IncompatibleWith ?? []),
            })
        );
    }

    private static void AddCatalogue(EntitlementsDb db, SeedFile seed, DateTimeOffset now)
    {
        db.ResourceTypes.AddRange(
            seed.ResourceTypes.Select(t => new Catalogue.ResourceTypeRow
            {
                Type = t.Type.Value,
                Actions = Values(t.Actions),
                SubjectProperties = t.SubjectProperties,
            })
        );
        db.Apps.AddRange(
            seed.Resources.Select(r => new Catalogue.AppRow
            {
                Type = r.Type.Value,
                Id = r.Id.Value,
                Skeleton = Lookalikes.SkeletonOfId(r.Id.Value),
                Owner = r.Owner.Value,
                Name = r.Name,
                Visibility = r.Visibility,
            })
        );
        db.Rules.AddRange(
            seed.Rules.Select(r => new Catalogue.RuleRow
            {
                Tenant = r.Tenant.Value,
                Type = r.Type.Value,
                App = r.Resource.Value,
                Action = r.Action.Value,
                Roles = Values(r.Roles),
                Device = Engine.Decisions.DeviceCondition.None,
                Conditions = r.Conditions is null ? null : StoredJson.Write(r.Conditions),
                InForceUntil = r.Type.Value == Engine.Decisions.Resource.App ? now + Catalogue.SetRule.DefaultTerm : null,
            })
        );
    }

    private static SubjectRow SubjectOf(SeedSubject subject, SeedCheck check) =>
        new()
        {
            Tenant = subject.Tenant.Value,
            Issuer = check.IssuerOf(subject.Tenant, subject.Issuer)!,
            Id = subject.Id.Value,
            Person = subject.Person,
            DisplayName = subject.DisplayName,
        };

    private static RoleAssignmentRow AssignmentOf(SeedAssignment assignment, long subject, DateTimeOffset now) =>
        new()
        {
            Tenant = assignment.Tenant.Value,
            Role = assignment.Role.Value,
            SubjectKey = subject,
            Source = AssignmentSource.Admin,
            NotBefore = assignment.NotBefore ?? now,
            NotAfter = assignment.NotAfter,
        };

    private static ClientRow ClientOf(SeedClient client, SeedCheck check) =>
        new()
        {
            Issuer = check.IssuerOf(client.Issuer)!,
            ClientId = client.ClientId.Value,
            Tenants = Values(client.Tenants),
            Scopes = [.. client.Scopes],
        };

    private static List<string> Values(IReadOnlyList<NameId> ids) => [.. ids.Select(id => id.Value)];
}
