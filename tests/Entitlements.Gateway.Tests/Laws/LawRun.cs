using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Laws;

/// <summary>A gateway whose clock stands still, one world after the other in it, and what its answers and its matrix were.</summary>
internal sealed class LawRun : IAsyncDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly TestGateway _gateway;
    private readonly string _name;
    private readonly Dictionary<string, HttpClient> _callers = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];
    private readonly Dictionary<string, SortedDictionary<int, int>> _answers = new(StringComparer.Ordinal);
    private World? _world;
    private Matrix? _matrix;
    private uint[] _allowed = [];
    private int _worlds,
        _writes,
        _narrowed,
        _proposed,
        _opened,
        _refused;
    private long _judged,
        _allows;

    private LawRun(TestGateway gateway, string database, int seed) => (_gateway, _name, Random) = (gateway, $"{database}, seed {seed}", new(seed));

    public Random Random { get; }

    public static async Task<LawRun> StartAsync(PostgresServer postgres, string database, int seed)
    {
        var clock = new FakeTimeProvider(Now);
        var gateway = await postgres.StartGatewayAsync(
            services =>
            {
                services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
                services.RemoveWorkers(
                    typeof(OutboxRelay),
                    typeof(DeliveryWorker),
                    typeof(AccreditationWatch),
                    typeof(ApproverWatch),
                    typeof(RotaWatch),
                    typeof(LapseWatch),
                    typeof(AudienceWatch)
                ); // nothing moves but what is written here
            },
            database
        );
        foreach (var tenant in new[] { World.North, World.South })
        {
            await gateway.AddPersonAsync(tenant, Write.OfficerOf(tenant), [.. Function.OfTenant]);
        }
        await gateway.RegisterClientAsync(Write.DeviceManagement, [World.North], Scopes.WriteInventory);
        return new(gateway, database, seed);
    }

    public async Task BeginWorldAsync()
    {
        await EndWorldAsync();
        _world = new(++_worlds, Random, Now, _gateway.Issuer.Authority);
        await _gateway.InDatabaseAsync(_world.PlantAsync);
        await _world.AskAsync(_gateway);
        _matrix = await Matrix.OpenAsync(_gateway, _world.Questions(), Now);
        _allowed = await ReadAsync();
    }

    /// <summary>One write, and the law.</summary>
    public async Task WriteAsync(Deck deck)
    {
        var (operation, write) = await _gateway.InDatabaseAsync(db => Task.FromResult(deck.Deal(new(_world!, db))));
        var (status, answer) = await SendAsync(write);
        _writes++;
        var after = await ReadAsync();
        var (opened, closed) = (Differences(_allowed, after), Differences(after, _allowed));
        var isProposed = status == 202 && answer.Contains("\"change\"", StringComparison.Ordinal);
        if (status >= 500 || status is 401 or 429)
        {
            Fail("this is no answer to it", []);
        }
        if ((isProposed || status >= 400) && (opened.Count > 0 || closed.Count > 0))
        {
            Fail("nothing was done, and yet it changed", [.. opened, .. closed]);
        }
        var wrongly = opened.Where(o => !write.MayOpen(_matrix!.Questions[o.Question])).ToList();
        if (wrongly.Count > 0)
        {
            Fail("it opened, and nobody voted on it", wrongly);
        }
        Count(operation, status, isProposed, opened.Count, closed.Count);
        _allowed = after;

        void Fail(string what, List<(int Question, uint Instants)> pairs)
        {
            var body = write.Body is null or HttpContent ? "" : JsonSerializer.Serialize(write.Body);
            var lines = pairs.Take(8).Select(p => $"\n  {_matrix!.Say(p.Question, p.Instants)}");
            _faults.Add(
                $"{_name}, world {_worlds}, write {_writes}: {what}.\n{operation} by {write.By}: {write.Method} {write.Path} {body}\nanswered {status} {answer}\n{pairs.Count} pairs:{string.Concat(lines)}"
            );
        }
    }

    public string Summary() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{_name}: {_worlds} worlds, {_writes} writes ({_narrowed} narrowed, {_proposed} proposed, {_opened} opened what they may, {_refused} refused), {_judged} judged, {100.0 * _allows / _judged:0.0} % allowed"
        )
        + string.Concat(
            _answers.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"; {a.Key} {string.Join(' ', a.Value.Select(s => $"{s.Key}x{s.Value}"))}")
        );

    /// <summary>Fails with every breach there was.</summary>
    public void AssertKept() => Assert.True(_faults is [], string.Join("\n\n", _faults));

    /// <summary>The law could have failed: much was allowed and much refused, and writes of every kind did something.</summary>
    public void AssertHealthy(IReadOnlyCollection<Drawn> operations)
    {
        Assert.True((double)_allows / _judged is > 0.02 and < 0.6, Summary());
        Assert.True(_narrowed >= _writes / 20 && _proposed >= _writes / 10, Summary());
        Assert.True(_answers.Count >= operations.Count * 0.9, Summary());
    }

    public async ValueTask DisposeAsync()
    {
        await EndWorldAsync();
        foreach (var caller in _callers.Values)
        {
            caller.Dispose();
        }
        await _gateway.DisposeAsync();
    }

    private void Count(string operation, int status, bool isProposed, int opened, int closed)
    {
        var answers = _answers.TryGetValue(operation, out var known) ? known : _answers[operation] = [];
        answers[status] = answers.GetValueOrDefault(status) + 1;
        _proposed += isProposed ? 1 : 0;
        _refused += status >= 400 ? 1 : 0;
        _opened += opened > 0 ? 1 : 0;
        _narrowed += closed > 0 ? 1 : 0;
    }

    private async Task<(int Status, string Answer)> SendAsync(Write write)
    {
        using var request = new HttpRequestMessage(write.Method, write.Path)
        {
            Content =
                write.Body is HttpContent content ? content
                : write.Body is null ? null
                : JsonContent.Create(write.Body, write.Body.GetType()),
        };
        if (write.Seen is { } seen)
        {
            request.Headers.TryAddWithoutValidation("If-Match", FormattableString.Invariant($"\"{seen}\""));
        }
        var caller = _callers.TryGetValue(write.By, out var known) ? known : _callers[write.By] = CallerOf(write.By);
        using var response = await caller.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private HttpClient CallerOf(string name) => name == Write.DeviceManagement ? _gateway.AsClient(name, Scopes.WriteInventory) : _gateway.As(name);

    private async Task<uint[]> ReadAsync()
    {
        var allowed = await _matrix!.ReadAsync();
        _judged += allowed.Length;
        _allows += allowed.Count(a => a != 0);
        return allowed;
    }

    /// <summary>What is in <paramref name="after"/> and not in <paramref name="before"/>.</summary>
    private static List<(int Question, uint Instants)> Differences(uint[] before, uint[] after) =>
        [.. after.Index().Select(a => (Question: a.Index, Instants: a.Item & ~before[a.Index])).Where(a => a.Instants != 0)];

    private async Task EndWorldAsync()
    {
        if (_matrix is not null)
        {
            await _matrix.DisposeAsync();
        }
    }
}
