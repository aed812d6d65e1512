namespace Entitlements.Gateway.Identity;

/// <summary>What a client may be allowed: both its token and its registration must name the scope.</summary>
internal static class Scopes
{
    public const string Evaluate = "access.evaluate";
    public const string Search = "access.search";
    public const string Issue = "entitlements.issue";
    public const string Redeem = "entitlements.redeem";
    public const string SubmitRequests = "requests.submit";
    public const string Scim = "scim";
    public const string ReadAudit = "audit.read";
    public const string WriteInventory = "inventory.write";
    public const string Manage = "manage";
    public const string ReadPeople = "people.read";

    public static IReadOnlyList<string> All { get; } = [Evaluate, Search, Issue, Redeem, SubmitRequests, Scim, ReadAudit, WriteInventory, Manage, ReadPeople];
}
