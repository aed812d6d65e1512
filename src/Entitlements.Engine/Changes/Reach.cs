namespace Entitlements.Engine.Changes;

/// <summary>What a write does to who could be allowed what, now or later by the passing of time alone.</summary>
public enum Reach
{
    /// <summary>Nobody gains, somebody may lose: immediate, one person.</summary>
    Narrows,

    /// <summary>Nothing moves.</summary>
    Unchanged,

    /// <summary>Somebody could be allowed who was refused before: a second person decides.</summary>
    Widens,
}
