using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>What an exploration found.</summary>
/// <param name="States">Different states visited.</param>
/// <param name="Exhausted">Nothing reachable is left unvisited.</param>
/// <param name="Taken">The steps that were taken at least once.</param>
/// <param name="Trace">The shortest run to a forbidden allow, one step a line; null where there is none.</param>
internal sealed record Exploration(int States, bool Exhausted, IReadOnlySet<StepKind> Taken, IReadOnlyList<string>? Trace);

/// <summary>Breadth first through every state of a scenario, so that the first violation found is a shortest one.</summary>
internal sealed class Explorer
{
    private readonly Protocol _protocol;
    private readonly List<World> _worlds = [];
    private readonly List<int> _parents = [];
    private readonly HashSet<int> _visited;
    private readonly HashSet<StepKind> _taken = [];

    private Explorer(Scenario scenario)
    {
        _protocol = new Protocol(scenario);
        _visited = new HashSet<int>(new ByWorld(_worlds));
    }

    /// <param name="limit">States after which to give up: a bound that no scenario is meant to reach.</param>
    public static Exploration Explore(Scenario scenario, int limit) => new Explorer(scenario).Run(limit);

    private Exploration Run(int limit)
    {
        Visit(_protocol.Beginning(), parent: -1);
        for (var at = 0; at < _worlds.Count; at++)
        {
            if (_worlds.Count > limit)
                return new(_worlds.Count, Exhausted: false, _taken, Trace: null);
            foreach (var move in _protocol.MovesFrom(_worlds[at]))
            {
                _taken.Add(move.Step.Kind);
                if (move.Violates)
                    return new(_worlds.Count, Exhausted: false, _taken, Trace(at, move));
                Visit(move.After, at);
            }
        }
        return new(_worlds.Count, Exhausted: true, _taken, Trace: null);
    }

    private void Visit(in World world, int parent)
    {
        _worlds.Add(world);
        if (_visited.Add(_worlds.Count - 1))
            _parents.Add(parent);
        else
            _worlds.RemoveAt(_worlds.Count - 1);
    }

    /// <summary>Only parents are kept; which step led from each to its child is asked of the protocol again.</summary>
    private List<string> Trace(int last, Protocol.Move violation)
    {
        List<string> lines = [Line(violation)];
        for (var at = last; _parents[at] >= 0; at = _parents[at])
        {
            var child = _worlds[at];
            lines.Add(Line(_protocol.MovesFrom(_worlds[_parents[at]]).First(move => move.After.Equals(child))));
        }
        lines.Reverse();
        return lines;
    }

    private static string Line(Protocol.Move move)
    {
        var world = move.After;
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{move.Step, -36} rev {world.Revision}");
        for (var i = 0; i < 3; i++)
            if (world.Replicas[i].View is { Exists: true } view)
                line.Append(CultureInfo.InvariantCulture, $" | r{i + 1} applied {view.Applied} bar {view.Bar} left {view.Left}");
        if (move.Violates)
            line.Append(" | ALLOW after the acknowledgement");
        else if (world.MustDeny)
            line.Append(" | acknowledged");
        return line.ToString();
    }

    /// <summary>A world is kept once, in the list; the set has its place there.</summary>
    private sealed class ByWorld(List<World> worlds) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => x == y || At(x).Equals(At(y));

        public int GetHashCode(int index) => At(index).GetHashCode();

        private ref readonly World At(int index) => ref CollectionsMarshal.AsSpan(worlds)[index];
    }
}
