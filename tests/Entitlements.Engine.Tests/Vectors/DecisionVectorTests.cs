using Entitlements.Engine.Decisions;
using Entitlements.Engine.Tests.Reference;

namespace Entitlements.Engine.Tests.Vectors;

public sealed class DecisionVectorTests
{
    private static readonly Case[] All =
    [
        .. new[]
        {
            "decisions.json",
            "decisions-accreditation.json",
            "decisions-emergency.json",
            "decisions-aid.json",
            "decisions-held.json",
            "decisions-rule-end.json",
        }.SelectMany(file => VectorJson.Read<File>(file).Cases),
    ];

    public static TheoryData<string> Names => [.. All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_evaluator_says_what_the_vector_expects(string name)
    {
        var one = Assert.Single(All, one => one.Name == name);
        var decision = Evaluator.Evaluate(one.Request, one.Facts, one.At);
        Assert.Equal(one.Expect.Decision, decision is Decision.Allow);
        Assert.Equal(one.Expect.By ?? 0, decision is Decision.Allow allow ? allow.By : 0);
        Assert.Equal(one.Expect.Reasons, decision is Decision.Deny deny ? deny.Reasons.InOrder().Select(reason => reason.Code) : []);
        Assert.Equal(one.Expect.HoldsUntil, decision.HoldsUntil);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_reference_model_says_what_the_vector_expects(string name)
    {
        var one = Assert.Single(All, one => one.Name == name);
        var expected = new ReferenceModel.Answer(one.Expect.Decision, string.Join(' ', one.Expect.Reasons), one.Expect.By ?? 0, one.Expect.HoldsUntil);
        Assert.Equal(expected, ReferenceModel.Decide(one.Request, one.Facts, one.At));
    }

    [Fact]
    public void Every_reason_occurs_and_none_is_unheard_of() =>
        Assert.Equal(
            Enum.GetValues<DenyReason>().Select(reason => reason.Code).Order(StringComparer.Ordinal),
            All.SelectMany(one => one.Expect.Reasons).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
        );

    internal sealed record File(int Version, IReadOnlyList<Case> Cases);

    internal sealed record Case(string Name, DateTimeOffset At, EvaluationRequest Request, Facts Facts, Expected Expect);

    internal sealed record Expected(bool Decision, IReadOnlyList<string> Reasons, DateTimeOffset HoldsUntil, long? By = null);
}
