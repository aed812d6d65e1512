using System.Text.Json.Nodes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Audit;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>An event of the log in words: what, who, about what, why.</summary>
internal static class RecordWords
{
    /// <summary>What the list can be narrowed to: a kind, or the beginning of several.</summary>
    public static IEnumerable<(string Value, string Text)> Kinds(Language l) =>
        [
            ("", l["Anything", "Unrhyw beth"]),
            ("entitlement.", l["Downloads allowed, refused or revoked", "Lawrlwythiadau a ganiatawyd, a wrthodwyd neu a ddiddymwyd"]),
            ("decision.", l["Attempts on apps that are watched", "Ymgeisiau ar apiau a wylir"]),
            ("request.", l["Requests", "Ceisiadau"]),
            ("grant.", l["Roles handed back", "Rolau a roddwyd yn ôl"]),
            ("assignment.", l["Roles given and ended", "Rolau a roddwyd ac a ddaeth i ben"]),
            ("change.", l["Changes and votes", "Newidiadau a phleidleisiau"]),
            ("rule.", l["Who can have an app", "Pwy all gael ap"]),
            ("assessment.", l["DPIAs", "DPIAau"]),
            ("guidance.", l["Guidance", "Canllawiau"]),
            ("release.", l["Versions", "Fersiynau"]),
            ("bar.", l["Apps stopped and let go on", "Apiau a ataliwyd ac a ryddhawyd"]),
            ("role.", l["Roles set up", "Rolau a osodwyd"]),
            ("review.", l["Reviews", "Adolygiadau"]),
            ("subject.", l["People", "Pobl"]),
            ("device.", l["Devices", "Dyfeisiau"]),
            ("alarm.", l["Alarms", "Larymau"]),
        ];

    /// <summary>A kind in words; its own name where it is a rare one.</summary>
    public static string What(string kind, Language l) =>
        kind switch
        {
            "entitlement.issued" => l["A download was allowed", "Caniatawyd lawrlwythiad"],
            "entitlement.refused" => l["A download was refused", "Gwrthodwyd lawrlwythiad"],
            "entitlement.revoked" => l["A download was revoked", "Diddymwyd lawrlwythiad"],
            "redemption.refused" => l["A download was refused at the last moment", "Gwrthodwyd lawrlwythiad ar y funud olaf"],
            "decision.attempted" => l["Somebody tried to have an app", "Ceisiodd rhywun gael ap"],
            "alarm.enumeration" => l["A program asked about unusually many people", "Gofynnodd rhaglen am nifer anarferol o bobl"],
            "request.submitted" => l["A request was made", "Gwnaed cais"],
            "request.pending" => l["Approvers were asked", "Gofynnwyd i gymeradwywyr"],
            "request.escalated" => l["Others were asked to decide", "Gofynnwyd i eraill benderfynu"],
            "request.voted" => l["Somebody voted on a request", "Pleidleisiodd rhywun ar gais"],
            "request.granted" => l["A request was approved", "Cymeradwywyd cais"],
            "request.denied" => l["A request was denied", "Gwrthodwyd cais"],
            "request.expired" => l["Nobody decided a request in time", "Ni phenderfynodd neb ar gais mewn pryd"],
            "request.withdrawn" => l["A request was taken back", "Tynnwyd cais yn ôl"],
            "request.superseded" => l["A request was replaced by another", "Disodlwyd cais gan un arall"],
            "request.voided" => l["A request could not go on", "Ni allai cais barhau"],
            "request.glass_broken" => l["Access was taken in an emergency, without a vote", "Cymerwyd mynediad mewn argyfwng, heb bleidlais"],
            "request.commented" => l["A comment was made on a request", "Gwnaed sylw ar gais"],
            "grant.handed_back" => l["A role was handed back", "Rhoddwyd rôl yn ôl"],
            "grant.shortened" => l["A role was shortened", "Byrhawyd rôl"],
            "assignment.put.applied" or "assignment.granted" => l["A role was given", "Rhoddwyd rôl"],
            "assignment.end.applied" => l["A role was ended", "Daethpwyd â rôl i ben"],
            "assignment.expired" => l["A role came to its end", "Daeth rôl i'w therfyn"],
            "assignment.suspended" => l["A role was suspended", "Ataliwyd rôl"],
            "change.proposed" => l["A change was proposed", "Cynigiwyd newid"],
            "change.voted" => l["Somebody voted on a change", "Pleidleisiodd rhywun ar newid"],
            "change.published" => l["A change came into force", "Daeth newid i rym"],
            "change.rejected" => l["A change was rejected", "Gwrthodwyd newid"],
            "change.withdrawn" => l["A change was taken back", "Tynnwyd newid yn ôl"],
            "change.moved" => l["A change could not go on", "Ni allai newid barhau"],
            "change.expired" => l["Nobody decided a change in time", "Ni phenderfynodd neb ar newid mewn pryd"],
            "app.applied" => l["An app was described", "Disgrifiwyd ap"],
            "rule.applied" => l["Who can have an app was narrowed", "Cyfyngwyd ar bwy all gael ap"],
            "rule_end.applied" => l["An app was closed to everybody", "Caewyd ap i bawb"],
            "assessment.applied" => l["A DPIA was recorded", "Cofnodwyd DPIA"],
            "guidance.applied" => l["Guidance was set", "Gosodwyd canllawiau"],
            "guidance.accepted" => l["Somebody accepted the guidance", "Derbyniodd rhywun y canllawiau"],
            "guidance.refused" => l["Somebody refused the guidance", "Gwrthododd rhywun y canllawiau"],
            "guidance.answered_wrong" => l["Somebody answered questions on the guidance wrongly", "Atebodd rhywun gwestiynau am y canllawiau yn anghywir"],
            "release.drafted" => l["A version was laid ready", "Paratowyd fersiwn"],
            "release.applied" => l["A version was published", "Cyhoeddwyd fersiwn"],
            "upload.opened" => l["The upload of a file was begun", "Dechreuwyd llwytho ffeil i fyny"],
            "upload.completed" => l["A file was uploaded", "Llwythwyd ffeil i fyny"],
            "artifact.read" => l["A file was looked into for what it can do", "Edrychwyd i mewn i ffeil i weld beth y gall ei wneud"],
            "refusal.referred" => l["Somebody got a reference for the service desk", "Cafodd rhywun gyfeirnod ar gyfer y ddesg wasanaeth"],
            "bar.placed" or "bar.applied" => l["An app was stopped", "Ataliwyd ap"],
            "bar.lifted" or "bar_end.applied" => l["An app was let go on", "Rhyddhawyd ap"],
            "role.put.applied" => l["A role was set up", "Gosodwyd rôl"],
            "role.delete.applied" => l["A role was removed", "Dilëwyd rôl"],
            "role.restricted_by_force" => l["A role was restricted, because it opens a high-risk app", "Cyfyngwyd rôl, am ei bod yn agor ap risg uchel"],
            "audience.grown" => l["More people can have an app than was approved", "Gall mwy o bobl gael ap nag a gymeradwywyd"],
            "subject.put.applied" => l["A person was put on record", "Rhoddwyd person ar gofnod"],
            "subject.suspend.applied" => l["A person was suspended", "Ataliwyd person"],
            "subject.resume.applied" => l["A person's suspension was lifted", "Codwyd ataliad person"],
            "device.put.applied" => l["A device was put on record", "Rhoddwyd dyfais ar gofnod"],
            "device.delete.applied" => l["A device was taken off the record", "Tynnwyd dyfais oddi ar y cofnod"],
            "review.opened" => l["A review was opened", "Agorwyd adolygiad"],
            "review.answered" => l["A review was answered", "Atebwyd adolygiad"],
            "review.closed" => l["A review was closed", "Caewyd adolygiad"],
            "portal.signed_in" => l["Somebody signed in", "Mewngofnododd rhywun"],
            "portal.signed_out" => l["Somebody signed out", "Allgofnododd rhywun"],
            _ => kind,
        };

