using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Access.Seeding;

/// <summary>Everything wrong with a data set at once, by JSON pointer. Nothing of it is loaded while anything is wrong.</summary>
internal sealed class SeedCheck(SeedFile seed, TrustedProviders providers)
{
    private readonly List<string> _faults = [];
    private readonly Dictionary<string, SeedTenant> _tenants = seed.Tenants.DistinctBy(t => t.Id).ToDictionary(t => t.Id.Value, StringComparer.Ordinal);

    public IReadOnlyList<string> Run()
    {
        Each("tenants", seed.Tenants, t => t.Id, CheckTenant);
        Each("roles", seed.Roles, r => (r.Tenant, r.Id), CheckRole);
        Each("subjects", seed.Subjects, s => (IssuerOf(s.Tenant, s.Issuer), s.Id), CheckSubject);
        Each("assignments", seed.Assignments, a => (a.Tenant, a.Role, a.Subject, IssuerOf(a.Tenant, a.Issuer)), CheckAssignment);
        Each("resource_types", seed.ResourceTypes, t => t.Type, (t, at) => Refuse(t.Type.Value == Resource.App, at, "the type app is built in"));
        Each("resources", seed.Resources, r => (r.Type, r.Id), CheckResource);
        Each("rules", seed.Rules, r => (r.Tenant, r.Type, r.Resource, r.Action), CheckRule);
        Each("clients", seed.Clients, c => (IssuerOf(c.Issuer), c.ClientId), CheckClient);
        return _faults;
    }

    /// <summary>The issuer given, else the only provider's; null where that is not clear.</summary>
    public string? IssuerOf(string? given) => given ?? (providers.All.Count == 1 ? providers.All.Single().Issuer : null);

    /// <summary>The issuer given, else the tenant's home.</summary>
    public string? IssuerOf(NameId tenant, string? given) => given ?? (_tenants.TryGetValue(tenant.Value, out var home) ? IssuerOf(home.Issuer) : null);

    private void Each<T, TKey>(string list, IReadOnlyList<T> items, Func<T, TKey> key, Action<T, string> check)
        where TKey : notnull
    {
        var seen = new HashSet<TKey>();
        for (var i = 0; i < items.Count; i++)
        {
            var at = FormattableString.Invariant($"/{list}/{i}");
            Refuse(!seen.Add(key(items[i])), at, "is there twice");
            check(items[i], at);
        }
    }

    private void CheckTenant(SeedTenant tenant, string at)
    {
        Refuse(tenant.Id.Value == TenantRow.Platform, at, "platform is reserved");
        CheckProvider(IssuerOf(tenant.Issuer), tenant.Id, at);
    }

    private void CheckProvider(string? issuer, NameId tenant, string at)
    {
        var provider = issuer is null ? null : providers.ByIssuer(issuer);
        Refuse(provider is null, at, "needs the issuer of a configured provider");
        Refuse(provider is not null && !provider.Tenants.Contains(tenant.Value), at, $"that provider may not name people of {tenant}");
    }

    private void CheckRole(SeedRole role, string at)
    {
        Needs(_tenants.ContainsKey(role.Tenant.Value), at, "tenant");
        Refuse(IsAdministrative(role.Id), at, "administrative roles come with their tenant");
        Refuse(role.Establishment < 0, at, "the establishment is a number of people");
        Needs((role.IncompatibleWith ?? []).All(other => HasRole(role.Tenant, other)), at, "incompatible role");
    }

    private void CheckSubject(SeedSubject subject, string at)
    {
        Needs(_tenants.ContainsKey(subject.Tenant.Value), at, "tenant");
        CheckProvider(IssuerOf(subject.Tenant, subject.Issuer), subject.Tenant, at);
    }

    private void CheckAssignment(SeedAssignment assignment, string at)
    {
        Needs(HasRole(assignment.Tenant, assignment.Role), at, "role");
        Needs(
            seed.Subjects.Any(s =>
                s.Tenant == assignment.Tenant && s.Id == assignment.Subject && IssuerOf(s.Tenant, s.Issuer) == IssuerOf(assignment.Tenant, assignment.Issuer)
            ),
            at,
            "subject"
        );
        Refuse(assignment.NotAfter <= (assignment.NotBefore ?? DateTimeOffset.MinValue), at, "the window is empty");
    }

    private void CheckResource(SeedResource resource, string at)
    {
        Refuse(resource.Type.Value == Resource.App, at, "apps come through the management API");
        Needs(seed.ResourceTypes.Any(t => t.Type == resource.Type), at, "resource type");
        Needs(_tenants.ContainsKey(resource.Owner.Value), at, "owner");
    }

    private void CheckRule(SeedRule rule, string at)
    {
        var type = seed.ResourceTypes.FirstOrDefault(t => t.Type == rule.Type);
        Needs(seed.Resources.Any(r => r.Type == rule.Type && r.Id == rule.Resource && r.Owner == rule.Tenant), at, "resource of that tenant");
        Needs(type?.Actions.Contains(rule.Action) == true, at, "action of that type");
        Refuse(rule.Roles.Count == 0, at, "a rule without roles opens to nobody: leave it out");
        Needs(rule.Roles.All(role => HasRole(rule.Tenant, role)), at, "role");
        Refuse(
            type is { SubjectProperties: false } && (rule.Conditions ?? []).Any(c => c.On == RequestPart.Subject),
            at,
            "the type does not let conditions look at the subject"
        );
        Refuse((rule.Conditions ?? []).Any(c => c.Property.Length == 0), at, "a condition needs the name of a property");
    }

    private void CheckClient(SeedClient client, string at)
    {
        Refuse(client.Tenants.Count == 0 || client.Tenants.Distinct().Count() < client.Tenants.Count, at, "needs distinct tenants");
        Needs(client.Tenants.All(t => _tenants.ContainsKey(t.Value)), at, "tenant");
        Needs(client.Scopes.All(Scopes.All.Contains), at, "scope");
        client.Tenants.ToList().ForEach(tenant => CheckProvider(IssuerOf(client.Issuer), tenant, at));
    }

    private bool HasRole(NameId tenant, NameId role) =>
        seed.Roles.Any(r => r.Tenant == tenant && r.Id == role) || (IsAdministrative(role) && _tenants.ContainsKey(tenant.Value));

    private static bool IsAdministrative(NameId role) => role.Value == Function.PlatformAdmin || Function.OfTenant.Contains(role.Value);

    private void Needs(bool known, string at, string what) => Refuse(!known, at, $"names an unknown {what}");

    private void Refuse(bool isWrong, string at, string fault)
    {
        if (isWrong)
        {
            _faults.Add($"{at}: {fault}");
        }
    }
}
