using System.Collections.Immutable;
using System.Globalization;

namespace Entitlements.Engine.Packages;

/// <summary>Reads an Android package (APK): its manifest, and who signed it.</summary>
internal static class AndroidPackage
{
    public const string Manifest = "AndroidManifest.xml";

    /// <summary>Bytes that a manifest may have; the largest of real ones have some hundred thousand.</summary>
    private const int MostManifest = 2 * 1024 * 1024;

    private const int LongestName = 255;

    public static PackageContents Read(Stream file, ZipDirectory directory)
    {
        var elements = BinaryXml.Read(directory.Unpack(Manifest, MostManifest));
        var manifest = elements[0];
        if (manifest.Name != "manifest" || !IsName(manifest.Text("package")))
        {
            throw new PackageException(PackageFault.ManifestUnreadable, "The Android manifest does not name its package.");
        }
        var sdk = elements.FirstOrDefault(e => e is { Depth: 2, Name: "uses-sdk" });
        return new(
            PackageReader.Android,
            manifest.Text("package")!,
            TextOf(manifest, "versionName"),
            BuildOf(manifest)?.ToString(CultureInfo.InvariantCulture),
            CapabilitiesOf(elements)
        )
        {
            LowestSystem = sdk is null ? null : TextOf(sdk, "minSdkVersion"),
            TargetSystem = sdk is null ? null : TextOf(sdk, "targetSdkVersion"),
            Debuggable = elements.Any(e => e is { Depth: 2, Name: "application" } && e.Flag("debuggable")),
            SignerSha256 = ApkSignature.Verify(file, directory),
        };
    }

    /// <summary>The two halves of the number, as the system puts them together.</summary>
    private static long? BuildOf(XmlElement manifest) =>
        manifest.Number("versionCode") is { } code ? ((manifest.Number("versionCodeMajor") ?? 0) << 32) | (uint)code : null;

    private static string? TextOf(XmlElement element, string attribute) =>
        (element.Text(attribute) ?? element.Number(attribute)?.ToString(CultureInfo.InvariantCulture)) is { Length: > 0 and <= LongestName } text
        && text.All(c => !char.IsControl(c))
            ? text
            : null;

    /// <summary>Permissions asked for, and the system's own services that a part of it offers itself as: these need no permission of the app, yet see and do the most. What the application asks of others holds for each part that says nothing itself.</summary>
    private static ImmutableArray<string> CapabilitiesOf(ImmutableArray<XmlElement> elements)
    {
        var asked = elements
            .Where(e => e.Depth == 2 && e.Name is "uses-permission" or "uses-permission-sdk-23" or "uses-permission-sdk-m")
            .Select(e => e.Text("name"));
        var offered = elements
            .Where(e => e is { Depth: 2, Name: "application" } or { Depth: 3, Name: "service" or "receiver" } && e.Attributes.ContainsKey("permission"))
            .Select(e =>
                e.Text("permission")
                ?? throw new PackageException(PackageFault.ManifestUnreadable, "A permission in the Android manifest is not in plain text.")
            )
            .Where(p => p.StartsWith("android.permission.BIND_", StringComparison.Ordinal));
        return [.. asked.Concat(offered).Where(IsName).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
    }

    private static bool IsName(string? text) =>
        text is { Length: > 0 and <= LongestName } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
