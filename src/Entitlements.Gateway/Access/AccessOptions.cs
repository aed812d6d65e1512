using System.ComponentModel.DataAnnotations;

namespace Entitlements.Gateway.Access;

/// <summary>Section <c>Access</c>: bounds of the decision API.</summary>
internal sealed class AccessOptions
{
    /// <summary>Most evaluations in one batch; more are refused with 400. 1 to 10,000; default 1,000.</summary>
    [Range(1, 10_000)]
    public int BatchLimit { get; set; } = 1_000;

    /// <summary>Different people one client may ask about within an hour, for one restricted app, before an alarm rises. 1 to 1,000,000; default 500.</summary>
    [Range(1, 1_000_000)]
    public int EnumerationThreshold { get; set; } = 500;
}
