using Entitlements.Gateway.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Gateways;

/// <summary>One suite, both databases: <c>[Theory, ClassData(typeof(EachDatabase))]</c> gives "Sqlite" and "Postgres".</summary>
public sealed class EachDatabase : TheoryData<string>
{
    public const string Sqlite = nameof(Sqlite);
    public const string Postgres = nameof(Postgres);

    public EachDatabase()
    {
        Add(Sqlite);
        Add(Postgres);
    }
}

internal static class EachDatabaseGateways
{
    /// <summary>A gateway on a fresh database of the kind.</summary>
    public static async Task<TestGateway> StartGatewayAsync(this PostgresServer postgres, string database, params (string Key, string Value)[] settings) =>
        await postgres.StartGatewayAsync(services: null, database, settings);

    /// <inheritdoc cref="StartGatewayAsync(PostgresServer, string, ValueTuple{string, string}[])"/>
    public static async Task<TestGateway> StartGatewayAsync(
        this PostgresServer postgres,
        Action<IServiceCollection>? services,
        string database,
        params (string Key, string Value)[] settings
    ) => await TestGateway.StartAsync(services, database == EachDatabase.Postgres ? await postgres.CreateDatabaseAsync() : null, settings);
}
