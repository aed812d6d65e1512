namespace Entitlements.Gateway.Reports;

/// <summary>What may be wrong with a store, each with the formula by which it is found.</summary>
internal enum FindingKind
{
    /// <summary>More people could have an app than its roles are meant for.</summary>
    AudienceAboveEstablishment,

    /// <summary>Nobody answers for a rule any more.</summary>
    RuleWithoutOwner,

    /// <summary>A rule ends soon, or has.</summary>
    RuleLapsing,

    /// <summary>An assessment lapses soon, or has.</summary>
    AssessmentLapsing,

    /// <summary>The store was to enforce by now what it is answered about an app, and does not.</summary>
    ObservationOverdue,

    /// <summary>Too few are left to decide what an approval policy asks.</summary>
    PoolBelowQuorum,

    /// <summary>Too few are left to vote on changes.</summary>
    OfficersMissing,

    /// <summary>More hold a role than it is meant for.</summary>
    RoleAboveEstablishment,

    /// <summary>People may have an app and have never fetched it.</summary>
    NeverFetched,

    /// <summary>Somebody holds a role that they proposed for themself.</summary>
    AssignedByHolder,

    /// <summary>Whoever proposed an assignment may not any more.</summary>
    AssignerWithoutRight,
}

/// <summary>One thing that may be wrong.</summary>
/// <param name="Formula">By which it was found, in words.</param>
/// <param name="App">The app it is about; null: none.</param>
/// <param name="Role">The role it is about; null: none.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Limit">How many there should be at most, or at least.</param>
/// <param name="At">When it lapses.</param>
/// <param name="Subject">Whose assignment it is, to the role-admin and the DPO alone.</param>
internal sealed record Finding(
    FindingKind Kind,
    string Formula,
    string? App = null,
    string? Role = null,
    int? Count = null,
    int? Limit = null,
    DateTimeOffset? At = null,
    string? Subject = null
)
{
    public static string FormulaOf(FindingKind kind) =>
        kind switch
        {
            FindingKind.AudienceAboveEstablishment =>
                "people whom the app's rules reach > sum of the establishments of the roles they name, where all have one",
            FindingKind.RuleWithoutOwner => "no active app-owner of the tenant is the person who proposed the rule's last published change",
            FindingKind.RuleLapsing => "in_force_until of an app's rule <= now + 30 days, the app not barred",
            FindingKind.AssessmentLapsing => "in_force_until of an approved assessment <= now + 30 days, the app not barred",
            FindingKind.ObservationOverdue => "until of an app's observation <= now, and it has not ended",
            FindingKind.PoolBelowQuorum => "a stage of the role's approval policy asks for as many votes as persons could cast, or for more",
            FindingKind.OfficersMissing => "fewer than one role-admin, two approvers and one data protection officer, all distinct persons",
            FindingKind.RoleAboveEstablishment => "people who hold the role now or later > its establishment",
            FindingKind.NeverFetched => "people who have held a role of the app's rule for 90 days or more and never redeemed an entitlement for it > 0",
            FindingKind.AssignedByHolder => "the person who proposed the published change that assigned a restricted role is its holder",
            FindingKind.AssignerWithoutRight =>
                "the person who proposed the published change that assigned a restricted role is no active role-admin any more, nor, where it is administrative, an active platform-admin, and no review has kept it",
        };
}
