using System.ComponentModel.DataAnnotations;

namespace Entitlements.Gateway.Issuance;

/// <summary>Section <c>Issuance</c>.</summary>
internal sealed class IssuanceOptions
{
    public const string Section = "Issuance";

    /// <summary>Folder of private keys (PEM or JWK, P-256), used in order of file name. Empty: keys are made, wrapped and kept in the database.</summary>
    public string? SigningKeys { get; set; }

    /// <summary>How long a token can be redeemed, unless the right behind it ends sooner. 10 s to 5 min; default 2 min.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "00:05:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long others may keep the key set; a new key signs only after it was in it for so long. 1 min to 1 day; default 15 min.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan KeySetMaxAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Most entitlements for one person within an hour; more are refused with 429. 1 to 100,000; default 120.</summary>
    [Range(1, 100_000)]
    public int HourlyQuota { get; set; } = 120;
}

/// <summary>Section <c>ForwardAuth</c>.</summary>
internal sealed class ForwardAuthOptions
{
    public const string Section = "ForwardAuth";

    /// <summary>The one header that tells which path is asked for; the proxy must set it itself. Default <c>X-Forwarded-Uri</c>.</summary>
    [Required, RegularExpression("^[A-Za-z][A-Za-z0-9-]{0,63}$", MatchTimeoutInMilliseconds = 100)]
    public string PathHeader { get; set; } = "X-Forwarded-Uri";
}

/// <summary>Section <c>Consistency</c>, as far as it concerns edges.</summary>
internal sealed class EdgeLeaseOptions
{
    /// <summary>L: how long an edge may go on with one yes. 100 ms to 10 s; default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:10")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(2);
}