    /// <summary>A person by their id, a program by its own; the product itself.</summary>
    public static string Who(string? actor, Language l) =>
        actor is null ? l["Not named to you", "Heb ei enwi i chi"]
        : actor.StartsWith("machine:", StringComparison.Ordinal) ? l["The service itself", "Y gwasanaeth ei hun"]
        : actor.StartsWith("client:", StringComparison.Ordinal) ? l[$"{Last(actor)} (a program)", $"{Last(actor)} (rhaglen)"]
        : Last(actor);

    /// <summary>What it is about, and the page of that; null where there is none.</summary>
    public static (string Text, string? Path) About(AuditEventView e, Language l)
    {
        if (e.Target is not { } target)
        {
            return (l["Not told to you", "Heb ei ddweud wrthych"], null);
        }
        if (e.Kind.StartsWith(AuditKinds.Changes, StringComparison.Ordinal))
        {
            return (Text(e, "target") ?? l["A change", "Newid"], $"/changes/{Uri.EscapeDataString(target)}");
        }
        if (e.Kind.StartsWith(AuditKinds.Requests, StringComparison.Ordinal) || e.Kind.StartsWith(AuditKinds.Grants, StringComparison.Ordinal))
        {
            return (l["A request", "Cais"], $"/approvals/{Uri.EscapeDataString(target)}");
        }
        return target.Split('/') switch
        {
            ["app", var app, ..] => (target, $"/apps/{Uri.EscapeDataString(app)}"),
            ["role", var role] => (target, $"/roles/{Uri.EscapeDataString(role)}"),
            ["tenant", _, "subject", var subject] => (target, $"/records/person/{Uri.EscapeDataString(subject)}"),
            ["tenant", _, "role", _, "assignment", var subject] => (target, $"/records/person/{Uri.EscapeDataString(subject)}"),
            ["tenant", _, "role", var role, ..] => (target, $"/roles/{Uri.EscapeDataString(role)}"),
            _ => (target, null),
        };
    }

    /// <summary>Whose right it is about; null where it is about nobody's, or that is not told.</summary>
    public static string? Subject(AuditEventView e) => Text(e, "subject");

    /// <summary>The reason that was given, or those of a refusal; null where there is none to tell.</summary>
    public static string? Why(AuditEventView e, Language l) =>
        Text(e, "reason") ?? (e.Details?["reasons"] is JsonArray { Count: > 0 } codes ? string.Join(" ", codes.Select(code => Said((string?)code, l))) : null);

    private static string Said(string? code, Language l) =>
        Enum.GetValues<DenyReason>().Where(r => r.Code == code).Select(r => ReasonWords.Of(r)).Select(words => l[words["en"], words["cy"]]).FirstOrDefault()
        ?? code
        ?? "";

    private static string? Text(AuditEventView e, string member) =>
        e.Details?[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string Last(string actor) => actor[(actor.LastIndexOf('|') + 1)..];
}
