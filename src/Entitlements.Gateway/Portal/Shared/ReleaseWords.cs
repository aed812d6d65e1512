using Entitlements.Engine.Packages;
using Entitlements.Gateway.Catalogue;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>What is known of a version of an app, in words.</summary>
internal static class ReleaseWords
{
    /// <summary>Platforms that are offered; the API takes any other name, too.</summary>
    public static IReadOnlyList<(string Value, string Text)> Platforms(Language l) =>
        [
            (PackageReader.Android, "Android"),
            (PackageReader.Ios, l["iPhone and iPad", "iPhone ac iPad"]),
            ("windows", "Windows"),
            ("macos", "macOS"),
            ("linux", "Linux"),
        ];

    public static string Platform(string platform, Language l) => Platforms(l).FirstOrDefault(p => p.Value == platform).Text ?? platform;

    public static (string Kind, string Text) State(string state, Language l) =>
        state switch
        {
            "draft" => ("waiting", l["Ready, not published", "Yn barod, heb ei chyhoeddi"]),
            "held" => ("no", l["Held: it can do more than the DPIA covers", "Wedi'i dal: gall wneud mwy nag y mae'r DPIA yn ei gwmpasu"]),
            "published" => ("yes", l["Published", "Cyhoeddwyd"]),
            "yanked" => ("ended", l["Pulled: no new downloads", "Tynnwyd: dim lawrlwythiadau newydd"]),
            "suspended" => ("no", l["Suspended", "Wedi'i hatal"]),
            "recalled" => ("no", l["Recalled for good", "Wedi'i galw'n ôl am byth"]),
            _ => ("ended", state),
        };

    public static string Scan(MalwareScan scan, Language l) =>
        scan switch
        {
            MalwareScan.NotScanned => l["Not scanned", "Heb ei sganio"],
            MalwareScan.Clean => l["Nothing found", "Dim wedi'i ganfod"],
            MalwareScan.Infected => l["Something was found", "Canfuwyd rhywbeth"],
        };

    public static string Risk(CapabilityRisk risk, Language l) =>
        risk switch
        {
            CapabilityRisk.Low => l["low risk", "risg isel"],
            CapabilityRisk.Medium => l["medium risk", "risg ganolig"],
            CapabilityRisk.High => l["high risk", "risg uchel"],
        };

    /// <summary>1.4 MB.</summary>
    public static string Size(long bytes) =>
        bytes < 1_000_000 ? FormattableString.Invariant($"{Math.Max(1, bytes / 1000)} kB") : FormattableString.Invariant($"{bytes / 1e6:0.#} MB");

    /// <summary>Why an upload did not come to an end.</summary>
    /// <param name="code">Of the API's refusal.</param>
    public static string Failed(string code, Language l) =>
        code switch
        {
            "file_missing" or "file_empty" => l["Choose the file of the app", "Dewiswch ffeil yr ap"],
            "too_large" => l["The file is larger than this service takes", "Mae'r ffeil yn fwy nag y mae'r gwasanaeth hwn yn ei derbyn"],
            "too_many_uploads" => l[
                "Too many uploads of your force are open. Finish or cancel one, or wait a day",
                "Mae gormod o uwchlwythiadau eich heddlu ar agor. Gorffennwch neu ganslwch un, neu arhoswch ddiwrnod"
            ],
            "no_space" => l["There is no space for this file now. Try again later", "Nid oes lle i'r ffeil hon nawr. Rhowch gynnig arall yn nes ymlaen"],
            "artifacts_elsewhere" => l["This service does not take files itself", "Nid yw'r gwasanaeth hwn yn derbyn ffeiliau ei hun"],
            _ => l["The file did not arrive. Send it again", "Ni chyrhaeddodd y ffeil. Anfonwch hi eto"],
        };
}
