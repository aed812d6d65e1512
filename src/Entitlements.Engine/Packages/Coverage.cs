using System.Collections.Immutable;

namespace Entitlements.Engine.Packages;

/// <summary>Whether an assessment has looked at what a release can do.</summary>
public static class Coverage
{
    /// <summary>
    /// The capabilities of a release that nobody assessed: it is held while there are any. For a high-risk app all but the harmless count, for another one those of high
    /// risk, so that no app can learn to listen without anybody having said so.
    /// </summary>
    /// <param name="capabilities">What the release asks for.</param>
    /// <param name="covered">What the tenant's assessment, or its screening, covers; empty where there is none.</param>
    public static ImmutableArray<string> Missing(IEnumerable<string> capabilities, IEnumerable<string> covered, bool highRisk)
    {
        var least = highRisk ? CapabilityRisk.Medium : CapabilityRisk.High;
        return [.. capabilities.Except(covered, StringComparer.Ordinal).Where(name => Capability.Of(name).Risk >= least).Order(StringComparer.Ordinal)];
    }
}
