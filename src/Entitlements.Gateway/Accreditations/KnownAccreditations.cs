using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Accreditations;

/// <summary>What rules and roles may ask for: accreditations that some source of the tenant may say. A slip of the pen would otherwise ask for what nobody can ever hold.</summary>
internal static class KnownAccreditations
{
    /// <summary>Most accreditations that one rule or role asks for.</summary>
    public const int Most = 16;

    /// <summary>What stands against asking for them; null when nothing does. Those <paramref name="before"/> may stay though their source is gone.</summary>
    public static async Task<Refusal?> ObjectionAsync(EntitlementsDb db, string tenant, IReadOnlyList<string> asked, IReadOnlyList<string>? before)
    {
        var wanted = asked.Except(before ?? []).ToList();
        if (wanted.Count == 0)
        {
            return null;
        }
        var known = await db.AccreditationSources.AsNoTracking().Where(s => s.Tenant == tenant && !s.Removed).ToListAsync();
        return wanted.Except(known.SelectMany(s => s.Accreditations)).Any()
            ? new(
                "accreditation_unknown",
                "No registered source of this tenant may say that somebody holds this accreditation.",
                StatusCodes.Status400BadRequest
            )
            : null;
    }

    /// <summary>Each once, in one order.</summary>
    public static string[] Sorted(IReadOnlyList<NameId> asked) => [.. asked.Select(a => a.Value).Distinct().Order(StringComparer.Ordinal)];

    public static IEnumerable<(string Pointer, string Error)> FaultsOf(IReadOnlyList<NameId> asked) =>
        asked.Count > Most ? [("/accreditations", FormattableString.Invariant($"must be at most {Most}"))] : [];
}
