using Entitlements.Engine.Packages;

namespace Entitlements.Gateway.Catalogue;

/// <summary>What an app can do, in plain words.</summary>
/// <param name="Name">As the platform names it.</param>
/// <param name="Cy">Awaits a translator's check.</param>
internal sealed record CapabilityView(string Name, CapabilityRisk Risk, string En, string Cy)
{
    private const int LongestName = 255;

    /// <summary>The riskiest first.</summary>
    public static IReadOnlyList<CapabilityView> Of(IEnumerable<string> names) =>
        [
            .. names
                .Select(Capability.Of)
                .OrderByDescending(c => c.Risk)
                .ThenBy(c => c.Name, StringComparer.Ordinal)
                .Select(c => new CapabilityView(c.Name, c.Risk, c.English, c.Welsh)),
        ];

    /// <summary>What is wrong with names that somebody sent; null: nothing.</summary>
    public static string? FaultOf(IReadOnlyList<string> names) =>
        names.Count > PackageReader.MostCapabilities || !names.All(IsName)
            ? FormattableString.Invariant(
                $"must be at most {PackageReader.MostCapabilities} names of capabilities, each of 1 to {LongestName} letters, digits and . _ - :"
            )
            : null;

    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':');
}
