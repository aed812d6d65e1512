using System.Globalization;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Catalogue;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>What a change would write, as people say it: a word for each member of each alteration, and values as they are written in a letter.</summary>
/// <remarks>Members are named as <c>StoredJson</c> keeps them; the same name says the same thing in every alteration that has it. A table: long for that alone.</remarks>
internal static class AlterationWords
{
    /// <summary>Label and lines of each member that says something.</summary>
    public static IEnumerable<(string Label, IReadOnlyList<string> Lines)> Of(JsonObject alteration, Language l, DateTimeOffset now) =>
        alteration.Select(m => (Member(m.Key, l) ?? m.Key.Replace('_', ' '), Lines(m.Key, m.Value, l, now))).Where(m => m.Item2.Count > 0);

    private static IReadOnlyList<string> Lines(string member, JsonNode? value, Language l, DateTimeOffset now) =>
        value switch
        {
            JsonArray list => [.. list.Select(item => Said(member, item, l, now)).Where(s => s.Length > 0)],
            JsonObject members =>
            [
                .. Of(members, l, now).Select(m => l[$"{m.Label}: {string.Join("; ", m.Lines)}", $"{m.Label}: {string.Join("; ", m.Lines)}"]),
            ],
            _ => Said(member, value, l, now) is { Length: > 0 } said ? [said] : [],
        };

    private static string Said(string member, JsonNode? value, Language l, DateTimeOffset now) =>
        value switch
        {
            null => "",
            JsonValue said when said.TryGetValue(out bool yes) => yes ? l["yes", "ie"] : l["no", "na"],
            JsonValue said when said.TryGetValue(out string? text) => SaidOf(member, text, l, now),
            JsonValue said when said.TryGetValue(out long number) => l.Number(number),
            JsonValue said => said.ToString(),
            _ => string.Join("; ", Lines(member, value, l, now)),
        };

