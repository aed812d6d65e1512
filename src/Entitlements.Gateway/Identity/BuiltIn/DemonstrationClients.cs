namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary>Asks whether a demonstration person exists: the built-in provider signs in nobody else.</summary>
internal interface IDemonstrationPeople
{
    Task<bool> ExistsAsync(string id, CancellationToken cancel);
}

/// <summary>Who the built-in provider knows, and under which names.</summary>
internal static class DemonstrationClients
{
    /// <summary>Everybody's secret. Refused wherever this is not a demonstration.</summary>
    public const string Secret = "demo-secret";

    public const string NorthvaleStore = "northvale-store";
    public const string SouthmereStore = "southmere-store";
    public const string Admin = "demo-admin";
    public const string Person = "demo-person";
    public const string NorthvaleScim = "northvale-scim";
    public const string SouthmereScim = "southmere-scim";

    /// <summary>The portal: public, authorization code with PKCE.</summary>
    public const string Portal = "portal";

    /// <summary>Path of the portal's redirect URI under <c>PublicUrl</c>.</summary>
    public const string PortalRedirectPath = "/signin-oidc";

    /// <summary>RFC 8693 token type of a person's bare id.</summary>
    public const string PersonTokenType = "urn:entitlements:token-type:demo-person";

    /// <summary>Tenants the built-in provider may name people and clients of.</summary>
    public static IReadOnlyList<string> Tenants { get; } = ["platform", "northvale", "southmere"];

    /// <summary>Clients that get tokens of their own by client credentials, and the scopes they may have.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Confidential { get; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            [NorthvaleStore] = [Scopes.Evaluate, Scopes.Issue, Scopes.Redeem, Scopes.SubmitRequests],
            [SouthmereStore] = [Scopes.Evaluate, Scopes.Issue, Scopes.Redeem, Scopes.SubmitRequests],
            [Admin] = [Scopes.Manage, Scopes.ReadAudit],
            [NorthvaleScim] = [Scopes.Scim],
            [SouthmereScim] = [Scopes.Scim],
        };

    /// <summary>People worth trying, offered on the sign-in page.</summary>
    public static IReadOnlyList<(string Id, string Who)> Suggestions { get; } =
    [
        ("northvale-0001", "Northvale, hostage negotiator"),
        ("northvale-0013", "Northvale, officer"),
        ("southmere-0001", "Southmere, hostage negotiator"),
        ("northvale-role-admin", "Northvale, role administrator"),
        ("northvale-app-owner", "Northvale, app owner"),
        ("northvale-approver-1", "Northvale, approver"),
        ("northvale-dpo", "Northvale, data protection officer"),
        ("northvale-auditor", "Northvale, auditor"),
        ("platform-admin-1", "platform administrator"),
    ];
}
