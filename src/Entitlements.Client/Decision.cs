using System.Text.Json;

namespace Entitlements.Client;

/// <summary>An answer. Test for <see cref="Allow"/> and refuse everything else.</summary>
public abstract record Decision
{
    private Decision() { }

    /// <summary>The gateway said yes, in so many words.</summary>
    /// <param name="Context">What it said besides: <c>evaluation_id</c>, <c>revision</c>, <c>valid_until</c>…; null when nothing.</param>
    public sealed record Allow(JsonElement? Context) : Decision;

    /// <summary>The gateway said no, or anything that is not a clean yes.</summary>
    /// <param name="Context">The reasons, when the gateway gave a proper answer.</param>
    /// <param name="Fault">Why there was no proper answer; null when the gateway itself said no.</param>
    public sealed record Deny(JsonElement? Context, string? Fault = null) : Decision;
}
