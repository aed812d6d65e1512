using System.Reflection;
using Xunit.v3;

namespace Entitlements.Gateway.Tests.Abuse;

/// <summary>The abuse list is a list of tests: each case is named by the trait of at least one. Cases 2 and 3 are the fault campaign itself (<c>Entitlements.Faults</c>; 3 is its F2).</summary>
public sealed class AbuseIndexTests
{
    private static readonly int[] Cases =
    [
        1,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
        13,
        14,
        15,
        16,
        17,
        18,
        19,
        20,
        21,
        22,
        23,
        24,
        25,
        26,
        27,
        28,
        29,
        30,
        31,
        32,
        33,
        34,
        35,
        36,
        37,
        38,
        39,
        40,
        41,
        42,
        43,
        44,
        45,
        47,
        48,
        49,
        50,
        51,
        52,
        53,
        54,
        58,
        65,
        67,
        68,
        69,
        70,
        71,
        72,
        74,
        75,
        81,
        82,
        83,
        84,
    ];

    [Fact]
    public void Every_case_has_a_test()
    {
        var covered = typeof(AbuseIndexTests)
            .Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttributes().OfType<IFactAttribute>().Any(fact => fact.Skip is null))
            .SelectMany(method => method.GetCustomAttributes<TraitAttribute>())
            .Where(trait => trait.Name == "Abuse")
            .Select(trait => trait.Value)
            .ToHashSet(StringComparer.Ordinal);
        var missing = Cases.Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)).Except(covered).ToList();
        Assert.True(missing.Count == 0, $"no test has the trait Abuse={string.Join(", ", missing)}");
    }
}
