using System.Net;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Issuance;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Entitlements.Gateway.Tests.Races;

/// <summary>Who was first, and what came in between.</summary>
public sealed class RedeemRaceTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "21")]
    public async Task Abuse_21_of_fifty_parallel_redemptions_one_wins(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var token = await world.TokenAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => world.RedeemAsync(token)));
        Assert.Equal(1, answers.Count(a => a.StatusCode == HttpStatusCode.Created));
        Assert.Equal(49, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(a => a.Kind == "entitlement.redeemed")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_revocation_between_facts_and_record_leaves_nothing(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await world.ReviseAsync(_ => Task.CompletedTask); // the guard has a row
        await using var scope = world.Gateway.Services.CreateAsyncScope();
        var (judgement, rows) = await JudgeAsync(world, scope.ServiceProvider);
        await world.EndAssignmentAsync();
        Assert.Equal(GuardedOutcome.Overtaken, await scope.ServiceProvider.GetRequiredService<GuardedInsert>().TryAsync("north", judgement.Truth, rows));
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.Redemptions.CountAsync()));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_very_first_revocation_of_a_tenant_is_no_exception(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await using var scope = world.Gateway.Services.CreateAsyncScope();
        var (judgement, rows) = await JudgeAsync(world, scope.ServiceProvider);
        Assert.Equal(0, judgement.Truth.TenantGuard);
        await world.EndAssignmentAsync();
        Assert.Equal(GuardedOutcome.Overtaken, await scope.ServiceProvider.GetRequiredService<GuardedInsert>().TryAsync("north", judgement.Truth, rows));
    }

    /// <summary>So that what is said above holds for every one of them.</summary>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Each_way_to_take_a_right_away_raises_a_guard(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var entitlement = $"/v1/entitlements/{(await world.IssueAsync())["id"]}";
        var because = new { reason = "lost phone" };
        var refused = new
        {
            outcome = "refused",
            in_force_until = DateTimeOffset.UnixEpoch.AddYears(100),
            reason = "looked at it",
        };
        foreach (
            var (by, method, path, body) in new (string, HttpMethod, string, object?)[]
            {
                ("north-dpo", HttpMethod.Delete, entitlement, null),
                ("north-app-owner", HttpMethod.Post, "/v1/apps/recorder/releases/1.0/android/yank", because),
                ("north-app-owner", HttpMethod.Post, "/v1/apps/recorder/releases/1.0/android/suspend", because),
                ("north-app-owner", HttpMethod.Post, "/v1/apps/recorder/withdraw", because),
                ("north-app-owner", HttpMethod.Post, "/v1/apps/recorder/suspend", because),
                ("north-app-owner", HttpMethod.Put, "/v1/apps/recorder/assessments/north", refused),
                ("north-role-admin", HttpMethod.Delete, "/v1/tenants/north/devices/phone", null),
                ("north-role-admin", HttpMethod.Post, "/v1/tenants/north/subjects/officer/suspend", because),
                ("north-role-admin", HttpMethod.Delete, "/v1/tenants/north/roles/negotiator/assignments/officer", null),
                ("north-role-admin", HttpMethod.Delete, "/v1/tenants/north/subjects/officer", null),
                ("north-app-owner", HttpMethod.Delete, "/v1/apps/recorder/rules/north", null),
                ("north-role-admin", HttpMethod.Delete, "/v1/tenants/north/roles/negotiator", null),
                ("north-app-owner", HttpMethod.Post, "/v1/apps/recorder/recall", because),
                ("north-app-owner", HttpMethod.Post, "/v1/apps/recorder/recall", new { because.reason, tenants = new[] { "*" } }),
                ("platform-admin-1", HttpMethod.Delete, "/v1/clients/store", null),
            }
        )
        {
            using var http = world.Gateway.As(by);
            var seen = (await http.GetAsync(path)).Headers.ETag?.Tag;
            var done = await http.WriteAsync(method, method == HttpMethod.Delete ? $"{path}?reason=over" : path, body, seen);
            Assert.True(done.IsSuccessStatusCode, $"{path}: {await done.Content.ReadAsStringAsync()}");
            Assert.True((long)(await done.ShouldBeAsync(HttpStatusCode.OK))["revision"]! == await GuardAsync(world), path);
        }
    }

    private static Task<long> GuardAsync(IssuingWorld world) =>
        world.Gateway.InDatabaseAsync(async db =>
            Math.Max(
                await db.Set<TenantGuardRow>().Where(g => g.Tenant == "north").Select(g => g.Rev).SingleAsync(),
                await db.Set<GlobalGuardRow>().Select(g => g.Rev).SingleAsync()
            )
        );

    /// <summary>The revocation holds the guard while the statement begins: it waits, and sees what was committed.</summary>
    [Fact]
    public async Task A_statement_that_met_a_revocation_under_way_waits_for_it_and_yields()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Postgres);
        await world.ReviseAsync(_ => Task.CompletedTask);
        await using var scope = world.Gateway.Services.CreateAsyncScope();
        var (judgement, rows) = await JudgeAsync(world, scope.ServiceProvider);
        var database = await world.Gateway.InDatabaseAsync(db => Task.FromResult(db.Database.GetConnectionString()!));
        await using var revoker = new NpgsqlConnection(database);
        await revoker.OpenAsync();
        await using var transaction = await revoker.BeginTransactionAsync();
        await using (var raise = new NpgsqlCommand("update tenant_guard set rev = rev + 1 where tenant = 'north'", revoker, transaction))
        {
            await raise.ExecuteNonQueryAsync();
        }
        var trying = scope.ServiceProvider.GetRequiredService<GuardedInsert>().TryAsync("north", judgement.Truth, rows);
        await UntilSomebodyWaitsAsync(database);
        await transaction.CommitAsync();
        Assert.Equal(GuardedOutcome.Overtaken, await trying);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task While_revocations_and_grants_race_no_token_is_redeemed_after_the_last_one(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var tokens = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.TokenAsync()));
        var redeeming = tokens.Select(token => world.RedeemAsync(token)).ToList();
        await world.EndAssignmentAsync();
        var spentAtEnd = await world.Gateway.InDatabaseAsync(db => db.Redemptions.CountAsync());
        await Task.WhenAll(redeeming);
        Assert.Equal(spentAtEnd, await world.Gateway.InDatabaseAsync(db => db.Redemptions.CountAsync()));
    }

    private static async Task<(Judgement, object[])> JudgeAsync(IssuingWorld world, IServiceProvider services)
    {
        var id = (string)(await world.IssueAsync())["id"]!;
        var records = services.GetRequiredService<EntitlementRecords>();
        var judgement = await records.JudgeAsync((await records.FindAsync(id))!);
        Assert.True(judgement!.MayBegin);
        var now = judgement.Judged.At;
        return (
            judgement,
            [
                new RedemptionRow
                {
                    Entitlement = id,
                    Session = new string('a', 32),
                    RedeemedAt = now,
                    LastByteAt = now,
                },
            ]
        );
    }

    private static async Task UntilSomebodyWaitsAsync(string database)
    {
        await using var watcher = new NpgsqlConnection(database);
        await watcher.OpenAsync();
        await using var waiting = new NpgsqlCommand("select exists (select 1 from pg_locks where not granted)", watcher);
        while (await waiting.ExecuteScalarAsync() is not true)
        {
            await Task.Yield();
        }
    }
}
