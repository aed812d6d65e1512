using System.Security.Cryptography;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Exercises;

/// <summary>How an exercise, and everyone in it, is told from what is real.</summary>
internal static class ExerciseNames
{
    /// <summary>Without letters and digits that look alike.</summary>
    private const string Characters = "23456789abcdefghjkmnpqrstvwxyz";
    private const int Random = 6;
    private const string Infix = "-exercise-";
    private const int LongestId = 64;

    /// <summary>A new id, for instance <c>northvale-exercise-x7f3k2</c>.</summary>
    public static string NewId(string tenant) =>
        $"{tenant[..Math.Min(tenant.Length, LongestId - Infix.Length - Random)]}{Infix}{RandomNumberGenerator.GetString(Characters, Random)}";

    /// <summary>Stands after the issuer of everyone's account, and after their employee number, so that nobody in an exercise is anybody in earnest.</summary>
    public static string MarkOf(string exercise) => $"#exercise/{exercise}";

    /// <summary>The issuer of a person's copy. No provider can have it: an issuer is a URL without a fragment (OpenID Connect Discovery §3).</summary>
    public static string IssuerIn(string exercise, string issuer) =>
        issuer.EndsWith(MarkOf(exercise), StringComparison.Ordinal) ? issuer : issuer + MarkOf(exercise);

    /// <summary>Those of <paramref name="tenants"/> that are, or were, exercises.</summary>
    public static async Task<HashSet<string?>> ExercisesAmongAsync(this EntitlementsDb db, IEnumerable<string?> tenants)
    {
        var named = tenants.OfType<string>().Distinct().ToList();
        return named.Count == 0 ? [] : [.. await db.Exercises.Where(e => named.Contains(e.Id)).Select(e => e.Id).ToListAsync()];
    }
}
