using Entitlements.Gateway.Catalogue;

namespace Entitlements.Gateway.Portal.Releases;

/// <summary>What is known of a file, as the pages list it.</summary>
/// <param name="Size">In bytes.</param>
/// <param name="Name">Under which it was sent, or is offered.</param>
/// <param name="Package">What it says of itself; null where it is not read.</param>
internal sealed record FileFacts(long Size, string Sha256, string? Name, PackageView? Package, MalwareScan? Scan);
