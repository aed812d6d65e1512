namespace Entitlements.Engine.Packages;

/// <summary>How much harm a capability can do to the people around a phone.</summary>
public enum CapabilityRisk
{
    /// <summary>None that a data protection officer would ask about.</summary>
    Low,

    /// <summary>It sees or does something that people would want to know.</summary>
    Medium,

    /// <summary>It can listen, watch, follow, read or take over.</summary>
    High,
}

/// <summary>What an app can do with a capability, in words that everybody understands.</summary>
/// <param name="Name">As the platform names it.</param>
/// <param name="English">In English.</param>
/// <param name="Welsh">In Welsh, awaiting a translator's check.</param>
public sealed record Capability(string Name, CapabilityRisk Risk, string English, string Welsh)
{
    /// <summary>The words for a capability. One that we do not know is of medium risk: nobody has looked at it.</summary>
    public static Capability Of(string name) =>
        CapabilityTable.Known.TryGetValue(name, out var known)
            ? known
            : new(
                name,
                CapabilityRisk.Medium,
                $"Asks for {name}, which this product has no words for",
                $"Yn gofyn am {name}, nad oes gan y cynnyrch hwn eiriau amdano"
            );
}
