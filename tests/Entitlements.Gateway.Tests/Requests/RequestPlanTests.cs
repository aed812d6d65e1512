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
    /// <summary>Most requests are of other tenants, and the planner knows: where all are of one, every index in the list's order is as good as the tenant's.</summary>
    private const string OtherTenantsRequests = """
        insert into access_request
        select (jsonb_populate_record(first.one, jsonb_build_object(
          'id', 'other_' || i, 'tenant', 'south', 'is_open', false, 'submitted_at', (first.one).submitted_at + i * interval '1 s'))).*
        from (select one from access_request one limit 1) first, generate_series(1, 5000) i;
        analyze access_request
        """;

    [Theory]
    [InlineData("inbox", false)]
    [InlineData("inbox", true)]
    [InlineData("mine", false)]
    [InlineData("all", false)]
    public async Task A_page_of_requests_is_read_by_an_index_in_its_order(string view, bool delegated)
    {
        var world = await gateways.OnAsync(EachDatabase.Postgres);
        var person = view == "all" ? "north-role-admin" : await world.PersonAsync("approver");
        await world.AskedAsync(await world.PersonAsync(), await world.RoleAsync());
        if (delegated)
        {
            await world.Gateway.InDatabaseAsync(db => DelegateAsync(db, person, world.Clock.GetUtcNow()));
        }
        using var read = new ReadStatements(world.Gateway.Postgres!);
        using var http = world.As(person);
        await (await http.GetAsync($"/v1/requests?view={view}")).ShouldBeAsync(HttpStatusCode.OK);
        await using var connection = new NpgsqlConnection(world.Gateway.Postgres);
        await connection.OpenAsync();
        await using var undone = await connection.BeginTransactionAsync();
        await RunAsync(connection, OtherTenantsRequests);
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
            Assert.All(scans, scan => Assert.Contains("Index Cond", plan[scan.Index + 1], StringComparison.Ordinal));
            Assert.DoesNotContain(plan, line => Node(line) is "Sort" or "Unique" or "HashAggregate" or "GroupAggregate" or "Seq Scan");
            pages++;
        }
        Assert.Equal(1, pages);
    }

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
