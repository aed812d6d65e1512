using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Telling.Webhooks;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Redis;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Exercises;

/// <summary>Nothing of an exercise is heard outside it, and no figure counts it.</summary>
public sealed class ExerciseSilenceTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task No_message_leaves_an_exercise_by_any_channel(string database)
    {
        await using var smtp = await SmtpServer.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        var unreached = new ConcurrentQueue<Undelivered>();
        await using var world = await StartAsync(database, smtp, unreached);
        await world.AddAsync("officer", "officer@north.example");
        await world.RegisterAsync(receiver.Url, kinds: ["*"]);
        var exercise = await StartExerciseAsync(world);
        await world.WorkAsync();
        var begun = receiver.All.Count;

        // as if somebody had put an address and a webhook there behind the product's back
        var copy = await world.Gateway.InDatabaseAsync(async db =>
        {
            await db.Subjects.Where(s => s.Tenant == exercise).ExecuteUpdateAsync(set => set.SetProperty(s => s.Email, "officer@north.example"));
            var inEarnest = await db.Webhooks.AsNoTracking().SingleAsync();
            db.Webhooks.Add(
                new()
                {
                    Tenant = exercise,
                    Id = "hook",
                    Url = inEarnest.Url,
                    Kinds = ["*"],
                    WrappedSecret = inEarnest.WrappedSecret,
                }
            );
            await db.SaveChangesAsync();
            return await db.Subjects.SingleAsync(s => s.Tenant == exercise && s.Id == "officer");
        });
        await world.TellAsync(copy.Key, PersonMessage.Decision, isUrgent: true, "req_drill");
        await world.TellAsync(copy.Key, PersonMessage.Answer, isUrgent: false, "req_drill");
        await world.TellAsync("test.happened", exercise);
        await world.WorkAsync();
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.Deliveries.CountAsync(d => d.Tenant == exercise)));
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.PersonMessages.CountAsync()));
        Assert.Equal(1, world.Log.CountOf($"EXERCISE, told to nobody: event test.happened of tenant {exercise}"));

        // the last door, should one before it ever stand open
        using var counts = new Counts(world.Gateway);
        await world.Gateway.InDatabaseAsync(async db =>
        {
            foreach (var channel in new[] { Channel.Webhook, Channel.Mail })
            {
                db.Deliveries.Add(
                    new()
                    {
                        Message = $"msg_{channel}",
                        Channel = channel,
                        Lane = channel == Channel.Webhook ? WebhookRow.LaneOf(exercise, "hook") : "mail",
                        Tenant = exercise,
                        Webhook = channel == Channel.Webhook ? "hook" : null,
                        SubjectKey = channel == Channel.Mail ? copy.Key : null,
                        Kind = channel == Channel.Webhook ? "test.happened" : nameof(PersonMessage.Answer),
                        Payload = "{}",
                        Reference = "req_drill",
                        At = world.Clock.GetUtcNow(),
                        Since = world.Clock.GetUtcNow(),
                        NextAt = world.Clock.GetUtcNow(),
                    }
                );
            }
            await db.SaveChangesAsync();
        });
        await world.WorkAsync();
        var settled = await world.Gateway.InDatabaseAsync(db => db.Deliveries.Where(d => d.Tenant == exercise).ToListAsync());
        Assert.All(settled, d => Assert.Equal((DeliveryState.Failed, "exercise"), (d.State, d.LastResult)));
        Assert.Equal(
            (2, 0, 0),
            (settled.Count, (int)counts.Of("entitlements.deliveries webhook failed"), (int)counts.Of("entitlements.deliveries mail failed"))
        );
        Assert.Empty(smtp.Mails);
        Assert.Empty(unreached);
        Assert.Equal(begun, receiver.All.Count);

        await world.TellAsync(); // and in earnest all of it works
        await world.WorkAsync();
        Assert.Equal(begun + 1, receiver.All.Count);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task No_figure_counts_an_exercise_and_no_alarm_rises(string database)
    {
        await using var world = await StartAsync(database, null, [], ("Access:EnumerationThreshold", "1"));
        await world.Gateway.InDatabaseAsync(async db =>
        {
            db.Apps.Add(
                new()
                {
                    Type = "app",
                    Id = "recorder",
                    Skeleton = "recorder",
                    Owner = "north",
                    Name = "Recorder",
                }
            );
            db.Rules.Add(
                new()
                {
                    Tenant = "north",
                    Type = "app",
                    App = "recorder",
                    Action = "download",
                    InForceUntil = DateTimeOffset.UnixEpoch.AddYears(99),
                    Roles = ["auditor"], // restricted
                }
            );
            db.AccreditationSources.Add(
                new()
                {
                    Tenant = "north",
                    Id = "training",
                    Accreditations = ["refresher"],
                    ReportEvery = TimeSpan.FromDays(3650),
                    RegisteredAt = world.Clock.GetUtcNow(),
                }
            );
            await db.SaveChangesAsync();
        });
        await world.Gateway.RegisterClientAsync("store", ["north"], Scopes.Evaluate);
        var exercise = await StartExerciseAsync(world);
        var decided = 0;
        using var listener = Decisions(world.Gateway, () => decided++);
        using var store = world.Gateway.AsClient("store", Scopes.Evaluate);
        string[] people = ["north-auditor", "north-dpo", "north-app-owner"];
        await AskAsync(exercise);
        Assert.Equal((0, 0, 0), (decided, await ListedAsync(), await world.AuditsAsync("alarm.enumeration")));
        Assert.Equal(people.Length, await world.AuditsAsync("decision.attempted")); // the drill is looked at afterwards
        await AskAsync("north");
        Assert.Equal((2 * people.Length, 1, 1), (decided, await ListedAsync(), await world.AuditsAsync("alarm.enumeration")));

        await world.Gateway.InDatabaseAsync(db =>
            db.AccreditationSources.Where(s => s.Tenant == exercise).ExecuteUpdateAsync(set => set.SetProperty(s => s.ReportEvery, TimeSpan.Zero))
        );
        Assert.Equal(0, await ActivatorUtilities.CreateInstance<AccreditationWatch>(world.Gateway.Services).LookForStaleAsync());
        await world.Gateway.InDatabaseAsync(db => db.Roles.Where(r => r.Tenant != exercise).ExecuteUpdateAsync(set => set.SetProperty(r => r.Deleted, true)));
        Assert.Empty(await world.Gateway.InDatabaseAsync(db => DueReviews.FindAsync(db, world.Clock.GetUtcNow(), 100)));

        async Task AskAsync(string tenant)
        {
            foreach (var purpose in new[] { "attempt", "listing" })
            {
                foreach (var person in people)
                {
                    var question = new
                    {
                        subject = new { type = "user", id = person },
                        action = new { name = "download" },
                        resource = new { type = "app", id = "recorder" },
                        context = new { tenant, purpose },
                    };
                    await (await store.PostAsJsonAsync("/access/v1/evaluation", question)).ShouldBeAsync(HttpStatusCode.OK);
                }
            }
        }

        Task<int> ListedAsync() => world.Gateway.InDatabaseAsync(db => db.ListingCounts.CountAsync());
    }

    private static System.Diagnostics.Metrics.MeterListener Decisions(TestGateway gateway, System.Action decided)
    {
        var scope = gateway.Services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, ear) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, scope) && instrument.Name == "entitlements.decision.duration")
                {
                    ear.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => decided());
        listener.Start();
        return listener;
    }

    private static async Task<string> StartExerciseAsync(TellingWorld world)
    {
        var answer = await world.Admin.PostAsJsonAsync(
            "/v1/tenants/north/exercises",
            new
            {
                name = "Night drill",
                until = world.Clock.GetUtcNow().AddDays(1),
                reason = "twice a year",
            }
        );
        return (string)(await answer.ShouldBeAsync(HttpStatusCode.Created))["exercise"]!;
    }

    private Task<TellingWorld> StartAsync(string database, SmtpServer? smtp, ConcurrentQueue<Undelivered> unreached, params (string, string)[] settings) =>
        TellingWorld.StartAsync(
            postgres,
            database,
            services =>
                services.WhenUndelivered(
                    (_, _, undelivered) =>
                    {
                        unreached.Enqueue(undelivered);
                        return Task.CompletedTask;
                    }
                ),
            smtp is null
                ? settings
                :
                [
                    .. settings,
                    ("Smtp:Host", "127.0.0.1"),
                    ("Smtp:Port", smtp.Port.ToString(CultureInfo.InvariantCulture)),
                    ("Smtp:Security", "None"),
                    ("Smtp:From", "entitlements@north.example"),
                ]
        );
}
