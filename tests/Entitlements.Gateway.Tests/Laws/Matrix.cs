using System.Data.Common;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Tests.Laws;

/// <summary>
/// Whether each of some questions is allowed now, and at later instants if nothing more is written: by the product's own statement, facts and engine.
/// The statements stay prepared on one connection, as one reading of all is made after every write.
/// </summary>
internal sealed class Matrix : IAsyncDisposable
{
    /// <summary>Now, and on both sides of every boundary that a world or a write has (<see cref="World.Ends"/>).</summary>
    private static readonly TimeSpan[] Later =
    [
        TimeSpan.Zero,
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(12),
        TimeSpan.FromDays(1),
        TimeSpan.FromDays(5),
        TimeSpan.FromDays(10),
        TimeSpan.FromDays(20),
        TimeSpan.FromDays(30),
        TimeSpan.FromDays(60),
        TimeSpan.FromDays(100),
        TimeSpan.FromDays(400),
    ];

    private readonly DateTimeOffset _now;
    private readonly DbConnection _connection;
    private readonly List<(EvaluationRequest[] Asks, DbCommand Command)> _readings;

    private Matrix(IReadOnlyList<EvaluationRequest> questions, DateTimeOffset now, DbConnection connection)
    {
        (Questions, _now, _connection) = (questions, now, connection);
        var together = connection is SqliteConnection ? 1 : 256;
        _readings = [.. questions.Chunk(together).Select(asks => (asks, FactsStatement.For(connection, asks, now)))];
    }

    public IReadOnlyList<EvaluationRequest> Questions { get; }

    public static async Task<Matrix> OpenAsync(TestGateway gateway, IReadOnlyList<EvaluationRequest> questions, DateTimeOffset now)
    {
        var connection = Databases.ForReading(gateway.Services.GetRequiredService<IOptions<StorageOptions>>().Value)();
        await connection.OpenAsync();
        return new(questions, now, connection);
    }

    /// <returns>By question: a bit for each instant at which it is allowed.</returns>
    public async Task<uint[]> ReadAsync()
    {
        var allowed = new List<uint>(Questions.Count);
        foreach (var (asks, command) in _readings)
        {
            var parts = asks.Select(_ => new FactsParts()).ToArray();
            await using var row = await command.ExecuteReaderAsync();
            while (await row.ReadAsync())
            {
                FactsParts.Take(row, parts);
            }
            allowed.AddRange(asks.Zip(parts, (ask, read) => Judge(ask, read.Assemble(ask, mayAsk: true).Facts)));
        }
        return [.. allowed];
    }

    /// <summary>The question and the instants, for a message.</summary>
    public string Say(int question, uint instants)
    {
        var (tenant, subject, action, resource, context) = Questions[question];
        var when = Later.Index().Where(i => (instants & (1u << i.Index)) != 0).Select(i => $"+{i.Item}");
        var version = resource.Properties.Text("version") is { } named ? $" {named}" : "";
        return $"{tenant}: {subject.Id} {action.Name} {resource.Id}{version} on {context.Device ?? "no device"} at {string.Join(", ", when)}";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, command) in _readings)
        {
            await command.DisposeAsync();
        }
        await _connection.DisposeAsync();
    }

    private uint Judge(EvaluationRequest ask, Facts facts)
    {
        var allowed = 0u;
        foreach (var (i, later) in Later.Index())
        {
            allowed |= Evaluator.Evaluate(ask, facts, _now + later) is Decision.Allow ? 1u << i : 0;
        }
        return allowed;
    }
}
