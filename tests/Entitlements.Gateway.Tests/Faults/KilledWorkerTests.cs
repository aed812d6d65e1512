using System.Net;
using System.Text.Json;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Entitlements.Gateway.Tests.Faults;

/// <summary>Two gateway processes tidy up, one of them is killed again and again in the middle of it: at the end everything happened, and once.</summary>
[Trait("Suite", "faults")]
public sealed class KilledWorkerTests(PostgresServer postgres)
{
    private const int Ends = 600;
    private const int Requests = 120;
    private const int Kills = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Killing_a_worker_half_way_loses_and_doubles_nothing()
    {
        await using var gateway = await TestGateway.StartAsync(
            services =>
            {
                services.RemoveWorkers(typeof(OutboxRelay), typeof(DeliveryWorker));
                services.Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore); // one is stopped below
            },
            await postgres.CreateDatabaseAsync(),
            ("Webhooks:AllowedNetworks:0", "127.0.0.1/32")
        );
        await gateway.Services.GetRequiredService<RequestClock>().StopAsync(CancellationToken.None); // the work is left to the processes
        await using var receiver = await Receiver.StartAsync();
        using (var admin = gateway.As("north-role-admin"))
        {
            string[] kinds = ["assignment.expired", "request.*"];
            await (await admin.PutAsync("/v1/tenants/north/webhooks/hook", new { url = $"{receiver.Url}/hook", kinds })).ShouldBeAsync(HttpStatusCode.OK);
        }
        await gateway.InDatabaseAsync(db => ArrangeAsync(db, gateway.Issuer.Authority));
        await using var first = await GatewayReplica.JoinAsync(gateway, settings: ("Webhooks:AllowedNetworks:0", "127.0.0.1/32"));
        await using var second = await GatewayReplica.JoinAsync(gateway, settings: ("Webhooks:AllowedNetworks:0", "127.0.0.1/32"));
        var stages = new Func<EntitlementsDb, Task<int>>[]
        {
            db => db.Assignments.CountAsync(a => a.EndTold),
            db => db.Outbox.CountAsync(m => m.DeliveredAt != null),
            db => db.Deliveries.CountAsync(d => d.State == DeliveryState.Delivered),
        };
        for (var kill = 0; kill < Kills; kill++)
        {
            var (stage, victim) = (stages[kill * stages.Length / Kills], kill % 2 == 0 ? first : second);
            var before = await gateway.InDatabaseAsync(stage);
            await UntilAsync(gateway, async db => await stage(db) > before || await IsDoneAsync(db));
            await victim.KillAsync();
            await victim.StartAsync();
        }
        await UntilAsync(gateway, db => db.Deliveries.AllAsync(d => d.SettledAt != null || d.Claim != null)); // all but what the dead had claimed
        await gateway.InDatabaseAsync(db =>
            db.Deliveries.Where(d => d.Claim != null).ExecuteUpdateAsync(d => d.SetProperty(x => x.NextAt, DateTimeOffset.UnixEpoch))
        ); // three minutes pass
        await UntilAsync(gateway, IsDoneAsync);

