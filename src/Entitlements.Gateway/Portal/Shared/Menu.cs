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
        || (Path == "/" && here.StartsWith("/my/", StringComparison.Ordinal));

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
        if (person.Functions.Count > 0)
        {
            menu.AddRange([new(l["Apps", "Apiau"], "/apps"), new(l["Changes", "Newidiadau"], "/changes")]);
        }
        if (person.Functions.Any(held => CatalogueAccess.RuleReaders.Contains(held[(held.IndexOf('/', StringComparison.Ordinal) + 1)..])))
        {
            menu.Add(new(l["Store health", "Iechyd y siop"], "/store-health"));
        }
        return menu;
    }
}