    private static string SaidOf(string member, string text, Language l, DateTimeOffset now) =>
        Choice(member, text, l) is { } word ? word
        : member is "capabilities" or "covers" or "seen"
            ? CapabilityView.Of([text]) is [{ } can] ? l[can.En, can.Cy]
                : text
        : IsSpan(member) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var span) ? (span == default ? l["none", "dim"] : l.Span(span))
        : DateOnly.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? l.Date(new DateTimeOffset(day, new(12, 0), TimeSpan.Zero))
        : text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var instant) ? l.At(instant, now)
        : text;

    /// <summary>True for lengths of time.</summary>
    public static bool IsSpan(string member) =>
        member
            is "answer_within"
                or "cool_off"
                or "default_grant"
                or "escalate_after"
                or "every"
                or "feed_within"
                or "grace"
                or "longest_assignment"
                or "longest_grant"
                or "patience"
                or "report_every"
                or "requester_patience"
                or "time_limit";

    /// <summary>One of a closed set of values; null: it is none of one.</summary>
    public static string? Choice(string member, string value, Language l) =>
        (member, value) switch
        {
            ("outcome", "approved") => l["it may be used", "gellir ei ddefnyddio"],
            ("outcome", "refused") => l["it may not be used", "ni ellir ei ddefnyddio"],
            ("outcome", "not-needed") => l["no assessment is needed", "nid oes angen asesiad"],
            ("regime", "uk-gdpr") => l["UK GDPR", "GDPR y DU"],
            ("regime", "law-enforcement") => l["law enforcement", "gorfodi'r gyfraith"],
            ("regime", "both") => l["UK GDPR and law enforcement", "GDPR y DU a gorfodi'r gyfraith"],
            ("distribution", "artifact") => l["from this service", "o'r gwasanaeth hwn"],
            ("distribution", "managed-store") => l["from a managed store", "o siop a reolir"],
            ("visibility", "listed") => l["everybody in the force", "pawb yn yr heddlu"],
            ("visibility", "by-link") => l["who has its link", "pwy sydd â'i ddolen"],
            ("visibility", "hidden") => l["only who can have it", "dim ond pwy all ei gael"],
            ("device", "none") => l["any", "unrhyw un"],
            ("device", "known") => l["one that is on record for them", "un sydd ar gofnod iddynt"],
            ("device", "managed") => l["one that is managed", "un a reolir"],
            ("kind", "personal") => l["of one person", "un person"],
            ("kind", "pool") => l["from a pool", "o gronfa"],
            ("kind", "shared") => l["shared", "a rennir"],
            ("kind", "none") => l["nothing", "dim"],
            ("kind", "recalled") => l["recalled for good", "wedi'i alw'n ôl am byth"],
            ("kind", "withdrawn") => l["no new downloads", "dim lawrlwythiadau newydd"],
            ("kind", "suspended") => l["suspended", "wedi'i atal"],
            ("kind", "role") => l["who holds the role", "pwy sy'n dal y rôl"],
            ("kind", "subject") => l["the person", "y person"],
            ("kind", "line_manager") => l["the line manager", "y rheolwr llinell"],
            ("kind", "on_duty") => l["who is on duty by the rota", "pwy sydd ar ddyletswydd yn ôl y rota"],
            ("tell_by", "mail") => l["mail", "e-bost"],
            ("tell_by", "sms") => l["text message", "neges destun"],
            ("on_no_answer", "suspend") => l["the role is suspended", "caiff y rôl ei hatal"],
            ("on_no_answer", "end") => l["the role ends", "daw'r rôl i ben"],
            ("on", "subject") => l["the person", "y person"],
            ("on", "action") => l["what is done", "yr hyn a wneir"],
            ("on", "resource") => l["the resource", "yr adnodd"],
            ("because", "nobody") => l["nobody is called that", "nid oes neb o'r enw hwnnw"],
            ("because", "several") => l["several people are called that", "mae sawl person o'r enw hwnnw"],
            ("because", "repeated") => l["the list names them twice", "mae'r rhestr yn eu henwi ddwywaith"],
            ("because", "holds") => l["they hold it already", "maent yn ei dal eisoes"],
            ("because", "suspended") => l["they are suspended", "maent wedi'u hatal"],
            ("because", "incompatible_role") => l["they hold a role that may not be held with it", "maent yn dal rôl na chaniateir ei dal gyda hi"],
            ("because", "own") => l["nobody gives a role to themself", "nid oes neb yn rhoi rôl iddynt eu hunain"],
            ("day", "monday") => l["Monday", "dydd Llun"],
            ("day", "tuesday") => l["Tuesday", "dydd Mawrth"],
            ("day", "wednesday") => l["Wednesday", "dydd Mercher"],
            ("day", "thursday") => l["Thursday", "dydd Iau"],
            ("day", "friday") => l["Friday", "dydd Gwener"],
            ("day", "saturday") => l["Saturday", "dydd Sadwrn"],
            ("day", "sunday") => l["Sunday", "dydd Sul"],
            _ => null,
        };

    /// <summary>What a member is called; null: there is no word for it.</summary>
    public static string? Member(string member, Language l) =>
        member switch
        {
            "accreditations" => l["Qualifications needed", "Cymwysterau sydd eu hangen"],
            "action" => l["What may be done", "Yr hyn y gellir ei wneud"],
            "actions" => l["What can be done with it", "Beth y gellir ei wneud ag ef"],
            "aid" => l["Loan of a person", "Benthyciad person"],
            "answer_within" => l["To be answered within", "I'w ateb o fewn"],
            "app" => l["App", "Ap"],
            "approvers" => l["Who approves", "Pwy sy'n cymeradwyo"],
            "assessment" => l["DPIA", "DPIA"],
            "because" => l["Left out because", "Wedi'i adael allan oherwydd"],
            "break_glass" => l["When nobody can be reached", "Pan na ellir cyrraedd neb"],
            "calendar" => l["Working hours and holidays", "Oriau gwaith a gwyliau"],
            "capabilities" => l["What it can do", "Beth y gall ei wneud"],
            "choices" => l["Answers", "Atebion"],
            "client_id" => l["System", "System"],
            "client_issuer" => l["The system signs in at", "Mae'r system yn mewngofnodi yn"],
            "conditions" => l["Conditions", "Amodau"],
            "cool_off" => l["Wait after a denial", "Aros ar ôl gwrthodiad"],
            "covers" => l["What was looked at", "Yr hyn yr edrychwyd arno"],
            "cy" or "welsh" => l["In Welsh", "Yn Gymraeg"],
            "data" => l["Data", "Data"],
            "day" => l["Day", "Diwrnod"],
            "default_grant" => l["Given for, if nothing else is said", "Am ba hyd, os na ddywedir yn wahanol"],
            "denials_to_end" => l["Votes against that end it", "Pleidleisiau yn erbyn sy'n ei orffen"],
            "device" => l["Phone", "Ffôn"],
            "device_limit" => l["Most phones of one person", "Y nifer fwyaf o ffonau un person"],
            "display_name" => l["Name", "Enw"],
            "distinct_groups" => l["Approvers of different groups", "Cymeradwywyr o grwpiau gwahanol"],
            "distribution" => l["Where phones get it", "O ble mae ffonau'n ei gael"],
            "draft" => l["Draft", "Drafft"],
            "email" => l["Email", "E-bost"],
            "en" or "english" => l["In English", "Yn Saesneg"],
            "equal_to" => l["Is", "Yw"],
            "escalate_after" => l["Others are asked after", "Gofynnir i eraill ar ôl"],
            "escalation" => l["Who is asked then", "Pwy y gofynnir iddynt wedyn"],
            "establishment" => l["People it should have at most", "Y nifer fwyaf o bobl y dylai eu cael"],
            "every" => l["Reviewed every", "Adolygir bob"],
            "evidence" => l["Recorded by", "Cofnodir gan"],
            "fallback" => l["Who is asked if none of them can", "Pwy y gofynnir iddynt os na all yr un ohonynt"],
            "feed_within" => l["The rota is sent at least every", "Anfonir y rota o leiaf bob"],
            "feeders" => l["Systems that send it", "Systemau sy'n ei anfon"],
            "file_sha256" => l["SHA-256 of the list", "SHA-256 y rhestr"],
            "format" => l["Format", "Fformat"],
            "from" => l["From", "O"],
            "functions" => l["Administrative functions", "Swyddogaethau gweinyddol"],
            "grace" => l["Afterwards, for those who use it already", "Wedyn, i'r rhai sy'n ei ddefnyddio eisoes"],
            "guidance" => l["Guidance", "Canllawiau"],
            "high_risk" => l["High risk", "Risg uchel"],
            "holidays" => l["Holidays", "Gwyliau"],
            "home" => l["Their own force", "Eu heddlu eu hunain"],
            "home_role" => l["Role in their own force", "Rôl yn eu heddlu eu hunain"],
            "hours" => l["Working hours", "Oriau gwaith"],
            "id" => l["Which", "Pa un"],
            "identifiers" => l["Serial numbers", "Rhifau cyfresol"],
            "in_force_until" => l["In force until", "Mewn grym tan"],
            "incident" => l["Incident", "Digwyddiad"],
            "incompatible_with" => l["Not together with", "Nid gyda"],
            "issuer" => l["Signs in at", "Yn mewngofnodi yn"],
            "kind" => l["Kind", "Math"],
            "left_out" => l["Left out", "Wedi'u gadael allan"],
            "line" => l["Line", "Llinell"],
            "lines" => l["Lines of the list", "Llinellau'r rhestr"],
            "longest_assignment" => l["Longest", "Hiraf"],
            "longest_grant" => l["Given for at most", "Am ddim hwy na"],
            "managed" => l["Managed", "Wedi'i reoli"],
            "manager" => l["Line manager", "Rheolwr llinell"],
            "measures" => l["Measures", "Mesurau"],
            "mobile" => l["Mobile number", "Rhif symudol"],
            "name" => l["Name", "Enw"],
            "not_after" => l["Until", "Tan"],
            "not_before" => l["From", "O"],
            "on" => l["Looks at", "Yn edrych ar"],
            "on_no_answer" => l["If nobody answers", "Os na fydd neb yn ateb"],
            "outcome" => l["Conclusion", "Casgliad"],
            "owner" => l["Owner", "Perchennog"],
            "package_id" => l["Name of its package", "Enw ei becyn"],
            "patience" => l["Ends undecided after", "Daw i ben heb benderfyniad ar ôl"],
            "people" => l["People", "Pobl"],
            "person" => l["Employee number", "Rhif gweithiwr"],
            "person_proof" => l["Only to the person themself", "Dim ond i'r person ei hun"],
            "platform" => l["For", "Ar gyfer"],
            "policy" => l["How", "Sut"],
            "property" => l["Property", "Priodwedd"],
            "purpose" => l["Purpose", "Diben"],
            "questions" => l["Questions", "Cwestiynau"],
            "reason" => l["Why", "Pam"],
            "record" => l["In detail", "Yn fanwl"],
            "replaces" => l["In the place of", "Yn lle"],
            "regime" => l["Law", "Cyfraith"],
            "release_version" or "version" => l["Version", "Fersiwn"],
            "report_every" => l["Reports at least every", "Yn adrodd o leiaf bob"],
            "requester_patience" => l["The person has to read and accept within", "Rhaid i'r person ddarllen a derbyn o fewn"],
            "restricted" => l["Restricted: others vote on who gets it", "Cyfyngedig: mae eraill yn pleidleisio ar bwy sy'n ei chael"],
            "reviewers" => l["Who reviews", "Pwy sy'n adolygu"],
            "right" => l["Right answer", "Ateb cywir"],
            "risks" => l["Risks", "Risgiau"],
            "role" => l["Role", "Rôl"],
            "roles" => l["Roles", "Rolau"],
            "rota" => l["Duty rota", "Rota ddyletswydd"],
            "rule" => l["Who can have it", "Pwy all ei gael"],
            "scopes" => l["What the system may do", "Beth y caiff y system ei wneud"],
            "screening" => l["Why no assessment is needed", "Pam nad oes angen asesiad"],
            "seen" => l["What it was seen to do", "Yr hyn y gwelwyd ei fod yn ei wneud"],
            "serial" => l["Serial number", "Rhif cyfresol"],
            "sensitive" => l["Who holds it is sensitive", "Mae pwy sy'n ei dal yn sensitif"],
            "service_subject" => l["The system's own account", "Cyfrif y system ei hun"],
            "sha256" => l["SHA-256 of the file", "SHA-256 y ffeil"],
            "signer_digest" => l["Signed by (SHA-256 of the certificate)", "Llofnodwyd gan (SHA-256 y dystysgrif)"],
            "source" => l["Source", "Ffynhonnell"],
            "stages" => l["Steps of approval", "Camau cymeradwyo"],
            "subject" => l["Person", "Person"],
            "subject_key" => l["Account", "Cyfrif"],
            "subject_issuer" => l["The person signs in at", "Mae'r person yn mewngofnodi yn"],
            "subject_properties" => l["Systems vouch for what they say of people", "Mae systemau'n gwarantu'r hyn a ddywedant am bobl"],
            "substance" => l["Everybody is asked again", "Gofynnir i bawb eto"],
            "tell_by" => l["Told by", "Cânt wybod drwy"],
            "tenant" => l["Force", "Heddlu"],
            "tenants" => l["Forces", "Heddluoedd"],
            "text_version" => l["Version of the text", "Fersiwn y testun"],
            "ticket_required" => l["A reference is needed", "Mae angen cyfeirnod"],
            "time_limit" => l["To be decided within", "I'w benderfynu o fewn"],
            "time_zone" or "zone" => l["Time zone", "Cylchfa amser"],
            "to" => l["To", "I"],
            "type" => l["Kind", "Math"],
            "until" => l["Until", "Tan"],
            "urgent" => l["Urgent access", "Mynediad brys"],
            "usable_until" => l["Usable until", "Gellir ei ddefnyddio tan"],
            "user_principal_name" => l["Sign-in name", "Enw mewngofnodi"],
            "visibility" => l["Who is shown that it exists", "I bwy y dangosir ei fod yn bodoli"],
            "votes" => l["Votes needed", "Pleidleisiau sydd eu hangen"],
            "would_refuse" => l["People who have it and would be refused", "Pobl sydd ag ef ac a wrthodid"],
            _ => null,
        };
}
