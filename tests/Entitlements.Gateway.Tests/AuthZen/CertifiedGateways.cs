using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access.Seeding;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.AuthZen;

/// <summary>
/// A gateway on each database, shared by the AuthZEN suites: the certification's data set, loaded as <c>--seed</c> loads it, and a few apps:
/// <c>recorder</c> (listed, for the restricted role <c>negotiator</c>), <c>shadow</c> (the same, hidden), <c>notebook</c> (for <c>officer</c>),
/// <c>foreign</c> (southmere's alone). Carol holds both roles, Dave neither, Sam is Southmere's.
/// </summary>
public sealed class CertifiedGateways(PostgresServer postgres) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task<TestGateway>> _gateways = new(StringComparer.Ordinal);

    internal Task<TestGateway> OnAsync(string database)
    {
        lock (_lock)
        {
            return _gateways.TryGetValue(database, out var gateway) ? gateway : _gateways[database] = StartAsync(database);
        }
    }

    /// <summary>Northvale's store, as the data set registers it.</summary>
    internal async Task<HttpClient> StoreAsync(string database) => (await OnAsync(database)).AsClient("northvale-store", "access.evaluate");

    private async Task<TestGateway> StartAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(
            database,
            ("Identity:Providers:0:Tenants:3", "northvale"),
            ("Identity:Providers:0:Tenants:4", "southmere"),
            ("Access:BatchLimit", "20"),
            ("Access:EnumerationThreshold", "5")
        );
        await gateway.InDatabaseAsync(EmptyAsync);
        var (seed, faults) = await SeedCommand.ReadAsync(Path.Combine(AppContext.BaseDirectory, "vectors", "authzen-certification.json"));
        Assert.Null(faults);
        await using (var scope = gateway.Services.CreateAsyncScope())
        {
            Assert.IsType<SeedOutcome.Loaded>(await scope.ServiceProvider.GetRequiredService<LoadSeed>().FromAsync(seed!));
        }
        await gateway.InDatabaseAsync(db => AddAppsAsync(db, gateway.Issuer.Authority));
        await gateway.AddPersonAsync("northvale", "carol", "negotiator", "officer");
        await gateway.AddPersonAsync("northvale", "dave");
        await gateway.AddPersonAsync("southmere", "sam");
        await gateway.RegisterClientAsync("both-store", ["northvale", "southmere"], "access.evaluate");
        await gateway.RegisterClientAsync("scan-store", ["northvale"], "access.evaluate");
        await gateway.RegisterClientAsync("deaf-store", ["northvale"], "entitlements.issue");
        return gateway;
    }

    private static async Task EmptyAsync(EntitlementsDb db)
    {
        await db.Assignments.ExecuteDeleteAsync();
        await db.Subjects.ExecuteDeleteAsync();
        await db.Roles.ExecuteDeleteAsync();
        await db.Tenants.ExecuteDeleteAsync();
    }

    private static async Task AddAppsAsync(EntitlementsDb db, string issuer)
    {
        db.Tenants.Add(
            new()
            {
                Id = "southmere",
                Name = "Southmere",
                Issuer = issuer,
            }
        );
        db.Roles.Add(
            new()
            {
                Tenant = "northvale",
                Id = "negotiator",
                Name = "Negotiator",
                Restricted = true,
                Sensitive = true,
            }
        );
        db.Roles.Add(
            new()
            {
                Tenant = "northvale",
                Id = "officer",
                Name = "Officer",
            }
        );
        db.Roles.Add(
            new()
            {
                Tenant = "southmere",
                Id = "officer",
                Name = "Officer",
            }
        );
        await db.SaveChangesAsync();
        AddApp(db, "recorder", "northvale", "negotiator", Visibility.Listed);
        AddApp(db, "shadow", "northvale", "negotiator", Visibility.Hidden);
        AddApp(db, "notebook", "northvale", "officer", Visibility.Listed);
        AddApp(db, "foreign", "southmere", "officer", Visibility.Listed);
        await db.SaveChangesAsync();
    }

    private static void AddApp(EntitlementsDb db, string id, string tenant, string role, Visibility visibility)
    {
        db.Apps.Add(
            new()
            {
                Type = Resource.App,
                Id = id,
                Skeleton = id,
                Owner = tenant,
                Name = id,
                Visibility = visibility,
                Distribution = Distribution.ManagedStore,
            }
        );
        db.Releases.Add(
            new()
            {
                App = id,
                ReleaseVersion = "1.0",
                Platform = "android",
                PublishedAt = DateTimeOffset.UnixEpoch,
            }
        );
        db.Rules.Add(
            new()
            {
                Tenant = tenant,
                Type = Resource.App,
                App = id,
                Action = "download",
                InForceUntil = DateTimeOffset.UnixEpoch.AddYears(99),
                Roles = [role],
                Device = DeviceCondition.None,
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _gateways.Values)
        {
            await (await started).DisposeAsync();
        }
    }
}

[CollectionDefinition(nameof(CertifiedGateways))]
public sealed class CertifiedCollection : ICollectionFixture<CertifiedGateways>;

internal static class Asking
{
    public const string One = "/access/v1/evaluation";
    public const string Many = "/access/v1/evaluations";

    /// <summary>A whole question; single quotes in <paramref name="more"/> stand for double ones, as in every body of these suites.</summary>
    public static string Of(string subject, string action, string resource, string type = "record", string more = "") =>
        Json(
            $"{{'subject':{{'type':'user','id':'{subject}'}},'action':{{'name':'{action}'}},'resource':{{'type':'{type}','id':'{resource}'}}{(more.Length > 0 ? "," + more : "")}}}"
        );

    public static string Json(string single) => single.Replace('\'', '"');

    public static Task<HttpResponseMessage> SendAsync(this HttpClient http, string path, string body, string contentType = "application/json") =>
        http.PostAsync(path, new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { { "Content-Type", contentType } } });

    public static async Task<JsonNode> AnswerAsync(this HttpClient http, string path, string body) =>
        await (await http.SendAsync(path, body)).ShouldBeAsync(HttpStatusCode.OK);

    public static bool Decision(this JsonNode answer) => answer["decision"]!.GetValue<bool>();

    public static bool[] Decisions(this JsonNode answer) => [.. answer["evaluations"]!.AsArray().Select(item => item!.Decision())];

    public static string[] Reasons(this JsonNode answer) => [.. answer["context"]!["reasons"]!.AsArray().Select(reason => reason!["code"]!.GetValue<string>())];
}
