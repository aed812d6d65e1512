using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>What a scope lets a system do, in words.</summary>
internal static class ScopeWords
{
    public static string Of(string scope, Language l) =>
        scope switch
        {
            Scopes.Evaluate => l["Ask who may have what", "Gofyn pwy gaiff beth"],
            Scopes.Search => l["Search who may have what", "Chwilio pwy gaiff beth"],
            Scopes.Issue => l["Issue download entitlements", "Rhoi hawliau lawrlwytho"],
            Scopes.Redeem => l["Hand out the files for them", "Rhoi'r ffeiliau ar eu cyfer"],
            Scopes.SubmitRequests => l["Ask for access in people's name", "Gofyn am fynediad yn enw pobl"],
            Scopes.Scim => l["Keep people and groups", "Cadw pobl a grwpiau"],
            Scopes.ReadAudit => l["Read the log", "Darllen y cofnod"],
            Scopes.WriteInventory => l["Say what is installed where", "Dweud beth sydd wedi'i osod ble"],
            Scopes.Manage => l["Administer", "Gweinyddu"],
            Scopes.ReadPeople => l["Read people's records", "Darllen cofnodion pobl"],
            _ => scope,
        };
}
