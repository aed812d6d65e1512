using Entitlements.Gateway.Assignments;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>How somebody came to hold a role, in words.</summary>
internal static class RoleWords
{
    public static string Source(AssignmentSource source, Language l) =>
        source switch
        {
            AssignmentSource.Admin => l["Given by an administrator", "Rhoddwyd gan weinyddwr"],
            AssignmentSource.Directory => l["From the directory", "O'r cyfeiriadur"],
            AssignmentSource.Request => l["Asked for and approved", "Gofynnwyd amdani a'i chymeradwyo"],
            AssignmentSource.Emergency => l["In an emergency", "Mewn argyfwng"],
            AssignmentSource.MutualAid => l["Lent by another force", "Benthyciwyd gan heddlu arall"],
        };

    /// <summary>How long it is held, and whether it counts now.</summary>
    public static string Until(AssignmentEndpoints.WindowView window, Language l, DateTimeOffset now) =>
        (window.NotAfter is { } end ? l.At(end, now) : l["No end", "Dim diwedd"])
        + (
            window.Suspended ? l[", suspended", ", wedi'i atal"]
            : window.InForce ? ""
            : l[", not in force", ", nid mewn grym"]
        );
}
