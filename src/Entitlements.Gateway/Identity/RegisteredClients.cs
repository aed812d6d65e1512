using System.Collections.Frozen;
using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text.Json;
using BitFaster.Caching.Lru;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>Registrations of clients by memory, then by the database. As with decisions, what is remembered counts only while the view covers it.</summary>
internal sealed class RegisteredClients(IServiceScopeFactory scopes, Replica replica, IOptions<StorageOptions> storage)
{
    /// <summary>At about 2 KiB each.</summary>
    private const int Most = 10_000;

    /// <summary>Seconds.</summary>
    private const int Patience = 3;

    private const string Statement = $"""
        select r.rev, {LeaseTable.Timeline}, c.tenants, c.scopes, c.functions, c.service_subject, c.person, c.version
        from authz_rev r left join client c on c.issuer = @issuer and c.client_id = @client
        where r.one
        """;

    private readonly ConcurrentLru<(string Issuer, string ClientId), Reading> _memory = new(
        Environment.ProcessorCount,
        Most,
        EqualityComparer<(string, string)>.Default
    );

    /// <summary>The registration, or null where there is none; that is asked each time.</summary>
    /// <exception cref="NoLeaseException">There is no lease, or another database answered than the one that granted it.</exception>
    /// <param name="needsLease">False where it may turn out to be a person's token: without a lease the row is then read as it stands.</param>
    public async ValueTask<Registration?> FindAsync(string issuer, string clientId, bool needsLease)
    {
        if (!storage.Value.IsCached || (!needsLease && replica.Current is null))
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<EntitlementsDb>();
            return await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.Issuer == issuer && c.ClientId == clientId) is { } row ? new(row) : null;
        }
        var view = await replica.ViewAsync();
        if (_memory.TryGet((issuer, clientId), out var known) && view.Covers(known.Timeline, known.Revision, known.Evidence))
        {
            return known.Found;
        }
        var reading = await ReadAsync(issuer, clientId);
        if (reading.Timeline != view.Timeline || reading.Revision < view.Applied)
        {
            throw new NoLeaseException("The database that answered is not the primary that granted the lease.");
        }
        if (reading.Found is not null)
        {
            _memory.AddOrUpdate((issuer, clientId), reading);
        }
        return reading.Found;
    }

    /// <summary>Row, revision and timeline in one statement, so from one snapshot.</summary>
    private async Task<Reading> ReadAsync(string issuer, string clientId)
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<EntitlementsDb>().Database;
        await database.OpenConnectionAsync(); // given back with the scope
        await using var command = database.GetDbConnection().CreateCommand();
        command.CommandText = Statement;
        command.CommandTimeout = Patience; // a database that hangs is one that is away
        foreach (var (name, value) in new[] { ("issuer", issuer), ("client", clientId) })
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        await command.PrepareAsync();
        await using var found = await command.ExecuteReaderAsync();
        return await found.ReadAsync() ? ReadingOf(issuer, clientId, found) : throw new InvalidOperationException("The database has no revision.");
    }

    private static Reading ReadingOf(string issuer, string clientId, DbDataReader row) =>
        new(
            row.IsDBNull(2) ? null : new(RowOf(issuer, clientId, row)),
            row.GetInt64(0),
            row.GetString(1),
            [Evidence.Fingerprint(Evidence.Client(issuer, clientId)), Evidence.Fingerprint(Evidence.Everything)]
        );

    private static ClientRow RowOf(string issuer, string clientId, DbDataReader row) =>
        new()
        {
            Issuer = issuer,
            ClientId = clientId,
            Tenants = JsonSerializer.Deserialize<List<string>>(row.GetString(2))!,
            Scopes = JsonSerializer.Deserialize<List<string>>(row.GetString(3))!,
            Functions = JsonSerializer.Deserialize<List<string>>(row.GetString(4))!,
            ServiceSubject = row.IsDBNull(5) ? null : row.GetString(5),
            Person = row.IsDBNull(6) ? null : row.GetString(6),
            Version = row.GetInt64(7),
        };

    /// <param name="Evidence">Fingerprints of what a registration depends on.</param>
    private sealed record Reading(Registration? Found, long Revision, string Timeline, ulong[] Evidence);
}

/// <summary>One reading of a registration.</summary>
internal sealed record Registration(ClientRow Row)
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
        );
    }
}
