using Npgsql;

namespace Entitlements.Gateway.Tests.Servers;

public sealed class PostgresServerTests(PostgresServer server)
{
    [Fact]
    public async Task Each_caller_gets_an_empty_database_of_its_own()
    {
        var all = await Task.WhenAll(server.CreateDatabaseAsync(), server.CreateDatabaseAsync());
        foreach (var connection in all)
        {
            await using var database = new NpgsqlConnection(connection);
            await database.OpenAsync();
            await using var create = new NpgsqlCommand("CREATE TABLE once (id int)", database);
            await create.ExecuteNonQueryAsync();
        }
    }
}
