using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Entitlements.Gateway.Tests.Consistency;

/// <summary>A commit counts only where a standby has it, too. These tests set a whole server up to wait for a standby that never comes, so it is their own.</summary>
public sealed class DurabilityTests : IAsyncLifetime
{
    private readonly PostgresServer _server = new();
    private string _database = "";

    public async ValueTask InitializeAsync() => _database = await _server.CreateDatabaseAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public void A_database_that_does_not_replicate_as_promised_is_refused_at_the_start()
    {
        var gate = new DurabilityGate(Microsoft.Extensions.Options.Options.Create(new StorageOptions { Provider = DatabaseProvider.Postgres }));
        var refused = Assert.Throws<SettingsException>(() => new LeaseTable(_database, TimeSpan.FromSeconds(2), gate, "test"));
        Assert.Contains("synchronous_standby_names", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Abuse", "83")]
    public async Task A_primary_that_stops_waiting_for_its_standby_grants_no_more_leases()
    {
        await using var session = await OpenAsync();
        await ExecuteAsync(session, "create table replica_lease (inc uuid primary key, replica text, seq bigint, conf bigint)");
        await ExecuteAsync(session, "create table authz_rev as select 0::bigint as rev");
        await ExecuteAsync(session, "create table installation as select null::timestamptz as safe_mode_since, 0::bigint as recoveries");
        var gate = new DurabilityGate(Microsoft.Extensions.Options.Options.Create(new StorageOptions { Provider = DatabaseProvider.Postgres }));
        await WaitForStandbyAsync(session, "ghost");
        using var table = new LeaseTable(_database, TimeSpan.FromSeconds(2), gate, "test");
        await WaitForStandbyAsync(session, "");
        var inc = Guid.NewGuid();
        table.Claim(inc);
        Assert.Throws<NoLeaseException>(() => table.Renew(inc, -1));
    }

    [Fact]
    [Trait("Abuse", "83")]
    public async Task Every_commit_is_waited_for_whatever_the_role_has_set()
    {
        await using var owner = await OpenAsync();
        await ExecuteAsync(owner, "alter role postgres set synchronous_commit = off");
        await using var gateway = await TestGateway.StartAsync(_database);
        var set = await gateway.InDatabaseAsync(db =>
            db.Database.SqlQueryRaw<string>("select current_setting('synchronous_commit') as \"Value\"").ToListAsync()
        );
        Assert.Equal(["on"], set);
    }

    [Theory]
    [InlineData("pg_cancel_backend")]
    [InlineData("pg_terminate_backend")]
    public async Task A_commit_whose_wait_for_the_standby_is_broken_off_is_no_commit(string by)
    {
        await using var gateway = await TestGateway.StartAsync(_database);
        await using var session = await OpenAsync();
        await WaitForStandbyAsync(session, "ghost");
        Task<bool> WriteAsync() =>
            Task.Run(async () =>
            {
                await using var scope = gateway.Services.CreateAsyncScope();
                return await scope
                    .ServiceProvider.GetRequiredService<Writes>()
                    .RecordAsync(write =>
                    {
                        write.Audit("test.doubtful", null, "test", "doubt");
                        return Task.FromResult(true);
                    });
            });
        var writing = WriteAsync();
        const string Waiting =
            "from pg_stat_activity where datname = current_database() and wait_event = 'SyncRep' and application_name <> 'entitlements-lease' and pid <> pg_backend_pid()";
        await Replicas.UntilAsync(async () =>
        {
            if (writing.IsCompleted) // it waits for nobody until the server's checkpointer has heard of the standby
            {
                await writing;
                writing = WriteAsync();
            }
            return await ScalarAsync(session, $"select count(*) {Waiting}") is > 0L;
        });
        await ScalarAsync(session, $"select {by}(pid) {Waiting}");
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => writing);
        await WaitForStandbyAsync(session, "");
    }

    [Fact]
    [Trait("Abuse", "83")]
    public async Task The_applications_role_needs_no_right_to_alter_the_schema()
    {
        await using var owner = await OpenAsync();
        await ExecuteAsync(
            owner,
            """
            create role app login;
            alter default privileges in schema public grant select, insert, update, delete on tables to app;
            grant usage on schema public to app;
            """
        );
        var asApp = new NpgsqlConnectionStringBuilder(_database) { Username = "app" }.ConnectionString;
        await using var gateway = await TestGateway.StartAsync(asApp, ("ConnectionStrings:Migrations", _database));
        Assert.Equal(System.Net.HttpStatusCode.OK, (await gateway.Anonymous().GetAsync("/health/ready")).StatusCode);
        await using var app = new NpgsqlConnection(asApp);
        await app.OpenAsync();
        foreach (var forbidden in new[] { "create table mine (a int)", "alter table bar drop column kind", "drop table audit_event", "set role postgres" })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(app, forbidden));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var session = new NpgsqlConnection(_database);
        await session.OpenAsync();
        await ExecuteAsync(session, "set synchronous_commit = local"); // the test's own writes wait for nobody
        return session;
    }

    private static async Task WaitForStandbyAsync(NpgsqlConnection session, string names)
    {
        await ExecuteAsync(session, $"alter system set synchronous_standby_names = '{names}'");
        await ExecuteAsync(session, "select pg_reload_conf()");
        await Replicas.UntilAsync(async () => await ScalarAsync(session, "select current_setting('synchronous_standby_names')") is string now && now == names);
    }

    private static async Task ExecuteAsync(NpgsqlConnection session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        return await command.ExecuteScalarAsync();
    }
}
