using System.Collections.Frozen;
using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text.Json;
using BitFaster.Caching.Lru;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Entitlements.Gateway.Identity;

/// <summary>Registrations of clients by memory, then by the database. As with decisions, what is remembered counts only while the view covers it.</summary>
internal sealed class RegisteredClients
{
    /// <summary>At about 2 KiB each.</summary>
    private const int Most = 10_000;

    /// <summary>Seconds.</summary>
    private const int Patience = 3;

    private const string Statement = $"""
        select r.rev, {LeaseTable.Timeline}, c.tenants, c.scopes, c.functions, c.service_subject, c.person, c.version,
          (select coalesce(json_agg(json_build_array(t.id, t.exercise_of, t.exercise_until)), '[]')::text from tenant t where t.exercise_of is not null)
        from authz_rev r cross join unnest($1, $2) with ordinality as i (issuer, client, ask)
          left join client c on c.issuer = i.issuer and c.client_id = i.client
        where r.one order by i.ask
        """;

    private readonly ConcurrentLru<ClientName, Reading> _memory = new(Environment.ProcessorCount, Most, EqualityComparer<ClientName>.Default);
    private readonly Together<ClientName, Reading> _together;
    private readonly IServiceScopeFactory _scopes;
    private readonly Replica _replica;
    private readonly StorageOptions _storage;
    private readonly Func<DbConnection> _connect;

    public RegisteredClients(IServiceScopeFactory scopes, Replica replica, IOptions<StorageOptions> storage)
    {
        (_scopes, _replica, _storage) = (scopes, replica, storage.Value);
        _connect = Databases.ForReading(_storage);
        _together = new(ReadAsync);
    }

    /// <summary>The registration, or null where there is none; that is asked each time.</summary>
    /// <exception cref="NoLeaseException">There is no lease, or another database answered than the one that granted it.</exception>
    /// <param name="needsLease">False where it may turn out to be a person's token: without a lease the row is then read as it stands.</param>
    public async ValueTask<Registration?> FindAsync(string issuer, string clientId, bool needsLease)
    {
        if (!_storage.IsPostgres || (!needsLease && _replica.Current is null))
        {
            await using var scope = _scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<EntitlementsDb>();
            return await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.Issuer == issuer && c.ClientId == clientId) is { } row
                ? new(row, await ExercisesAsync(db))
                : null;
        }
        var view = await _replica.ViewAsync();
        var name = new ClientName(issuer, clientId);
        if (_storage.IsCached && _memory.TryGet(name, out var known) && view.Covers(known.Timeline, known.Revision, known.Evidence))
        {
            return known.Found;
        }
        var reading = await _together.AskAsync(name);
        if (reading.Timeline != view.Timeline || reading.Revision < view.Applied)
        {
            throw new NoLeaseException("The database that answered is not the primary that granted the lease.");
        }
        if (_storage.IsCached && reading.Found is not null)
        {
            _memory.AddOrUpdate(name, reading);
        }
        return reading.Found;
    }

    private static async Task<IReadOnlyList<RunningExercise>> ExercisesAsync(EntitlementsDb db) =>
        await db.Tenants.Where(t => t.ExerciseOf != null).Select(t => new RunningExercise(t.Id, t.ExerciseOf!, t.ExerciseUntil!.Value)).ToListAsync();

    /// <summary>Rows, revision and timeline in one statement, so from one snapshot.</summary>
    private async Task<Reading[]> ReadAsync(IReadOnlyList<ClientName> asked)
    {
        ClientName[] names = [.. asked.Distinct()];
        await using var connection = (NpgsqlConnection)_connect();
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(Statement, connection) { CommandTimeout = Patience }; // a database that hangs is one that is away
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(names, name => name.Issuer) });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(names, name => name.ClientId) });
        await command.PrepareAsync();
        await using var row = await command.ExecuteReaderAsync();
        var found = new Dictionary<ClientName, Reading>();
        while (await row.ReadAsync())
        {
            found.Add(names[found.Count], ReadingOf(names[found.Count], row));
        }
        return [.. asked.Select(name => found.GetValueOrDefault(name) ?? throw new InvalidOperationException("The database has no revision."))];
    }

    private static Reading ReadingOf(ClientName name, DbDataReader row) =>
        new(
            row.IsDBNull(2) ? null : new(RowOf(name, row), RunningExercise.Parse(row.GetString(8))),
            row.GetInt64(0),
            row.GetString(1),
            [
                Evidence.Fingerprint(Evidence.Client(name.Issuer, name.ClientId)),
                Evidence.Fingerprint(Evidence.Everything),
                Evidence.Fingerprint(Evidence.Exercises),
            ]
        );

    private static ClientRow RowOf(ClientName name, DbDataReader row) =>
        new()
        {
            Issuer = name.Issuer,
            ClientId = name.ClientId,
            Tenants = JsonSerializer.Deserialize<List<string>>(row.GetString(2))!,
            Scopes = JsonSerializer.Deserialize<List<string>>(row.GetString(3))!,
            Functions = JsonSerializer.Deserialize<List<string>>(row.GetString(4))!,
            ServiceSubject = row.IsDBNull(5) ? null : row.GetString(5),
            Person = row.IsDBNull(6) ? null : row.GetString(6),
            Version = row.GetInt64(7),
        };

    private readonly record struct ClientName(string Issuer, string ClientId);

    /// <param name="Evidence">Fingerprints of what a registration depends on.</param>
    private sealed record Reading(Registration? Found, long Revision, string Timeline, ulong[] Evidence);
}

/// <summary>An exercise that has not been deleted, of which force, and when it is over.</summary>
internal sealed record RunningExercise(string Id, string Of, DateTimeOffset Until)
{
    /// <param name="json">Arrays of the three.</param>
    public static IReadOnlyList<RunningExercise> Parse(string json)
    {
        if (json == "[]")
        {
            return [];
        }
        using var all = JsonDocument.Parse(json);
        return [.. all.RootElement.EnumerateArray().Select(one => new RunningExercise(one[0].GetString()!, one[1].GetString()!, one[2].GetDateTimeOffset()))];
    }
}

/// <summary>One reading of a registration.</summary>
internal sealed record Registration(ClientRow Row, IReadOnlyList<RunningExercise> Exercises)
{
    private readonly ConditionalWeakTable<VerifiedToken, Caller.Client> _callers = [];

    /// <summary>What it makes of a token; made once for each remembered one, for its sets are not for every request to build.</summary>
    public Caller.Client CallerOf(VerifiedToken token) => _callers.TryGetValue(token, out var known) ? known : _callers.GetValue(token, Make);

    private Caller.Client Make(VerifiedToken token)
    {
        var tenants = Row.Tenants.Where(token.ProviderTenants.Contains).ToList();
        return new(
            Row.Issuer,
            Row.ClientId,
            token.Scopes.Intersect(Row.Scopes).ToFrozenSet(),
            tenants,
            Row.Person,
            Row.Functions.Where(f => tenants.Contains(f[..f.IndexOf('/')])).ToFrozenSet()
        )
        {
            Exercises = Exercises.Where(e => tenants.Contains(e.Of)).ToFrozenDictionary(e => e.Id, e => e.Until, StringComparer.Ordinal),
        };
    }
}
