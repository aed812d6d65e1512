using Entitlements.Engine.Packages;

namespace Entitlements.Engine.Tests.Packages;

public sealed class CoverageTests
{
    private const string High = "android.permission.RECORD_AUDIO";
    private const string Unheard = "com.example.permission.ANYTHING";
    private const string Low = "android.permission.INTERNET";

    [Fact]
    public void A_high_risk_app_is_held_by_all_but_the_harmless() => Assert.Equal([High, Unheard], Coverage.Missing([Low, Unheard, High], [], highRisk: true));

    [Fact]
    public void Another_app_is_held_by_what_is_of_high_risk() => Assert.Equal([High], Coverage.Missing([Low, Unheard, High], [], highRisk: false));

    [Fact]
    public void What_was_assessed_holds_nothing() => Assert.Empty(Coverage.Missing([Low, Unheard, High], [High, Unheard, "more"], highRisk: true));

    [Fact]
    public void A_name_counts_to_the_letter() => Assert.Equal([High], Coverage.Missing([High], [High.ToLowerInvariant(), High + " "], highRisk: true));
}
