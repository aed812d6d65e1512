using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Accreditations;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Rotas;

/// <summary>A gateway on each database whose clock stands at noon of a day in October, shared by the rota suites: every test names its own rota and people.</summary>
public sealed class RotaGateways(PostgresServer postgres) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<RotaWorld>> _worlds = new(StringComparer.Ordinal);

    internal Task<RotaWorld> OnAsync(string database) =>
        _worlds.GetOrAdd(database, key => RotaWorld.StartAsync(postgres, key, new(2026, 10, 20, 12, 0, 0, TimeSpan.Zero)));

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _worlds.Values)
        {
            await (await started).DisposeAsync();
        }
    }
}

[CollectionDefinition(nameof(RotaGateways))]
public sealed class RotaCollection : ICollectionFixture<RotaGateways>;

/// <summary>What feeders, officers and people of the pool of north do about a rota.</summary>
internal sealed class RotaWorld : IAsyncDisposable
{
    private int _last;

    private RotaWorld(TestGateway gateway, FakeTimeProvider clock) => (Gateway, Clock) = (gateway, clock);

    public TestGateway Gateway { get; }
    public FakeTimeProvider Clock { get; }
    public DateTimeOffset Now => Clock.GetUtcNow();

    public static async Task<RotaWorld> StartAsync(PostgresServer postgres, string database, DateTimeOffset at)
    {
        var clock = new FakeTimeProvider(at);
        var gateway = await postgres.StartGatewayAsync(
            services =>
            {
                services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
                services.RemoveWorkers(typeof(OutboxRelay), typeof(DeliveryWorker), typeof(AccreditationWatch), typeof(RotaWatch)); // as often as the test says
                services.Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore); // two are stopped below
            },
            database
        );
        await gateway.Services.GetRequiredService<RequestClock>().StopAsync(CancellationToken.None);
        await gateway.Services.GetRequiredService<SigningKeyLoader>().StopAsync(CancellationToken.None);
        var world = new RotaWorld(gateway, clock);
        (await gateway.AddFeedAsync("roster")).Dispose();
        return world;
    }

    public HttpClient As(string person) => Gateway.As(person);

    public HttpClient Feeder(string client = "roster") => Gateway.AsClient(client, Scopes.Manage);

    /// <summary>An id that nobody has yet.</summary>
    public string New(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{Interlocked.Increment(ref _last)}");

    /// <summary>A person of north with these roles, and an address.</summary>
    public async Task<string> PersonAsync(params string[] roles)
    {
        var id = New("person");
        await Gateway.AddPersonAsync("north", id, roles);
        await SetAsync(id, s => s.Email = $"{id}@north.example");
        return id;
    }

    public Task SetAsync(string person, Action<Entitlements.Gateway.Assignments.SubjectRow> set) =>
        Gateway.InDatabaseAsync(async db =>
        {
            set(await db.Subjects.SingleAsync(s => s.Id == person));
            await db.SaveChangesAsync();
        });

    /// <summary>A registered rota with a pool role of its own.</summary>
    public async Task<(string Rota, string Role)> RotaAsync(bool sensitive = false, string? client = "roster", string feedWithin = "P7D")
    {
        var (rota, role) = (New("rota"), New("pool"));
        await Gateway.AddRoleAsync("north", role, sensitive);
        using var admin = As("north-role-admin");
        await Gateway.PublishAsync(await admin.PutAsync($"/v1/rotas/{rota}", Rota(role, client, feedWithin)), "north-approver-1");
        return (rota, role);
    }

    public static object Rota(string role, string? client = "roster", string feedWithin = "P7D", string name = "Duty officers") =>
        new
        {
            name,
            role,
            feeders = client is null ? [] : new[] { new { client } },
            feed_within = feedWithin,
        };

    public static object Shift(string subject, string from, string until) =>
        new
        {
            subject,
            from,
            until,
        };

    public async Task<HttpResponseMessage> FeedAsync(HttpClient feeder, string rota, string query, params object[] shifts) =>
        await feeder.WriteAsync(HttpMethod.Post, $"/v1/rotas/{rota}/shifts{query}", new { shifts });

    public async Task<JsonNode> FedAsync(string rota, params object[] shifts)
    {
        using var feeder = Feeder();
        return await (await FeedAsync(feeder, rota, "", shifts)).ShouldBeAsync(HttpStatusCode.OK);
    }

    public Task<HttpResponseMessage> SendAsync(HttpClient feeder, string rota, string type, string text, string query = "") =>
        feeder.PostFileAsync($"/v1/rotas/{rota}/shifts{query}", Encoding.UTF8.GetBytes(text), type);

    /// <summary>Who is on duty at an instant, as the API tells a role-admin; checked against what votes read.</summary>
    public async Task<string> OnDutyAsync(string rota, string at)
    {
        using var admin = As("north-role-admin");
        var shown = await admin.ReadAsync($"/v1/rotas/{rota}/on-duty?at={at}");
        var people = shown["people"]!.AsArray().Select(p => (string)p!["subject"]!).ToList();
        var instant = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture);
        await Gateway.InDatabaseAsync(async db =>
        {
            var shifts = db.RotaShifts.Where(s => s.Rota == rota);
            var named = shifts.Select(s => s.SubjectKey).Union(db.RotaSwaps.Where(w => shifts.Any(s => s.Id == w.Shift)).Select(w => w.TakerKey));
            foreach (var subject in await db.Subjects.Where(s => named.Contains(s.Key)).ToListAsync())
            {
                Assert.Equal(people.Contains(subject.Id), (await OnDuty.RotasOfAsync(db, subject, instant)).Contains(rota));
            }
        });
        return string.Join(' ', people);
    }

    public async Task<List<JsonNode>> ShiftsAsync(string person, string rota, string query = "")
    {
        using var http = As(person);
        return [.. (await http.ReadAsync($"/v1/rotas/{rota}/shifts?limit=500{query}"))["items"]!.AsArray().Select(i => i!)];
    }

    public async Task<HttpResponseMessage> OfferAsync(string giver, string rota, long shift, string to, string? from = null, string? until = null)
    {
        using var http = As(giver);
        return await http.WriteAsync(
            HttpMethod.Post,
            $"/v1/rotas/{rota}/swaps",
            new
            {
                shift,
                to,
                from,
                until,
            }
        );
    }

    public async Task<long> OfferedAsync(string giver, string rota, long shift, string to, string? from = null, string? until = null) =>
        (long)(await (await OfferAsync(giver, rota, shift, to, from, until)).ShouldBeAsync(HttpStatusCode.Created))["swap"]!;

    public async Task<HttpResponseMessage> AnswerAsync(string person, string rota, long swap, string answer = "accept")
    {
        using var http = As(person);
        return await http.WriteAsync(HttpMethod.Post, $"/v1/rotas/{rota}/swaps/{swap}/{answer}");
    }

    public Task LookAsync() => ActivatorUtilities.CreateInstance<RotaWatch>(Gateway.Services).LookAsync();

    public Task<List<string>> ToldAsync(string kind) =>
        Gateway.InDatabaseAsync(db => db.Outbox.Where(m => m.Kind == kind).OrderBy(m => m.Id).Select(m => m.Payload).ToListAsync());

    public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();
}
