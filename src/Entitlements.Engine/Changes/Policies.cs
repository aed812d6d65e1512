namespace Entitlements.Engine.Changes;

/// <summary>What a role's policy limits.</summary>
/// <param name="Establishment">How many may hold it; null when there is no ceiling.</param>
/// <param name="LongestAssignment">Longest time one assignment may run; null when there is no limit.</param>
/// <param name="Restricted">Assigning it takes a second person.</param>
/// <param name="IncompatibleWith">Roles that may not be held together with it.</param>
public sealed record RolePolicy(int? Establishment, TimeSpan? LongestAssignment, bool Restricted, IReadOnlyList<string> IncompatibleWith)
{
    /// <summary>All of these are needed for the role to confer anything.</summary>
    public IReadOnlyList<string> Accreditations { get; init; } = [];
}

/// <summary>What a source of accreditations may say, and who speaks for it.</summary>
/// <param name="Accreditations">Those it may say are held.</param>
/// <param name="Client">The client that reports, as issuer and id; null where the tenant's role-admins do by hand.</param>
public sealed record AccreditationSourcePolicy(IReadOnlyList<string> Accreditations, string? Client);

/// <summary>What a client's registration lets it do.</summary>
/// <param name="Tenants">Tenants it may ask for.</param>
/// <param name="Scopes">Scopes it may use.</param>
/// <param name="Functions">Administrative roles by tenant.</param>
/// <param name="ServiceSubject">The <c>sub</c> that proves a token to be this client's, where the dialect needs one.</param>
/// <param name="Person">The person it proposes as; null when it may not propose.</param>
public sealed record ClientPolicy(
    IReadOnlyList<string> Tenants,
    IReadOnlyList<string> Scopes,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Functions,
    string? ServiceSubject,
    string? Person
);

/// <summary>What an assessment lets happen.</summary>
/// <param name="Approved">The DPO's outcome lets the app be used.</param>
/// <param name="InForceUntil">First instant at which it has lapsed.</param>
/// <param name="Grace">How long after the lapse those go on who redeemed before it.</param>
public sealed record AssessmentPolicy(bool Approved, DateTimeOffset InForceUntil, TimeSpan Grace)
{
    /// <summary>Capabilities that it covers: a release that asks for more is held.</summary>
    public IReadOnlyList<string> Covers { get; init; } = [];
}

/// <summary>What an app's own settings limit.</summary>
/// <param name="HighRisk">An assessment must be in force, roles must be restricted.</param>
/// <param name="PersonProof">Issuing needs proof of the person.</param>
/// <param name="DeviceLimit">Most devices for one person; null when there is no limit.</param>
/// <param name="Visibility">Who may see that it exists.</param>
/// <param name="Distribution">Where its bytes come from.</param>
public sealed record AppPolicy(bool HighRisk, bool PersonProof, int? DeviceLimit, AppVisibility Visibility, AppDistribution Distribution);

/// <summary>Who may see that an app exists, fewest first.</summary>
public enum AppVisibility
{
    /// <summary>Only who holds a role that its rule names.</summary>
    Hidden,

    /// <summary>Who knows its address.</summary>
    ByLink,

    /// <summary>Everyone of the tenant.</summary>
    Listed,
}

/// <summary>Where an app's bytes come from.</summary>
/// <param name="Kind"><c>artifact</c> or <c>managed-store</c>.</param>
/// <param name="PackageId">Package or bundle id in a managed store.</param>
/// <param name="SignerSha256">Digest of the signer's certificate there: 64 lower-case hex digits.</param>
public sealed record AppDistribution(string Kind, string? PackageId = null, string? SignerSha256 = null);

/// <summary>Half-open: in force in [<paramref name="NotBefore"/>, <paramref name="NotAfter"/>).</summary>
public sealed record Window(DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>True when no instant lies inside.</summary>
    public bool IsEmpty => NotBefore >= NotAfter;
}
