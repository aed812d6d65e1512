using System.Text.Json;
using Entitlements.Engine.Decisions;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Engine.Tests.Reference;

/// <summary>Small random worlds: so few roles, properties and instants that everything collides often. Same seed, same world.</summary>
internal sealed class Worlds(int seed)
{
    internal static readonly DateTimeOffset Start = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Roles = ["a", "b", "c"];
    private static readonly string[] Accreditations = ["m", "n"];
    private static readonly string[] Names = ["x", "y"];
    private static readonly JsonElement[] Values = [.. new[] { "true", "1", "\"1\"", "null" }.Select(text => JsonElement.Parse(text))];

    private readonly Random _random = new(seed);

    /// <summary>How many worlds a test looks at: 10^4 in a build, 10^6 with <c>ENTITLEMENTS_LONG=1</c>.</summary>
    internal static int Count { get; } = Environment.GetEnvironmentVariable("ENTITLEMENTS_LONG") == "1" ? 1_000_000 : 10_000;

    internal static World Small(int seed) => new Worlds(seed).Make();

    /// <summary>Every world of this run, and a random source to alter it with.</summary>
    internal static IEnumerable<(World World, Worlds Alter)> All(int salt)
    {
        for (var seed = 0; seed < Count; seed++)
        {
            yield return (Small(seed), new Worlds(unchecked((seed * 31) + salt)));
        }
    }

    internal Properties SomeProperties() => new(Names.Where(_ => Chance(2)).ToDictionary(name => name, _ => One(Values), StringComparer.Ordinal));

    internal Bars SomeBars() => (Bars)_random.Next(8);

    internal string SomeText() => One(["p", "q", "r"]);

    internal long SomeNumber() => _random.Next(9);

    internal HeldRole SomeHeld(long id)
    {
        var from = SomeMinute();
        return new(
            id,
            One(Roles),
            Chance(4) ? DateTimeOffset.MinValue : from,
            Chance(4) ? DateTimeOffset.MaxValue : from.AddMinutes(_random.Next(8)),
            Chance(6),
            [.. Roles.Where(_ => Chance(16))]
        )
        {
            Accreditations = [.. Accreditations.Where(_ => Chance(8))],
            ForAnotherDevice = Chance(8),
        };
    }

    /// <summary>An assignment of the person's own force, or one given in mutual aid.</summary>
    internal HeldRole SomeHeldOrLent(long id) => Chance(8) ? SomeHeld(id) with { RestsOn = SomeHomeRight() } : SomeHeld(id);

    internal HomeRight SomeHomeRight() =>
        new(
            Roles[0],
            [
                .. Enumerable
                    .Range(0, _random.Next(1, 5))
                    .Select(index => SomeHeld(index + 10))
                    .Select(held => held with { Role = Chance(3) ? held.Role : Roles[0], RestsOn = Chance(16) ? HomeRight.None : null })
                    .Select(held => Chance(3) ? held : held with { NotBefore = DateTimeOffset.MinValue }), // mostly before the aid
            ],
            [.. Enumerable.Range(0, _random.Next(3)).Select(_ => SomeAccreditation())]
        );

    internal HeldAccreditation SomeAccreditation()
    {
        var from = SomeMinute();
        return new(
            One(Accreditations),
            Chance(2) ? DateTimeOffset.MinValue : from,
            Chance(2) ? DateTimeOffset.MaxValue : from.AddMinutes(_random.Next(8)),
            Chance(8)
        );
    }

    private World Make()
    {
        var isApp = !Chance(3);
        var request = new EvaluationRequest(
            "t",
            new Subject("user", "s", SomeProperties()),
            new Action(isApp ? Action.Download : "read", SomeProperties()),
            new Resource(isApp ? Resource.App : "record", "r", SomeProperties()),
            new Context(Chance(8) ? null : "d")
        );
        var facts = new Facts
        {
            CallerMayAsk = !Chance(40),
            Subject = Chance(40) ? null : new(!Chance(20), Chance(20)) { KnownUntil = Chance(40) ? SomeMinute() : DateTimeOffset.MaxValue },
            Resource = Chance(40) ? null : SomeResource(isApp),
            Rule = SomeRule(isApp),
            Assessment = Chance(8)
                ? null
                : new(!Chance(10), SomeMinute(), Chance(9) ? TimeSpan.MaxValue : TimeSpan.FromMinutes(_random.Next(4)), Chance(2))
                {
                    SetAsideUntil = Chance(4) ? SomeMinute() : null,
                },
            Held = [.. Enumerable.Range(0, _random.Next(5)).Select(index => SomeHeldOrLent((index * 7 % 5) + 1))],
            Accreditations = [.. Enumerable.Range(0, _random.Next(4)).Select(_ => SomeAccreditation())],
            GuidanceOutstanding = Chance(12),
            GuidanceDeferredUntil = Chance(3) ? SomeMinute() : null,
            Device = Chance(12)
                ? null
                : new((DeviceKind)_random.Next(3), !Chance(6), !Chance(6), !Chance(6), !Chance(4) ? DateTimeOffset.MaxValue : SomeMinute()),
        };
        return new World(seed, request, facts, SomeMinute());
    }

    private ResourceFacts SomeResource(bool isApp) =>
        new()
        {
            IsApp = isApp,
            Adopted = !Chance(30),
            Hidden = Chance(6),
            ActionKnown = !Chance(30),
            HighRisk = Chance(3),
            Bars = Chance(10) ? SomeBars() : Bars.None,
            Release = Chance(20) ? null : new(!Chance(20), Chance(10) ? SomeBars() : Bars.None) { Held = Chance(10) },
            ReleaseNamed = Chance(2),
            DeviceLimit = Chance(2) ? null : _random.Next(1, 5),
            OtherDevices = _random.Next(3),
        };

    private RuleFacts? SomeRule(bool isApp) =>
        Chance(20) ? null
        : Chance(20) ? RuleFacts.Unreadable
        : new(
            [.. Roles.Where(_ => !Chance(3))],
            (DeviceCondition)_random.Next(3),
            [.. Names.Where(_ => Chance(isApp ? 40 : 5)).Select(name => new Condition((RequestPart)_random.Next(3), name, One(Values)))]
        )
        {
            Accreditations = [.. Accreditations.Where(_ => Chance(8))],
            InForceUntil = Chance(16) ? SomeMinute() : DateTimeOffset.MaxValue,
        };

    private DateTimeOffset SomeMinute() => Start.AddMinutes(_random.Next(9));

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private T One<T>(T[] among) => among[_random.Next(among.Length)];
}

/// <summary>One question, the truth it meets, and when.</summary>
internal sealed record World(int Seed, EvaluationRequest Request, Facts Facts, DateTimeOffset At)
{
    /// <summary>Enough to see it again; printing the facts would be most of a test's time.</summary>
    public override string ToString() => $"seed {Seed}";

    internal Decision Decide() => Evaluator.Evaluate(Request, Facts, At);

    internal bool IsAllowed => Decide() is Decision.Allow;

    internal World With(Facts facts) => this with { Facts = facts };
}
