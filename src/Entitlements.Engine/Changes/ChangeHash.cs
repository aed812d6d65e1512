using System.Security.Cryptography;
using System.Text.Json;
using Entitlements.Engine.Canonical;

namespace Entitlements.Engine.Changes;

/// <summary>What a vote is bound to: whoever votes names the hash of exactly the change they read.</summary>
public static class ChangeHash
{
    /// <summary>
    /// SHA-256, 64 lower-case hex digits, over <see cref="CanonicalJson"/> of
    /// <c>{"base_version":…,"kind":…,"payload":…,"target":…}</c>.
    /// </summary>
    /// <param name="kind">What is altered, for instance <c>rule</c>.</param>
    /// <param name="target">The path of what is altered.</param>
    /// <param name="payload">What it would become, as proposed.</param>
    /// <param name="baseVersion">The version that the proposer saw; 0 when the target did not exist.</param>
    /// <exception cref="ArgumentException"><paramref name="payload"/> has no canonical form, or <paramref name="baseVersion"/> is beyond 2^53.</exception>
    public static string Of(string kind, string target, JsonElement payload, long baseVersion)
    {
        var change = JsonSerializer.SerializeToElement(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["base_version"] = baseVersion,
            ["kind"] = kind,
            ["payload"] = payload,
            ["target"] = target,
        });
        return Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Bytes(change)));
    }
}
