using Entitlements.Engine.Naming;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.MutualAid;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>Checks on words that people read.</summary>
internal static class Names
{
    /// <summary>Longest name, in characters.</summary>
    public const int Longest = 200;

    /// <summary>True for 1 to 200 characters of which something is seen, without controls.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= Longest && !text.Any(char.IsControl) && Lookalikes.SkeletonOfName(text).Length > 0;

    /// <summary>400 at <paramref name="pointer"/>; null when the name is one, or absent.</summary>
    public static IResult? FaultOf(string pointer, string? name) =>
        name is null || IsName(name) ? null : Problems.BadRequest((pointer, FormattableString.Invariant($"must be 1 to {Longest} visible characters")));
}

/// <summary>Checks on issuers that a body or a query names.</summary>
internal static class Issuers
{
    /// <summary>400 unless <paramref name="issuer"/> is a configured provider that may name people of <paramref name="tenant"/>.</summary>
    public static IResult? FaultOf(TrustedProviders providers, string? issuer, string tenant, string pointer) =>
        issuer is null || providers.ByIssuer(issuer)?.Tenants.Contains(tenant) == true
            ? null
            : Problems.BadRequest((pointer, "must be a configured provider that lists this tenant"));

    /// <summary>Refuses an issuer that is none of ours, wherever it came from; null is the tenant's home issuer.</summary>
    /// <exception cref="ProblemException">400.</exception>
    public static void Require(TrustedProviders providers, string? issuer, string tenant)
    {
        if (issuer is not null && providers.ByIssuer(issuer)?.Tenants.Contains(tenant) != true)
        {
            throw new ProblemException(Problems.BadRequest("issuer must be a configured provider that lists this tenant.", "invalid_issuer"));
        }
    }
}

/// <summary>Finds people by id, in their tenant's home issuer unless another is named.</summary>
internal static class Subjects
{
    public static async Task<SubjectRow?> FindAsync(EntitlementsDb db, string tenant, string? issuer, string id)
    {
        var home = issuer ?? await db.Tenants.Where(t => t.Id == tenant).Select(t => t.Issuer).SingleOrDefaultAsync();
        return home is null ? null : await db.Subjects.SingleOrDefaultAsync(s => s.Tenant == tenant && s.Issuer == home && s.Id == id);
    }

    /// <summary>The ids of those accounts, by their keys.</summary>
    public static Task<Dictionary<long, string>> IdsAsync(EntitlementsDb db, IReadOnlyCollection<long> keys) =>
        db.Subjects.Where(s => EF.Parameter(keys).Contains(s.Key)).Select(s => new { s.Key, s.Id }).ToDictionaryAsync(s => s.Key, s => s.Id);

    /// <summary>As <see cref="FindAsync"/>, and people whom another force lends to the tenant: who holds a role there, not whom it looks after.</summary>
    public static async Task<SubjectRow?> FindHolderAsync(EntitlementsDb db, string tenant, string? issuer, string id, DateTimeOffset now)
    {
        var home = issuer ?? await db.Tenants.Where(t => t.Id == tenant).Select(t => t.Issuer).SingleOrDefaultAsync();
        return home is null ? null : await db.KnownIn(tenant, now).SingleOrDefaultAsync(s => s.Issuer == home && s.Id == id);
    }
}
