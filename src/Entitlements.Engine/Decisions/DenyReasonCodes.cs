using System.Collections.Frozen;

namespace Entitlements.Engine.Decisions;

/// <summary>The wire code of each reason: its name in snake case, built once.</summary>
public static class DenyReasonCodes
{
    private static readonly FrozenDictionary<DenyReason, string> Codes = Enum.GetValues<DenyReason>()
        .ToFrozenDictionary(reason => reason, reason => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()));

    extension(DenyReason reason)
    {
        /// <summary>For instance <c>role_not_held</c>. Part of the public interface: a code is never renamed.</summary>
        public string Code => Codes[reason];
    }
}
