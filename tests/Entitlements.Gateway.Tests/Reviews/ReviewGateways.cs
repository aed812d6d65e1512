using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Requests;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Reviews;

/// <summary>A gateway on each database, with a clock in the test's hands, shared by the review suites: every test names its own people and roles. The officers are not reviewed here.</summary>
public sealed class ReviewGateways(PostgresServer postgres) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<ReviewWorld>> _worlds = new(StringComparer.Ordinal);

    internal Task<ReviewWorld> OnAsync(string database) => _worlds.GetOrAdd(database, key => ReviewWorld.StartAsync(postgres, key, reviewsOfficers: false));

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _worlds.Values)
        {
            await (await started).DisposeAsync();
        }
    }
}

[CollectionDefinition(nameof(ReviewGateways))]
public sealed class ReviewCollection : ICollectionFixture<ReviewGateways>;

/// <summary>What reviewers of north do, and the clock.</summary>
internal sealed class ReviewWorld(RequestWorld requests) : IAsyncDisposable
{
    public RequestWorld Requests { get; } = requests;
    public TestGateway Gateway => Requests.Gateway;

    public static async Task<ReviewWorld> StartAsync(PostgresServer postgres, string database, bool reviewsOfficers)
    {
        var world = new ReviewWorld(await RequestWorld.StartAsync(postgres, database));
        if (!reviewsOfficers)
        {
            await world.Gateway.InDatabaseAsync(async db =>
            {
                foreach (var role in await db.Roles.AsNoTracking().Where(r => r.Administrative).ToListAsync())
                {
                    db.Reviews.Add(ReviewedFor(role.Tenant, role.Id));
                }
                await db.SaveChangesAsync();
            });
        }
        return world;
    }

    public ReviewClock Clock => ActivatorUtilities.CreateInstance<ReviewClock>(Gateway.Services);

    public HttpClient As(string person) => Gateway.As(person);

    /// <summary>A restricted role that these people hold since long ago.</summary>
    public async Task<(string Role, List<string> Holders)> HeldAsync(int holders = 1, bool sensitive = false)
    {
        var role = Requests.New("role");
        await (
            await As("north-role-admin")
                .PutAsync(
                    $"/v1/tenants/north/roles/{role}",
                    new
                    {
                        name = role,
                        restricted = true,
                        sensitive,
                    }
                )
        ).ShouldBeAsync(HttpStatusCode.OK);
        var people = new List<string>();
        for (var i = 0; i < holders; i++)
        {
            people.Add(await Requests.PersonAsync(role));
        }
        return (role, people);
    }

    /// <summary>A review of the role, opened by hand; its id.</summary>
    public async Task<string> OpenedAsync(string role) =>
        (string)
            (
                await (await As("north-role-admin").PostAsJsonAsync("/v1/reviews", new { role, reason = "a reorganisation" })).ShouldBeAsync(
                    HttpStatusCode.Created
                )
            )["review"]!;

    /// <summary>Publishes how the role is reviewed.</summary>
    public async Task ReviewedAsync(string role, object policy) =>
        await Gateway.PublishAsync(await As("north-role-admin").PutAsync($"/v1/tenants/north/roles/{role}/review", policy), "north-approver-1");

    /// <summary>The review of a role that runs; null where none does.</summary>
    public Task<string?> RunningAsync(string role) =>
        Gateway.InDatabaseAsync(db => db.Reviews.Where(r => r.Role == role && r.ClosedAt == null).Select(r => r.Id).SingleOrDefaultAsync());

    public Task<string?> RunningOfPlatformAsync() =>
        Gateway.InDatabaseAsync(db => db.Reviews.Where(r => r.Tenant == "platform" && r.ClosedAt == null).Select(r => r.Id).SingleOrDefaultAsync());

    public async Task<List<JsonNode>> ItemsAsync(string person, string review, int limit = 500)
    {
        using var http = As(person);
        var items = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var page = await http.ReadAsync($"/v1/reviews/{review}/items?limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}");
            items.AddRange(page["items"]!.AsArray().Select(i => i!));
            cursor = (string?)page["next_cursor"];
        } while (cursor is not null);
        return items;
    }

    public async Task<string> ItemOfAsync(string review, string holder) =>
        (string)(await ItemsAsync("north-role-admin", review)).Single(i => (string?)i["subject"] == holder)["id"]!;

    public async Task<HttpResponseMessage> DecideAsync(
        string person,
        string review,
        IEnumerable<string> items,
        string decision,
        DateTimeOffset? until = null,
        string? key = null
    )
    {
        using var http = As(person);
        return await http.WriteAsync(
            HttpMethod.Post,
            $"/v1/reviews/{review}/decisions",
            new
            {
                items,
                decision,
                until,
                reason = "spoke to the unit",
            },
            key: key
        );
    }

    public async Task<JsonNode> ReadAsync(string person, string review)
    {
        using var http = As(person);
        return await http.ReadAsync($"/v1/reviews/{review}");
    }

    public async Task<List<string>> ListAsync(string person, string query)
    {
        using var http = As(person);
        return [.. (await http.ReadAsync($"/v1/reviews?limit=500&{query}"))["items"]!.AsArray().Select(i => (string)i!["id"]!)];
    }

    /// <summary>The worker's passes, to their end.</summary>
    public async Task TidyAsync()
    {
        var clock = Clock;
        while (await clock.OpenAsync() > 0) { }
        await clock.LookAsync();
        while (await clock.EndAsync()) { }
    }

    /// <summary>Who was told of a review, and whether they were told already.</summary>
    public Task<List<string>> ToldAsync(string review) =>
        Gateway.InDatabaseAsync(db =>
            db.PersonMessages.Where(m => m.Reference == review).Select(m => db.Subjects.Single(s => s.Key == m.SubjectKey).Id).OrderBy(id => id).ToListAsync()
        );

    public Task<T> WriteAsync<T>(Func<WriteScope, Task<T>> act) => WriteAsync(Gateway, act);

    public static async Task<T> WriteAsync<T>(TestGateway gateway, Func<WriteScope, Task<T>> act)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<Writes>().ReviseAsync(act)).Outcome;
    }

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    private static ReviewRow ReviewedFor(string tenant, string role) =>
        new()
        {
            Id = $"rvw_{tenant}_{role}",
            Tenant = tenant,
            Role = role,
            Cause = ReviewCause.Recurring,
            OpenedBy = "test",
            Reviewers = "[]",
            OnNoAnswer = NoAnswer.Suspend,
            OpenedAt = DateTimeOffset.UnixEpoch.AddYears(200), // not due while anything here runs
            EndsAt = DateTimeOffset.UnixEpoch.AddYears(200),
            ClosedAt = DateTimeOffset.UnixEpoch.AddYears(200),
        };
}
