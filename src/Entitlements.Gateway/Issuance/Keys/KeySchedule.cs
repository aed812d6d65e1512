namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>When the keys that gateways make themselves change, and how long that takes to be known everywhere.</summary>
internal static class KeySchedule
{
    /// <summary>How often each replica looks whether keys have changed.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    /// <summary>So long after a key was written every replica that reaches the database has it: some looks, and a slow commit.</summary>
    public static readonly TimeSpan Spread = TimeSpan.FromMinutes(1);

    /// <summary>A key this old gets a successor without being asked.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(90);
}

/// <summary>Who had a key made, on the machine where they did, and why.</summary>
internal sealed record KeyOrder(string OsUser, string Reason);
