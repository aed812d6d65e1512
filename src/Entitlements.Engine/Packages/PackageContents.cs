using System.Collections.Immutable;

namespace Entitlements.Engine.Packages;

/// <summary>What a package says of itself, read from its own bytes.</summary>
/// <param name="Platform"><c>android</c> or <c>ios</c>.</param>
/// <param name="Id">Package name, or bundle id.</param>
/// <param name="Version">As people read it; null where the package names a resource instead of a text.</param>
/// <param name="Build">The number that the platform orders versions by.</param>
/// <param name="Capabilities">What it asks to be able to do, by the platform's own names, sorted, each once (<see cref="Capability"/> has the words).</param>
public sealed record PackageContents(string Platform, string Id, string? Version, string? Build, ImmutableArray<string> Capabilities)
{
    /// <summary>Lowest version of the platform that it runs on, in the platform's own counting; null: it does not say.</summary>
    public string? LowestSystem { get; init; }

    /// <summary>Version of the platform that it was made for; null: it does not say.</summary>
    public string? TargetSystem { get; init; }

    /// <summary>SHA-256 of the certificate whose key signed these very bytes, 64 lower-case hex digits; null where no signature was verified.</summary>
    public string? SignerSha256 { get; init; }

    /// <summary>Made for being debugged: whoever holds the phone can read and alter it while it runs.</summary>
    public bool Debuggable { get; init; }
}

/// <summary>Why a file is no package that can be read.</summary>
public enum PackageFault
{
    /// <summary>It is no ZIP file, or is cut short.</summary>
    NotAPackage,

    /// <summary>Something in it points outside of it, or lies about itself.</summary>
    Malformed,

    /// <summary>It has more entries, or would unpack to more, than any package has.</summary>
    TooLarge,

    /// <summary>Its manifest is missing or cannot be read.</summary>
    ManifestUnreadable,

    /// <summary>Its signature is not that of its bytes.</summary>
    SignatureInvalid,
}

/// <summary>A file is not a package that can be read.</summary>
/// <param name="fault">The sort of reason.</param>
/// <param name="detail">What is wrong, in a few words of ours: never a text out of the file.</param>
public sealed class PackageException(PackageFault fault, string detail) : Exception(detail)
{
    /// <summary>The sort of reason.</summary>
    public PackageFault Fault { get; } = fault;
}
