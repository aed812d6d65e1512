using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Races;

/// <summary>Two replicas' clocks and many reviewers: each effect once, and each item has the one outcome that was told.</summary>
public sealed class ReviewRaceTests(PostgresServer postgres)
{
    [Fact]
    public async Task Two_replicas_open_what_is_due_once()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => ClockOf(replicas.All[i % 2]).OpenAsync()));
        var roles = await replicas.First.InDatabaseAsync(db => db.Reviews.Select(r => new { r.Tenant, r.Role }).ToListAsync());
        Assert.NotEmpty(roles);
        Assert.Equal(roles.Distinct().Count(), roles.Count);
        Assert.Equal(roles.Count, opened.Sum());
        Assert.Equal(roles.Count, await replicas.First.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Kind == "review.opened")));
    }

    [Fact]
    public async Task Of_an_answer_and_the_end_one_wins_for_each_item_and_the_answer_says_which()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var people = Enumerable.Range(0, 60).Select(i => $"holder-{i}").ToList();
        await replicas.First.InDatabaseAsync(async db =>
        {
            db.Roles.Add(
                new()
                {
                    Tenant = "north",
                    Id = "negotiator",
                    Name = "Negotiator",
                    Restricted = true,
                }
            );
            await db.SaveChangesAsync();
        });
        foreach (var person in people)
        {
            await replicas.First.AddPersonAsync("north", person, "negotiator");
        }
        using var admin = replicas.First.As("north-role-admin");
        var review = (string)
            (await (await admin.PostAsJsonAsync("/v1/reviews", new { role = "negotiator", reason = "race" })).ShouldBeAsync(HttpStatusCode.Created))["review"]!;
        var end = TimeProvider.System.GetUtcNow().AddMilliseconds(250).Cut(); // somewhere among the answers
        await replicas.First.InDatabaseAsync(db =>
            db.Reviews.Where(r => r.Id == review).ExecuteUpdateAsync(set => set.SetProperty(r => r.EndsAt, end).SetProperty(r => r.DueAt, end))
        );
        var clocks = Task.WhenAll(replicas.All.Select(replica => UntilClosedAsync(replica, review)));
        var answers = await Task.WhenAll(Enumerable.Range(1, people.Count).Select(number => AnswerAsync(replicas.All[number % 2], review, number)));
        await clocks;

        var items = await replicas.First.InDatabaseAsync(db => db.ReviewItems.AsNoTracking().Where(i => i.Review == review).ToListAsync());
        var suspended = await replicas.First.InDatabaseAsync(db =>
            db.Assignments.Where(a => a.Role == "negotiator" && a.Suspended).Select(a => a.Id).ToListAsync()
        );
        foreach (var item in items)
        {
            var isKept = answers[item.Number - 1] == HttpStatusCode.OK;
            Assert.Equal(isKept ? ReviewItemStatus.Kept : ReviewItemStatus.Unanswered, item.Status);
            Assert.Equal(!isKept, suspended.Contains(item.Assignment));
        }
        Assert.Equal(
            suspended.Count,
            await replicas.First.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Kind == "assignment.suspended" && e.Details.Contains(review)))
        );
        Assert.Equal(1, await replicas.First.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Kind == "review.closed" && e.Target == review)));
    }

    private static async Task<HttpStatusCode> AnswerAsync(TestGateway replica, string review, int number)
    {
        using var http = replica.As("north-approver-1");
        var body = new
        {
            items = new[] { FormattableString.Invariant($"{review}.{number}") },
            decision = "keep",
            reason = "race",
        };
        HttpResponseMessage? answer = null;
        await Replicas.UntilAsync(async () =>
            (answer = await http.PostAsJsonAsync($"/v1/reviews/{review}/decisions", body)).StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict
        );
        return answer!.StatusCode;
    }

    private static Task UntilClosedAsync(TestGateway replica, string review) =>
        Replicas.UntilAsync(async () =>
        {
            await ClockOf(replica).EndAsync();
            return await replica.InDatabaseAsync(db => db.Reviews.AnyAsync(r => r.Id == review && r.ClosedAt != null));
        });

    private static ReviewClock ClockOf(TestGateway replica) => ActivatorUtilities.CreateInstance<ReviewClock>(replica.Services);
}