        await gateway.InDatabaseAsync(AssertOnceAsync);
        var told = await gateway.InDatabaseAsync(db => db.Deliveries.AsNoTracking().ToListAsync());
        Assert.All(told, delivery => Assert.Equal(DeliveryState.Delivered, delivery.State));
        var got = receiver.All.ToLookup(r => r.Id);
        Assert.Equal(told.Select(d => d.Message).Order(StringComparer.Ordinal), got.Select(g => g.Key).Order(StringComparer.Ordinal));
        Assert.All(got, same => Assert.Single(same.Select(r => r.Body).Distinct(StringComparer.Ordinal)));
    }

    /// <summary>One record and one message for each end, each request and each reminder, and one delivery for each message.</summary>
    private static async Task AssertOnceAsync(EntitlementsDb db)
    {
        Assert.Equal(Ends, await db.Assignments.CountAsync(a => a.EndTold));
        await AssertRecordsAsync(db, "assignment.expired", Ends);
        await AssertRecordsAsync(db, "request.expired", Requests);
        var messages = await db.Outbox.Where(m => m.Kind == "assignment.expired" || m.Kind.StartsWith("request.")).ToListAsync();
        Assert.Equal(Ends, messages.Where(m => m.Kind == "assignment.expired").Select(m => m.Payload).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(Requests, messages.Where(m => m.Kind == "request.decided").Select(m => m.Payload).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(Requests, messages.Where(m => m.Kind == "request.reminder").Select(m => m.Payload).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(Ends + Requests + Requests, messages.Count);
        Assert.Equal(messages.Count, await db.Deliveries.CountAsync());
        Assert.Equal(Requests, await db.AccessRequests.CountAsync(r => r.Status == RequestStatus.Expired));
        Assert.Equal(Requests, await db.AccessRequests.CountAsync(r => r.IsOpen && r.State.Contains("\"reminders\":1")));
    }

    private static async Task AssertRecordsAsync(EntitlementsDb db, string kind, int each)
    {
        var targets = await db.AuditEvents.Where(e => e.Kind == kind).Select(e => e.Target).ToListAsync();
        Assert.Equal((each, each), (targets.Count, targets.Distinct(StringComparer.Ordinal).Count()));
    }

    private static async Task<bool> IsDoneAsync(EntitlementsDb db) =>
        await db.Assignments.CountAsync(a => a.EndTold) == Ends
        && !await db.AccessRequests.AnyAsync(r => r.IsOpen && r.DueAt <= TimeProvider.System.GetUtcNow())
        && !await db.Outbox.AnyAsync(m => m.DeliveredAt == null)
        && !await db.Deliveries.AnyAsync(d => d.SettledAt == null);

    private static async Task UntilAsync(TestGateway gateway, Func<EntitlementsDb, Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await gateway.InDatabaseAsync(holds))
        {
            await again.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>Assignments whose time is over, requests whose last hour has passed, and requests of which somebody is to be reminded.</summary>
    private static async Task ArrangeAsync(EntitlementsDb db, string issuer)
    {
        var now = TimeProvider.System.GetUtcNow();
        var policy = JsonSerializer.Serialize(
            new ApprovalPolicy([new([new(ApproverKind.Role, "approver")], 1, TimeSpan.FromHours(8))], TimeSpan.FromDays(1), TimeSpan.FromHours(8)),
            StoredJson.Options
        );
        db.Roles.Add(
            new()
            {
                Tenant = "north",
                Id = "asked-for",
                Name = "asked for",
                Restricted = true,
            }
        );
        db.Roles.Add(
            new()
            {
                Tenant = "north",
                Id = "held",
                Name = "held",
            }
        );
        db.Set<ApprovalPolicyRow>()
            .Add(
                new()
                {
                    Tenant = "north",
                    Role = "asked-for",
                    Policy = policy,
                }
            );
        var people = Enumerable.Range(0, Ends).Select(i => Person(issuer, i)).ToList();
        db.Subjects.AddRange(people);
        await db.SaveChangesAsync();
        db.Assignments.AddRange(people.Select(person => Held(person, now)));
        var over = new Deadlines(now.AddHours(-8), now.AddHours(-5), null, now.AddHours(-4));
        var running = new Deadlines(now.AddHours(-1), now.AddDays(5), null, now.AddDays(6));
        db.AccessRequests.AddRange(people.Take(Requests).Select(person => Asked(person, policy, now, over)));
        db.AccessRequests.AddRange(people.Skip(Requests).Take(Requests).Select(person => Asked(person, policy, now, running)));
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();
    }

    private static SubjectRow Person(string issuer, int number) =>
        new()
        {
            Tenant = "north",
            Issuer = issuer,
            Id = FormattableString.Invariant($"p-{number}"),
            Person = FormattableString.Invariant($"person-{number}"),
        };

    private static RoleAssignmentRow Held(SubjectRow person, DateTimeOffset now) =>
        new()
        {
            Tenant = "north",
            Role = "held",
            SubjectKey = person.Key,
            Source = AssignmentSource.Admin,
            NotBefore = now.AddDays(-2),
            NotAfter = now.AddMinutes(-1),
        };

    private static AccessRequestRow Asked(SubjectRow person, string policy, DateTimeOffset now, Deadlines deadlines)
    {
        var state = new RequestState.Pending(0, 1, false, deadlines);
        return new()
        {
            Id = FormattableString.Invariant($"req_{person.Key}"),
            Tenant = "north",
            SubjectKey = person.Key,
            Role = "asked-for",
            FiledBy = person.Id,
            Person = person.Person!,
            Reason = "on the rota",
            Answers = "{}",
            Policy = policy,
            PolicyVersion = 1,
            RoleVersion = 1,
            SubmittedAt = now.AddDays(-1),
            ExpiresAt = now.AddDays(7),
            State = JsonSerializer.Serialize<RequestState>(state, StoredJson.Options),
            Status = RequestStatus.Pending,
            IsOpen = true,
            DueAt = state.DueAt,
        };
    }
}
