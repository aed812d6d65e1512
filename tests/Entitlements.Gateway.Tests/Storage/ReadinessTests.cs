using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Npgsql;

namespace Entitlements.Gateway.Tests.Storage;

public sealed class ReadinessTests(PostgresServer postgres)
{
    [Fact]
    public async Task A_host_whose_database_is_gone_lives_but_is_not_ready()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var gateway = await TestGateway.StartAsync(database);
        using var http = gateway.Anonymous();
        await (await http.GetAsync("/health/ready")).ShouldSayAsync(HttpStatusCode.OK, "Healthy");

        var builder = new NpgsqlConnectionStringBuilder(database);
        await using (var admin = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Database = "postgres", Pooling = false }.ConnectionString))
        {
            await admin.OpenAsync();
            await using var drop = new NpgsqlCommand($"drop database {builder.Database} with (force)", admin);
            await drop.ExecuteNonQueryAsync();
        }

        await (await http.GetAsync("/health/ready")).ShouldSayAsync(HttpStatusCode.ServiceUnavailable, "Unhealthy");
        await (await http.GetAsync("/health/live")).ShouldSayAsync(HttpStatusCode.OK, "Healthy");
    }
}

file static class HealthAnswers
{
    public static async Task ShouldSayAsync(this HttpResponseMessage answer, HttpStatusCode status, string word)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(word, await answer.Content.ReadAsStringAsync());
    }
}
