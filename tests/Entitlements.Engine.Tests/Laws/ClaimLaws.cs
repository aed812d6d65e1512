using Entitlements.Engine.Decisions;
using Entitlements.Engine.Tests.Reference;

namespace Entitlements.Engine.Tests.Laws;

/// <summary>What a caller says is a claim; the facts decide.</summary>
public sealed class ClaimLaws
{
    [Fact]
    public void What_a_caller_claims_of_an_app_leaves_the_answer_as_it_is()
    {
        foreach (var (world, alter) in Worlds.All(11).Where(pair => pair.World.Facts.Resource is { IsApp: true }))
        {
            var (request, answer) = (world.Request, world.Decide());
            EvaluationRequest[] claims =
            [
                request with
                {
                    Subject = request.Subject with { Properties = alter.SomeProperties() },
                },
                request with
                {
                    Action = request.Action with { Properties = alter.SomeProperties() },
                },
                request with
                {
                    Resource = request.Resource with { Properties = alter.SomeProperties() },
                },
                request with
                {
                    Subject = new(alter.SomeText(), alter.SomeText(), alter.SomeProperties()),
                },
                request with
                {
                    Tenant = alter.SomeText(),
                },
                request with
                {
                    Context = request.Context with { MinimumRevision = alter.SomeNumber() },
                },
            ];
            Assert.All(claims, claim => Assert.True(answer == (world with { Request = claim }).Decide(), world.ToString()));
        }
    }

    [Fact]
    public void Which_device_is_named_matters_only_by_its_facts_and_naming_none_never_allows_where_one_is_asked()
    {
        foreach (var (world, alter) in Worlds.All(12))
        {
            World Naming(string? device) => world with { Request = world.Request with { Context = new Context(device) } };
            Assert.Equal(Naming("d").Decide(), Naming(alter.SomeText()).Decide());
            Assert.True(world.Facts.Rule is { Device: DeviceCondition.None } || !Naming(null).IsAllowed, world.ToString());
            Assert.True(!Naming(null).IsAllowed || Naming("d").IsAllowed, world.ToString());
        }
    }

    [Fact]
    public void For_another_type_a_property_that_no_condition_asks_for_changes_nothing_and_a_condition_more_never_allows()
    {
        foreach (var (world, alter) in Worlds.All(13).Where(pair => pair.World.Facts is { Resource.IsApp: false, Rule.Readable: true }))
        {
            var rule = world.Facts.Rule!;
            var sent = world.With(world.Facts with { Rule = rule with { Conditions = [] } });
            var silent = sent with { Request = sent.Request with { Action = sent.Request.Action with { Properties = alter.SomeProperties() } } };
            Assert.Equal(sent.Decide(), silent.Decide());
            Assert.True(sent.IsAllowed || !world.IsAllowed, world.ToString());
        }
    }
}
