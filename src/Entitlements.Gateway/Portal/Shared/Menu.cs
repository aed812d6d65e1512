using Entitlements.Gateway.Audit;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>One place of the menu.</summary>
internal sealed record Menu(string Text, string Path)
{
    /// <summary>True on that page and on those under it.</summary>
    public bool Leads(string here) =>
        here == Path
        || (Path != "/" && here.StartsWith(Path + "/", StringComparison.Ordinal))
        || (Path == "/" && (here == "/history" || here.StartsWith("/my/", StringComparison.Ordinal)))
        || (Path == "/approvals" && here == "/delegations")
        || (Path == "/all-requests" && here == "/reports/requests");

    /// <summary>What this person has use for. It opens nothing: the API decides what they see there.</summary>
    public static IReadOnlyList<Menu> Of(Caller.Person person, Language l)
    {
        List<Menu> menu = [];
        if (person.SubjectKey is not null)
        {
            menu.AddRange([
                new(l["My apps", "Fy apiau"], "/"),
                new(l["My requests", "Fy ngheisiadau"], "/requests"),
                new(l["Approvals", "Cymeradwyo"], "/approvals"),
            ]);
        }
        var functions = person.Functions.Select(held => held[(held.IndexOf('/', StringComparison.Ordinal) + 1)..]).ToHashSet(StringComparer.Ordinal);
        if (functions.Count > 0)
        {
            menu.Add(new(l["Apps", "Apiau"], "/apps"));
        }
        if (functions.Count > 0 && !functions.SetEquals([Function.ServiceDesk]) && person.Tenant is not null)
        {
            menu.Add(new(l["Roles", "Rolau"], "/roles"));
        }
        if (functions.Count > 0)
        {
            menu.Add(new(l["Changes", "Newidiadau"], "/changes"));
        }
        if (functions.Overlaps([Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor]))
        {
            menu.Add(new(l["All requests", "Pob cais"], "/all-requests"));
        }
        if (functions.Contains(Function.DataProtectionOfficer))
        {
            menu.Add(new(l["DPIAs", "DPIAau"], "/dpias"));
        }
        if (functions.Contains(Function.ServiceDesk))
        {
            menu.Add(new(l["Refusals", "Gwrthodiadau"], "/refusals"));
        }
        if (functions.Overlaps(AuditSight.Readers))
        {
            menu.Add(new(l["Records", "Cofnodion"], "/records"));
        }
        if (functions.Overlaps(CatalogueAccess.RuleReaders))
        {
            menu.Add(new(l["Store health", "Iechyd y siop"], "/store-health"));
        }
        return menu;
    }
}
