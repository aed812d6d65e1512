using System.Xml;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Tests.Laws;

/// <summary>One write as it goes over the wire.</summary>
/// <param name="Body">Serialized as JSON, unless it is content already; null for none.</param>
internal sealed record Write(HttpMethod Method, string Path, object? Body = null)
{
    /// <summary>Who sends it: by default who holds every function of north.</summary>
    public string By { get; init; } = OfficerOf(World.North);

    /// <summary>The version for If-Match; null: none is sent.</summary>
    public long? Seen { get; init; }

    /// <summary>What rulings.md §1.1 lets it open although nobody votes; by default nothing.</summary>
    public Predicate<EvaluationRequest> MayOpen { get; init; } = _ => false;

    /// <summary>A client of north, which says what it found installed; everybody else is a person.</summary>
    public const string DeviceManagement = "device-management";

    /// <summary>Holds every function of the tenant.</summary>
    public static string OfficerOf(string tenant) => $"{tenant}-everyone";
}

/// <summary>What a write is made from: the world, and its rows as they stand.</summary>
internal sealed record Draft(World World, EntitlementsDb Db)
{
    public Random Random => World.Random;

    /// <summary>Mostly north, where most of the world is.</summary>
    public string SomeTenant() => World.Chance(0.8) ? World.North : World.South;

    public IReadOnlyList<string> PeopleOf(string tenant) => tenant == World.North ? World.NorthPeople : World.SouthPeople;

    public T One<T>(params IReadOnlyList<T> among) => World.One(among);

    public bool Chance(double chance) => World.Chance(chance);

    /// <summary>More of them, fewer, or another choice altogether.</summary>
    public List<T> Altered<T>(IReadOnlyCollection<T> now, IReadOnlyCollection<T> all) =>
        Random.Next(5) switch
        {
            0 => World.Some(all, 0.5),
            1 => [.. now.Union(World.Some(all, 0.5))],
            _ => [.. now.Except(World.Some(all, 0.6))],
        };

    /// <summary>Says which members of a body to alter: mostly one alone, as what widens hides behind nothing else then.</summary>
    public Func<int, bool> Choose(int members)
    {
        var one = Random.Next(members);
        var another = Chance(0.15) ? Random.Next(members) : one;
        return member => member == one || member == another;
    }

    public static string? Iso(TimeSpan? length) => length is { } some ? XmlConvert.ToString(some) : null;
}

/// <summary>How one operation is called.</summary>
/// <param name="Often">How often it is drawn, compared with others.</param>
/// <param name="Make">Null where the world has nothing that it could be about.</param>
internal sealed record Drawn(string Operation, int Often, Func<Draft, Write?> Make);
