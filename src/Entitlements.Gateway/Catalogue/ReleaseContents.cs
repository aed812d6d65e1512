using Entitlements.Engine.Packages;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Whether a file is the release that its owner says it is, and what it can do.</summary>
internal static class ReleaseContents
{
    private const int ScanAgain = 60;

    public static Refusal Infected { get; } = Bad("malware_found", "The malware scanner found something in this file.");

    public static Refusal Unscanned { get; } =
        new("scan_unanswered", "The malware scanner did not answer: send the same again later.", StatusCodes.Status503ServiceUnavailable)
        {
            Members = new Dictionary<string, object?>(StringComparer.Ordinal) { [Problems.RetryAfter] = ScanAgain },
        };

    /// <summary>True for platforms whose files must be packages that can be read.</summary>
    public static bool IsRead(string platform) => platform is PackageReader.Android or PackageReader.Ios;

    /// <summary>From the bytes where these are read, else what the owner said.</summary>
    public static IReadOnlyList<string> CapabilitiesOf(ReleaseDraft draft, ArtifactReadingRow? reading) =>
        IsRead(draft.Platform) && ReadArtifact.ContentsOf(reading) is { } contents
            ? contents.Capabilities
            : [.. (draft.Declared ?? []).Distinct().Order(StringComparer.Ordinal)];

    /// <param name="reading">Null: the scanner did not answer.</param>
    public static Refusal? ObjectionTo(AppRow app, ReleaseDraft draft, ArtifactReadingRow? reading) =>
        reading switch
        {
            null => Unscanned,
            { Scan: MalwareScan.Infected } => Infected,
            _ when ReadArtifact.ContentsOf(reading) is { } contents => ObjectionTo(app, draft, contents),
            _ when IsRead(draft.Platform) => Bad("package_unreadable", reading.FaultDetail ?? "The file cannot be read."),
            _ => null,
        };

    /// <summary>What a package says of itself counts whatever the release is called: an Android package is one under the name of another platform, too.</summary>
    private static Refusal? ObjectionTo(AppRow app, ReleaseDraft draft, PackageContents contents) =>
        contents.Platform != draft.Platform ? Bad("package_differs", $"The file is a package for {contents.Platform}.")
        : app.PackageId is { } id && contents.Id != id ? Bad("package_differs", $"The package is named {contents.Id}, and the app is {id}.")
        : !IsVersion(draft.Version, contents)
            ? Bad("package_differs", $"The package says that it is version {contents.Version ?? "(not in plain text)"}, build {contents.Build ?? "(none)"}.")
        : app.SignerDigest is { } signer && contents.SignerSha256 != signer
            ? Bad(
                "signer_differs",
                $"The package is signed by {contents.SignerSha256 ?? "nobody whose signature covers it"}, and the app's signer is {signer}."
            )
        : null;

    /// <summary>By the version that people read, or, as not each of those can be a name here, by the number that the platform goes by.</summary>
    private static bool IsVersion(string version, PackageContents contents) =>
        string.Equals(version, contents.Version, StringComparison.OrdinalIgnoreCase) || version == contents.Build;

    private static Refusal Bad(string code, string detail) => new(code, detail, StatusCodes.Status422UnprocessableEntity);
}
