using System.Collections.Immutable;

namespace Entitlements.Engine.Packages;

/// <summary>Reads an iOS package (IPA): the <c>Info.plist</c> of the one app in it. Its signature is the store's to check; it is not looked at.</summary>
internal static class ApplePackage
{
    private const int MostManifest = 1024 * 1024;
    private const int LongestName = 255;
    private const int MostModes = 100;

    public static PackageContents Read(ZipDirectory directory)
    {
        var manifests = directory.Names.Where(IsOfTheApp).Take(2).ToList();
        if (manifests.Count != 1)
        {
            throw new PackageException(PackageFault.ManifestUnreadable, "The file holds neither an Android manifest nor the Info.plist of one iOS app.");
        }
        var info = PropertyList.Read(directory.Unpack(manifests[0], MostManifest)!);
        if (Text(info, "CFBundleIdentifier") is not { } id || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'))
        {
            throw new PackageException(PackageFault.ManifestUnreadable, "The Info.plist does not name its bundle.");
        }
        return new(PackageReader.Ios, id, Text(info, "CFBundleShortVersionString"), Text(info, "CFBundleVersion"), CapabilitiesOf(info))
        {
            LowestSystem = Text(info, "MinimumOSVersion"),
            TargetSystem = Text(info, "DTPlatformVersion"),
        };
    }

    /// <summary><c>Payload/</c>, one folder that ends in <c>.app</c>, and the file: none deeper, for extensions have their own.</summary>
    private static bool IsOfTheApp(string name) =>
        name.Split('/') is ["Payload", var folder, "Info.plist"] && folder.Length > 4 && folder.EndsWith(".app", StringComparison.Ordinal);

    /// <summary>iOS asks the person with a sentence of the app's for each thing: an app without the sentence is ended by the system when it tries. And what it does unseen.</summary>
    private static ImmutableArray<string> CapabilitiesOf(IReadOnlyDictionary<string, object> info)
    {
        var sentences = info.Keys.Where(k => k.StartsWith("NS", StringComparison.Ordinal) && k.EndsWith("UsageDescription", StringComparison.Ordinal));
        var modes = info.GetValueOrDefault("UIBackgroundModes") is IReadOnlyList<object> list ? list.OfType<string>().Take(MostModes) : [];
        return
        [
            .. sentences
                .Concat(modes.Select(mode => $"UIBackgroundModes:{mode}"))
                .Where(name => name.Length <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_'))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string? Text(IReadOnlyDictionary<string, object> info, string key) =>
        info.GetValueOrDefault(key) is string { Length: > 0 and <= LongestName } text && text.All(c => !char.IsControl(c)) ? text : null;
}
