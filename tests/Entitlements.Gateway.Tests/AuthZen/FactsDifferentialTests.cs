using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.AuthZen;

/// <summary>The reader's one statement against a second reading of the same rows in plain LINQ: for random worlds both lead the engine to the same decision.</summary>
public sealed class FactsDifferentialTests(PostgresServer postgres)
{
    private const int Questions = 8;

    private static int Worlds { get; } = Environment.GetEnvironmentVariable("ENTITLEMENTS_LONG") == "1" ? 20_000 : 250;

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Stored_worlds_are_judged_as_their_rows_say(string database)
    {
        var folder = Directory.CreateTempSubdirectory("entitlements-facts-");
        try
        {
            await using var db = await OpenAsync(database, Path.Combine(folder.FullName, "facts.db"));
            var storage = Options.Create(
                new StorageOptions { Provider = Enum.Parse<DatabaseProvider>(database), ConnectionString = db.Database.GetConnectionString() }
            );
            var replica = new Replica(new BootClock(), storage);
            if (storage.Value.IsPostgres)
            {
                var timeline = (await db.Database.SqlQueryRaw<string>($"select {LeaseTable.Timeline} as \"Value\"").ToListAsync())[0];
                replica.Publish(View.Embedded with { Timeline = timeline });
            }
            var reader = new FactsReader(storage, new FakeTimeProvider(StoredWorld.Now), replica);
            var worlds = Enumerable.Range(0, Worlds).Select(number => new StoredWorld(number)).ToList();
            await db.Database.BeginTransactionAsync(); // one commit for all of it: durability is another test's concern
            foreach (var some in worlds.Chunk(50))
            {
                await StoreAsync(db, some);
            }
            await db.Database.CommitTransactionAsync();
            var seen = new SortedDictionary<string, int>(StringComparer.Ordinal);
            foreach (var (number, world) in worlds.Index())
            {
                var asked = Enumerable.Range(0, Questions).Select(_ => world.SomeRequest()).ToList();
                // all at once: on PostgreSQL they share readings, and none may get what is another's
                var truths = await Task.WhenAll(asked.Select(request => reader.ReadAsync(request)));
                foreach (var (question, request) in asked.Index())
                {
                    Compare(world, request, truths[question], $"world {number}, question {question}", seen);
                }
            }
            // a world that never allows, or never meets a reason, would prove nothing about it
            var missing = Enum.GetValues<DenyReason>()
                .Select(reason => reason.Code)
                .Append("allowed")
                .Append("allowed to a guest")
                .Except(seen.Keys, StringComparer.Ordinal);
            Assert.Empty(missing);
            if (storage.Value.IsPostgres)
            {
                await db.Database.ExecuteSqlRawAsync("insert into tenant_guard (tenant, rev) select id, 0 from tenant; analyze"); // the one table that no world fills
                await AssertLooksUpAsync(storage.Value);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Compare(StoredWorld world, EvaluationRequest request, Truth truth, string name, SortedDictionary<string, int> seen)
    {
        var (facts, subject, restricted, sensitive, guidance, release) = world.Truth(request);
        var expected = Evaluator.Evaluate(request, facts, StoredWorld.Now);
        var actual = Evaluator.Evaluate(request, truth.Facts, StoredWorld.Now);
        Assert.True(expected == actual, $"{name}: expected {Say(expected)}, was {Say(actual)} for {request}");
        Assert.Equal((subject, restricted, sensitive, guidance), (truth.SubjectKey, truth.Restricted, truth.Sensitive, truth.GuidanceVersion));
        Assert.True(release == truth.Release?.Key, $"{name}: expected release {release}, was {truth.Release?.Key}");
        if (expected is Decision.Allow && truth.Elsewhere.Count > 0)
        {
            seen["allowed to a guest"] = seen.GetValueOrDefault("allowed to a guest") + 1;
        }
        foreach (var code in expected is Decision.Deny deny ? deny.Reasons.InOrder().Select(reason => reason.Code) : ["allowed"])
        {
            seen[code] = seen.GetValueOrDefault(code) + 1;
        }
    }

    /// <summary>Whatever grows, a decision does not: no part reads a table or an index from end to end.</summary>
    private static async Task AssertLooksUpAsync(StorageOptions storage)
    {
        await using var connection = Databases.ForReading(storage)();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        var types = string.Join(", ", Enumerable.Repeat("text[]", 9));
        command.CommandText = $"prepare facts ({types}, timestamptz) as {FactsStatement.Postgres}";
        await command.ExecuteNonQueryAsync();
        var values = string.Join(", ", Enumerable.Repeat("'{a,b}'", 9));
        command.CommandText = $"explain (costs off) execute facts ({values}, now())";
        await using var lines = await command.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await lines.ReadAsync())
        {
            plan.Add(lines.GetString(0));
        }
        var scans = plan.Index().Where(line => line.Item.Contains("Scan using", StringComparison.Ordinal)).ToList();
        Assert.True(scans.Count > 15, string.Join('\n', plan));
        Assert.All(scans, scan => Assert.Contains("Index Cond", plan[scan.Index + 1], StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan", StringComparison.Ordinal) || line.Contains("Hash", StringComparison.Ordinal));
    }

    private static string Say(Decision decision) =>
        decision is Decision.Deny deny ? $"{string.Join(", ", deny.Reasons.InOrder().Select(reason => reason.Code))} until {deny.HoldsUntil:u}" : $"{decision}";

    private static async Task StoreAsync(EntitlementsDb db, StoredWorld[] worlds)
    {
        db.AddRange(worlds.SelectMany(world => world.FirstRows));
        await db.SaveChangesAsync();
        db.AddRange(worlds.SelectMany(world => world.SecondRows()));
        await db.SaveChangesAsync();
        foreach (var world in worlds)
        {
            await world.SpoilAsync(db);
        }
        db.ChangeTracker.Clear();
    }

    private async Task<EntitlementsDb> OpenAsync(string database, string file)
    {
        EntitlementsDb db;
        if (database == EachDatabase.Postgres)
        {
            var options = new DbContextOptionsBuilder<PostgresEntitlementsDb>();
            Databases.UsePostgres(options, await postgres.CreateDatabaseAsync());
            db = new PostgresEntitlementsDb(options.Options);
        }
        else
        {
            var options = new DbContextOptionsBuilder<SqliteEntitlementsDb>();
            Databases.UseSqlite(options, $"Data Source={file};Pooling=False");
            db = new SqliteEntitlementsDb(options.Options);
        }
        await db.Database.MigrateAsync();
        return db;
    }
}
