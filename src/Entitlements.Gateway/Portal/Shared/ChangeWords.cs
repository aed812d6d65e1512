using Entitlements.Gateway.Changes;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>What a change does and where it stands, in words.</summary>
internal static class ChangeWords
{
    public static string Kind(string kind, Language l) =>
        kind switch
        {
            "rule" => l["Who can have an app", "Pwy all gael ap"],
            "release" => l["Publish a version of an app", "Cyhoeddi fersiwn o ap"],
            "assessment" => l["Data protection impact assessment (DPIA)", "Asesiad o'r effaith ar ddiogelu data (DPIA)"],
            "guidance" => l["Guidance of an app", "Canllawiau ap"],
            "app" => l["An app's record", "Cofnod ap"],
            "draft" => l["An app, as a whole", "Ap, yn ei gyfanrwydd"],
            "adoption" => l["Adopt another force's app", "Mabwysiadu ap heddlu arall"],
            "bar_end" => l["Open a suspended app again", "Agor ap a ataliwyd eto"],
            "assignment.put" => l["Give somebody a role", "Rhoi rôl i rywun"],
            "role.put" => l["A role and its establishment", "Rôl a'i sefydliad"],
            "approval.put" => l["Who approves requests for a role", "Pwy sy'n cymeradwyo ceisiadau am rôl"],
            "holders.import" => l["Bring in holders of a role from a list", "Dod â deiliaid rôl i mewn o restr"],
            "people.import" => l["Import people", "Mewnforio pobl"],
            "subject.put" => l["A person's record", "Cofnod person"],
            "subject.resume" => l["Let a suspended person in again", "Gadael person a ataliwyd i mewn eto"],
            "device.put" => l["A device's record", "Cofnod dyfais"],
            "client.put" => l["A system that may use the API", "System a gaiff ddefnyddio'r API"],
            "tenant.put" => l["A force", "Heddlu"],
            "rota.put" => l["A duty rota", "Rota ddyletswydd"],
            "accreditation-source.put" => l["Who may say what people are qualified for", "Pwy gaiff ddweud ar gyfer beth mae pobl yn gymwys"],
            "review-policy.put" => l["How a role is reviewed", "Sut mae rôl yn cael ei hadolygu"],
            "aid.put" => l["Lend somebody to another force", "Benthyg rhywun i heddlu arall"],
            "role-equivalent.put" => l["Roles that count as the same in two forces", "Rolau sy'n cyfrif fel yr un peth mewn dau heddlu"],
            "delegation.put" => l["Vote for somebody while they are away", "Pleidleisio dros rywun tra maent i ffwrdd"],
            "observation" => l["Watch a store before it refuses", "Gwylio siop cyn iddi wrthod"],
            "observation_end" => l["Let a store refuse from now on", "Gadael i siop wrthod o hyn ymlaen"],
            "calendar.put" => l["Working hours and holidays", "Oriau gwaith a gwyliau"],
            "resource_type" => l["A kind of resource", "Math o adnodd"],
            "adoption_end" => l["Give up another force's app", "Rhoi'r gorau i ap heddlu arall"],
            "aid.end" => l["End a loan to another force", "Dod â benthyciad i heddlu arall i ben"],
            "approval.delete" => l["Nobody can ask for a role any more", "Ni all neb ofyn am rôl mwyach"],
            "assignment.end" => l["End somebody's role", "Dod â rôl rhywun i ben"],
            "bar" => l["Stop an app or a version of it", "Atal ap neu fersiwn ohono"],
            "client.delete" => l["Take out a system that may use the API", "Tynnu system a gaiff ddefnyddio'r API"],
            "delegation.end" => l["End voting for somebody", "Dod â phleidleisio dros rywun i ben"],
            "device.enrol" => l["A replacement phone", "Ffôn newydd"],
            "device.delete" => l["Take out a device", "Tynnu dyfais"],
            "release_seen" => l["What a version was seen to do", "Yr hyn y gwelwyd fersiwn yn ei wneud"],
            "review-policy.delete" => l["A role is reviewed no more", "Ni chaiff rôl ei hadolygu mwyach"],
            "role-equivalent.delete" => l["Roles that count as the same no more", "Rolau nad ydynt yn cyfrif fel yr un peth mwyach"],
            "role.delete" => l["Take out a role", "Tynnu rôl"],
            "rota.delete" => l["Take out a duty rota", "Tynnu rota ddyletswydd"],
            "rule_end" => l["Nobody can have an app any more", "Ni all neb gael ap mwyach"],
            "accreditation-source.delete" => l[
                "Somebody may say no more what people are qualified for",
                "Ni chaiff rhywun ddweud mwyach ar gyfer beth mae pobl yn gymwys"
            ],
            "subject.deactivate" => l["End a person's account", "Dod â chyfrif person i ben"],
            "subject.suspend" => l["Suspend a person", "Atal person"],
            "safe_mode.end" => l["Let the service decide again", "Gadael i'r gwasanaeth benderfynu eto"],
            _ => kind,
        };

    public static (string Kind, string Text) Standing(ChangeView change, Language l) =>
        change.State switch
        {
            ChangeState.Proposed => ("waiting", l[$"Waits for {change.QuorumOpen.Count} more", $"Yn aros am {change.QuorumOpen.Count} arall"]),
            ChangeState.Published => ("yes", l["In force", "Mewn grym"]),
            ChangeState.Rejected => ("no", l["Rejected", "Gwrthodwyd"]),
            ChangeState.Withdrawn => ("ended", l["Taken back", "Tynnwyd yn ôl"]),
            ChangeState.Moved => ("ended", l["Overtaken: propose it again", "Goddiweddwyd: cynigiwch ef eto"]),
            ChangeState.Expired => ("ended", l["Nobody decided in time", "Ni phenderfynodd neb mewn pryd"]),
        };

    /// <summary>A function, as <c>tenant/function</c> names it.</summary>
    public static string Function(string held, Language l)
    {
        var slash = held.IndexOf('/', StringComparison.Ordinal);
        var name = held[(slash + 1)..] switch
        {
            Identity.Function.PlatformAdmin => l["platform administrator", "gweinyddwr y platfform"],
            Identity.Function.RoleAdmin => l["role administrator", "gweinyddwr rolau"],
            Identity.Function.AppOwner => l["app owner", "perchennog apiau"],
            Identity.Function.Approver => l["approver", "cymeradwywr"],
            Identity.Function.DataProtectionOfficer => l["data protection officer", "swyddog diogelu data"],
            Identity.Function.Auditor => l["auditor", "archwilydd"],
            Identity.Function.ServiceDesk => l["service desk", "desg wasanaeth"],
            var other => other,
        };
        return l[$"{name} of {held[..slash]}", $"{name} {held[..slash]}"];
    }
}
