using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Catalogue;

/// <summary>An app as its owner writes it.</summary>
internal sealed record AppBody
{
    public required string Name { get; init; }

    /// <summary>Owning tenant; never changes.</summary>
    public required NameId Owner { get; init; }
    public Distribution Distribution { get; init; }

    /// <summary>Package or bundle id; required for <c>managed-store</c>.</summary>
    public string? PackageId { get; init; }

    /// <summary>SHA-256 of the signer's certificate.</summary>
    public string? SignerDigest { get; init; }
    public Visibility Visibility { get; init; }
    public required bool HighRisk { get; init; }

    /// <summary>Default: on for a high-risk app.</summary>
    public bool? PersonProof { get; init; }

    /// <summary>Most devices of one person; null for no limit.</summary>
    public int? DeviceLimit { get; init; }

    /// <summary>Why; kept with the change.</summary>
    public string? Reason { get; init; }

    /// <exception cref="ProblemException">400 with every fault.</exception>
    public SetApp ToAlteration(string type, string app)
    {
        Faults().ThrowIfAny();
        return new(type, app, Owner.Value, Name, Distribution, PackageId, SignerDigest, Visibility, HighRisk, PersonProof ?? HighRisk, DeviceLimit);

        IEnumerable<(string, string)> Faults()
        {
            if (!Text.IsLine(Name, 200))
            {
                yield return ("/name", "must be 1 to 200 characters on one line");
            }
            if (PackageId is null ? Distribution == Distribution.ManagedStore : !Text.IsToken(PackageId, 255))
            {
                yield return ("/package_id", "must be 1 to 255 letters, digits, dots, hyphens or underscores; required for managed-store");
            }
            if (SignerDigest is not null && !Text.IsSha256(SignerDigest))
            {
                yield return ("/signer_digest", "must be 64 lower-case hex digits");
            }
            if (DeviceLimit is < 1 or > 1000)
            {
                yield return ("/device_limit", "must be 1 to 1000");
            }
            if (type != Resource.App && HighRisk)
            {
                yield return ("/high_risk", "only apps are assessed");
            }
            foreach (var fault in Text.ReasonFaults(Reason))
            {
                yield return fault;
            }
        }
    }
}

/// <summary>What texts may hold.</summary>
internal static class Text
{
    public static bool IsLine(string text, int longest) => IsParagraph(text, longest) && !text.Any(char.IsControl);

    public static bool IsParagraph(string text, int longest) =>
        text.Length <= longest && !string.IsNullOrWhiteSpace(text) && !text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'));

    public static bool IsToken(string text, int longest) =>
        text.Length > 0 && text.Length <= longest && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    public static bool IsSha256(string text) => text.Length == 64 && text.All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f');

    /// <summary>Throws a 400 that names every fault, by JSON pointer.</summary>
    public static void ThrowIfAny(this IEnumerable<(string Pointer, string Error)> faults)
    {
        if (faults.ToList() is { Count: > 0 } all)
        {
            throw new ProblemException(Problems.BadRequest(all));
        }
    }

    /// <summary>The request with the reason that its body gives, where it gives one.</summary>
    public static WriteRequest For(this WriteRequest request, string? reason) => reason is null ? request : request with { Reason = reason };

    /// <summary>What is wrong with a reason that may be left out.</summary>
    public static IEnumerable<(string Pointer, string Error)> ReasonFaults(string? reason, bool required = false) =>
        (reason is null ? required : !WriteHeaders.IsReason(reason) || string.IsNullOrWhiteSpace(reason))
            ? [("/reason", FormattableString.Invariant($"must be 1 to {WriteHeaders.LongestReason} characters on one line"))]
            : [];
}
