namespace Entitlements.Engine.Packages;

/// <summary>Opens what an app comes in and says what it is: in bounded memory, whatever the bytes are.</summary>
/// <remarks>Some megabytes at most: the list of entries (16 MiB), one manifest (2 MiB) and what is made of it, one block of 1 MiB. A package is read once more, from front to back, where its signature is verified.</remarks>
public static class PackageReader
{
    /// <summary>Platform of APK files.</summary>
    public const string Android = "android";

    /// <summary>Platform of IPA files.</summary>
    public const string Ios = "ios";

    /// <summary>Capabilities that an app may ask for: each decision looks at all of them. The most that real ones ask for are some two hundred.</summary>
    public const int MostCapabilities = 500;

    /// <summary>Reads the package in <paramref name="file"/>.</summary>
    /// <param name="file">Can seek; stays open. Its bytes must not change meanwhile.</param>
    /// <exception cref="PackageException">It is none, is hostile, or was altered since it was signed.</exception>
    public static PackageContents Read(Stream file)
    {
        var directory = ZipDirectory.Read(file);
        var contents = directory.Names.Contains(AndroidPackage.Manifest, StringComparer.Ordinal)
            ? AndroidPackage.Read(file, directory)
            : ApplePackage.Read(directory);
        return contents.Capabilities.Length <= MostCapabilities
            ? contents
            : throw new PackageException(PackageFault.TooLarge, "The package asks for more than any app does.");
    }
}
