using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Access.Seeding;

/// <summary>A data set for an empty database, as JSON (<c>--seed FILE</c>; described in <c>tests/vectors/README.md</c>). Unknown members are errors.</summary>
internal sealed record SeedFile
{
    public required IReadOnlyList<SeedTenant> Tenants { get; init; }
    public IReadOnlyList<SeedRole> Roles { get; init; } = [];
    public IReadOnlyList<SeedSubject> Subjects { get; init; } = [];
    public IReadOnlyList<SeedAssignment> Assignments { get; init; } = [];
    public IReadOnlyList<SeedType> ResourceTypes { get; init; } = [];
    public IReadOnlyList<SeedResource> Resources { get; init; } = [];
    public IReadOnlyList<SeedRule> Rules { get; init; } = [];
    public IReadOnlyList<SeedClient> Clients { get; init; } = [];
}

/// <param name="Issuer">Home issuer; may be left out where one provider is configured.</param>
internal sealed record SeedTenant(NameId Id, string Name, string? Issuer = null);

internal sealed record SeedRole(
    NameId Tenant,
    NameId Id,
    string Name,
    bool Sensitive = false,
    bool Restricted = false,
    int? Establishment = null,
    IReadOnlyList<NameId>? IncompatibleWith = null
);

/// <param name="Issuer">Where it is not the tenant's.</param>
/// <param name="Person">Employee number; null: may neither propose nor vote.</param>
internal sealed record SeedSubject(NameId Tenant, OpaqueId Id, string? Issuer = null, string? Person = null, string? DisplayName = null);

/// <param name="NotBefore">First instant in force; left out: at once.</param>
/// <param name="NotAfter">First instant no longer in force; left out: open.</param>
internal sealed record SeedAssignment(
    NameId Tenant,
    NameId Role,
    OpaqueId Subject,
    string? Issuer = null,
    DateTimeOffset? NotBefore = null,
    DateTimeOffset? NotAfter = null
);

/// <param name="SubjectProperties">Callers vouch for subject properties: conditions may look at them.</param>
internal sealed record SeedType(NameId Type, IReadOnlyList<NameId> Actions, bool SubjectProperties = false);

/// <summary>A resource of a catalogued type; apps come through the management API.</summary>
internal sealed record SeedResource(NameId Type, NameId Id, NameId Owner, string Name, Catalogue.Visibility Visibility = Catalogue.Visibility.Listed);

internal sealed record SeedRule(
    NameId Tenant,
    NameId Type,
    NameId Resource,
    NameId Action,
    IReadOnlyList<NameId> Roles,
    IReadOnlyList<Condition>? Conditions = null
);

internal sealed record SeedClient(OpaqueId ClientId, IReadOnlyList<NameId> Tenants, IReadOnlyList<string> Scopes, string? Issuer = null);
