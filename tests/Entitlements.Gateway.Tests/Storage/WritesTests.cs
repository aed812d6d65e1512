using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Storage;

/// <summary>One suite on both databases: the revision counter, and that a write is all or nothing.</summary>
public sealed class WritesTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Parallel_writers_get_consecutive_revisions(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        var before = await RevisionAsync(gateway);
        var revisions = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => WriteAsync(gateway, scope => Task.FromResult(scope.Revision))));
        Assert.Equal(Enumerable.Range(1, 20).Select(i => before + i), revisions.Order());
        Assert.Equal(before + 20, await RevisionAsync(gateway));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_writer_that_waited_sees_what_the_one_before_it_wrote(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        var seen = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(i =>
                    WriteAsync(
                        gateway,
                        async scope =>
                        {
                            var others = await scope.Db.ResourceTypes.CountAsync(); // set-wise: must not use a snapshot from before the wait
                            scope.Db.ResourceTypes.Add(new() { Type = $"type-{i}" });
                            return others;
                        }
                    )
                )
        );
        Assert.Equal(Enumerable.Range(0, 10), seen.Order());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_abandoned_write_leaves_nothing_not_even_its_revision(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        var before = await RevisionAsync(gateway);
        await WriteAsync(
            gateway,
            async scope =>
            {
                scope.Db.ResourceTypes.Add(new() { Type = "gone" });
                scope.Audit("test", null, "test", "gone");
                await scope.RaiseGuardAsync("north");
                return scope.Abandon(0);
            }
        );
        Assert.Equal(before, await RevisionAsync(gateway));
        Assert.False(await gateway.InDatabaseAsync(db => db.ResourceTypes.AnyAsync(t => t.Type == "gone")));
        Assert.False(await gateway.InDatabaseAsync(db => db.AuditEvents.AnyAsync(a => a.Target == "gone")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_write_that_fails_keeps_neither_its_audit_record_nor_its_message(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await Assert.ThrowsAnyAsync<DbUpdateException>(() =>
            WriteAsync(
                gateway,
                scope =>
                {
                    scope.Audit("test", null, "test", "broken");
                    scope.Tell("test.broken", null, new { });
                    scope.Db.Assignments.Add(
                        new()
                        {
                            Tenant = "north",
                            Role = "no-such-role",
                            SubjectKey = -1,
                            NotBefore = scope.Now,
                        }
                    );
                    return Task.FromResult(0);
                }
            )
        );
        Assert.False(await gateway.InDatabaseAsync(db => db.AuditEvents.AnyAsync(a => a.Target == "broken")));
        Assert.False(await gateway.InDatabaseAsync(db => db.Outbox.AnyAsync(m => m.Kind == "test.broken")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Trying_out_shows_what_would_be_and_undoes_it(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        var during = await WriteAsync(
            gateway,
            scope =>
                scope.TryOutAsync(
                    () =>
                    {
                        scope.Db.ResourceTypes.Add(new() { Type = "tried" });
                        return Task.CompletedTask;
                    },
                    () => scope.Db.ResourceTypes.CountAsync(t => t.Type == "tried")
                )
        );
        Assert.Equal(1, during);
        Assert.False(await gateway.InDatabaseAsync(db => db.ResourceTypes.AnyAsync(t => t.Type == "tried")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Instants_come_back_as_they_were_written(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        var written = await WriteAsync(
            gateway,
            scope =>
            {
                scope.Audit("test.instant", null, "test", "instant");
                return Task.FromResult(scope.Now);
            }
        );
        Assert.Equal(written, await gateway.InDatabaseAsync(db => db.AuditEvents.Where(a => a.Kind == "test.instant").Select(a => a.At).SingleAsync()));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_schema_itself_refuses_what_must_not_be(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        Task Refused(string sql) =>
            Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => gateway.InDatabaseAsync(db => db.Database.ExecuteSqlRawAsync(sql)));
        await Refused("update role set restricted = (1 = 0) where administrative");
        await Refused("insert into authz_rev (one, rev) values ((1 = 0), 5)");
        await Refused("insert into artifact (sha256, size, blocks) values ('short', 1, 'x')");
        await Refused("update role_assignment set not_after = not_before");
    }

    [Fact]
    public async Task A_second_process_on_the_same_file_is_refused()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var second = new OneProcess(gateway.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<StorageOptions>>());
        Assert.Throws<StorageInUseException>(second.Take);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_outbox_delivers_each_message_once(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await WriteAsync(
            gateway,
            scope =>
            {
                scope.Tell("test.told", "north", new { });
                return Task.FromResult(0);
            }
        );
        var relay = gateway.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<OutboxRelay>().Single();
        await relay.RelayAsync();
        Assert.Equal(0, await relay.RelayAsync());
        Assert.True(await gateway.InDatabaseAsync(db => db.Outbox.AllAsync(m => m.DeliveredAt != null)));
    }

    [Fact]
    public async Task An_outbox_that_cannot_be_written_for_a_while_costs_neither_the_relay_nor_the_host()
    {
        await using var gateway = await postgres.StartGatewayAsync("Postgres");
        await gateway.InDatabaseAsync(db =>
            db.Database.ExecuteSqlRawAsync(
                """
                create sequence attempts;
                create function refuse() returns trigger language plpgsql as
                $$ begin if nextval('attempts') <= 2 then raise exception 'not now'; end if; return new; end $$;
                create trigger refuse before update on outbox for each statement execute function refuse();
                """
            )
        );
        await WriteAsync(
            gateway,
            scope =>
            {
                scope.Tell("test.told", "north", new { });
                return Task.FromResult(0);
            }
        );
        await Consistency.Replicas.UntilAsync(() => gateway.InDatabaseAsync(db => db.Outbox.AllAsync(m => m.DeliveredAt != null)));
        var relay = gateway.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<OutboxRelay>().Single();
        Assert.False(relay.ExecuteTask!.IsCompleted);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_a_revision_changed_is_kept_for_two_days(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await WriteAsync(gateway, _ => Task.FromResult(0));
        await WriteAsync(gateway, _ => Task.FromResult(0));
        var revision = await RevisionAsync(gateway);
        var old = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(49);
        await gateway.InDatabaseAsync(db => db.Set<InvalidationRow>().Where(i => i.Rev < revision).ExecuteDeleteAsync());
        await gateway.InDatabaseAsync(async db =>
        {
            db.Add(
                new InvalidationRow
                {
                    Rev = revision - 1,
                    Scopes = [],
                    At = old,
                }
            );
            await db.SaveChangesAsync();
        });
        await gateway.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<OutboxRelay>().Single().RelayAsync();
        Assert.Equal([revision], await gateway.InDatabaseAsync(db => db.Set<InvalidationRow>().Select(i => i.Rev).ToListAsync()));
    }

    private static async Task<T> WriteAsync<T>(TestGateway gateway, Func<WriteScope, Task<T>> act)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<Writes>().ReviseAsync(act)).Outcome;
    }

    private static Task<long> RevisionAsync(TestGateway gateway) => gateway.InDatabaseAsync(db => db.Set<RevisionRow>().Select(r => r.Rev).SingleAsync());
}
