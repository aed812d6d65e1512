using System.Data.Common;
using System.Diagnostics;
using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>Whatever grows, a page of requests does not: looked at in the plans, not with a watch.</summary>
[Collection(nameof(RequestGateways))]
public sealed class RequestPlanTests(RequestGateways gateways)
{
    [Theory]
    [InlineData("inbox", false)]
    [InlineData("inbox", true)]
    [InlineData("mine", false)]
    [InlineData("all", false)]
    public async Task A_page_of_requests_is_read_by_an_index_in_its_order(string view, bool delegated)
    {
        var world = await gateways.OnAsync(EachDatabase.Postgres);
        var person = view == "all" ? "north-role-admin" : await world.PersonAsync("approver");
        if (delegated)
        {
            await world.Gateway.InDatabaseAsync(db => DelegateAsync(db, person, world.Clock.GetUtcNow()));
        }
        using var read = new ReadStatements(world.Gateway.Postgres!);
        using var http = world.As(person);
        await (await http.GetAsync($"/v1/requests?view={view}")).ShouldBeAsync(HttpStatusCode.OK);
        await using var connection = new NpgsqlConnection(world.Gateway.Postgres);
        await connection.OpenAsync();
        await RunAsync(
            connection,
            "set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off; set enable_hashjoin = off; set enable_mergejoin = off"
        );
        var pages = 0;
        foreach (var statement in read.Statements.Where(s => s.Text.Contains("access_request", StringComparison.Ordinal)))
        {
            var plan = await ExplainAsync(connection, statement);
            var scans = plan.Index().Where(line => line.Item.Contains(" on access_request", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(scans);
            Assert.All(scans, scan => Assert.True(IsByIndex(scan.Item, plan[scan.Index + 1]), string.Join('\n', plan)));
            Assert.DoesNotContain(plan, line => Node(line) is "Sort" or "Unique" or "HashAggregate" or "GroupAggregate" or "Seq Scan");
            pages++;
        }
        Assert.Equal(1, pages);
    }

    /// <summary>
    /// By what is looked for, or through all tenants in the list's order: as good where nearly every row is of one tenant, as here, and the planner's to choose.
    /// </summary>
    private static bool IsByIndex(string scan, string below) =>
        below.Contains("Index Cond", StringComparison.Ordinal)
        || scan.Contains("Index Scan Backward using ix_access_request_submitted_at", StringComparison.Ordinal);

    /// <summary>What a line of a plan does, without the table it is done on.</summary>
    private static string Node(string line) => line.Trim().TrimStart('-', '>').Trim().Split("  ")[0].Split(" on ")[0].Split(" using ")[0];

    private static async Task DelegateAsync(Entitlements.Gateway.Storage.EntitlementsDb db, string person, DateTimeOffset now)
    {
        var keys = await db.Subjects.Where(s => s.Id == person || s.Id == "north-approver-1").OrderBy(s => s.Id == person).Select(s => s.Key).ToListAsync();
        db.Delegations.Add(
            new()
            {
                Tenant = "north",
                FromSubject = keys[0],
                ToSubject = keys[1],
                NotBefore = now.AddHours(-1),
                NotAfter = now.AddHours(1),
            }
        );
        await db.SaveChangesAsync();
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<List<string>> ExplainAsync(NpgsqlConnection connection, ReadStatements.Statement statement)
    {
        await using var command = new NpgsqlCommand($"explain (costs off) {statement.Text}", connection);
        command.Parameters.AddRange(statement.Parameters);
        await using var lines = await command.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await lines.ReadAsync())
        {
            plan.Add(lines.GetString(0));
        }
        return plan;
    }

    /// <summary>Hears what EF Core asks one database.</summary>
    private sealed class ReadStatements : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        private readonly string _database;
        private readonly List<Statement> _statements = [];
        private readonly List<IDisposable> _subscriptions = [];

        public ReadStatements(string connection)
        {
            _database = new NpgsqlConnectionStringBuilder(connection).Database!;
            _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
        }

        public sealed record Statement(string Text, NpgsqlParameter[] Parameters);

        public IReadOnlyList<Statement> Statements
        {
            get
            {
                lock (_statements)
                {
                    return [.. _statements];
                }
            }
        }

        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == DbLoggerCategory.Name)
            {
                _subscriptions.Add(value.Subscribe(this));
            }
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: var key, Value: CommandEventData { Command: var command } } && key == RelationalEventId.CommandExecuting.Name)
            {
                Keep(command);
            }
        }

        private void Keep(DbCommand command)
        {
            if (command.Connection?.Database == _database)
            {
                lock (_statements)
                {
                    _statements.Add(new(command.CommandText, [.. command.Parameters.Cast<NpgsqlParameter>().Select(p => p.Clone())]));
                }
            }
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }

        public void Dispose() => _subscriptions.ForEach(s => s.Dispose());
    }
}
