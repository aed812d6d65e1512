using System.Security.Cryptography;
using System.Text;
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
    /// <exception cref="ArgumentException">
    /// Text is not valid Unicode, a number is not an integer within ±(2^53 − 1), or <paramref name="payload"/> has a name twice or nests too deeply.
    /// </exception>
    public static string Of(string kind, string target, JsonElement payload, long baseVersion)
    {
        var change = new StringBuilder("{\"base_version\":");
        CanonicalJson.AppendInteger(change, baseVersion);
        CanonicalJson.AppendText(change.Append(",\"kind\":"), kind);
        CanonicalJson.Append(change.Append(",\"payload\":"), payload);
        CanonicalJson.AppendText(change.Append(",\"target\":"), target);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(change.Append('}').ToString())));
    }
}
