using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Gateways;

/// <summary>
/// The real host on a real socket, on SQLite or on a real PostgreSQL, with an outside provider. Tenants <c>north</c> and <c>south</c> exist
/// with their administrative roles and officers; nothing is catalogued.
/// </summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("entitlements-test-").FullName;
    private WebApplicationFactory<EntitlementsDb> _factory = null!;
    private Action<IServiceCollection>? _services;
    private bool _isReplica;

    public TestIssuer Issuer { get; private set; } = null!;
    public Uri Url { get; private set; } = null!;
    public IServiceProvider Services => _factory.Services;

    /// <summary>Connection string of its PostgreSQL; null on SQLite.</summary>
    public string? Postgres { get; private set; }

    /// <summary>Folder of this gateway's own: database, artifacts.</summary>
    public string Folder => _folder;

    /// <param name="postgres">Connection string of a fresh database; null for SQLite.</param>
    /// <param name="settings">More settings.</param>
    public static Task<TestGateway> StartAsync(string? postgres = null, params (string Key, string Value)[] settings) =>
        StartAsync(services: null, postgres, settings);

    /// <param name="services">Puts in what the test holds in its hands: a clock, an ear for the log.</param>
    /// <inheritdoc cref="StartAsync(string?, ValueTuple{string, string}[])"/>
    public static async Task<TestGateway> StartAsync(Action<IServiceCollection>? services, string? postgres, params (string Key, string Value)[] settings)
    {
        var gateway = Start(await TestIssuer.StartAsync(), services, postgres, settings);
        gateway.Issuer.Clock = services is null ? TimeProvider.System : gateway.Services.GetRequiredService<TimeProvider>();
        await gateway.InDatabaseAsync(gateway.PeopleTheTenantsAsync);
        return gateway;
    }

    /// <summary>One more replica of an installation that <see cref="StartAsync(string?, ValueTuple{string, string}[])"/> began: the same database, provider and people.</summary>
    public static TestGateway Join(TestGateway first, string postgres, params (string Key, string Value)[] settings)
    {
        var replica = Start(first.Issuer, first._services, postgres, settings);
        replica._isReplica = true;
        return replica;
    }

    private static TestGateway Start(TestIssuer issuer, Action<IServiceCollection>? services, string? postgres, (string Key, string Value)[] settings)
    {
        var gateway = new TestGateway
        {
            Issuer = issuer,
            Postgres = postgres,
            _services = services,
        };
        gateway.Url = new($"http://127.0.0.1:{FreePort.Next()}");
        var metrics = $"http://127.0.0.1:{FreePort.Next()}";
        gateway._factory = new Factory(host =>
        {
            host.UseEnvironment("Development");
            host.UseSetting("Urls", gateway.Url.GetLeftPart(UriPartial.Authority));
            host.UseSetting("Metrics:Url", metrics);
            host.UseSetting("Demo:Enabled", "false");
            host.UseSetting("Logging:LogLevel:Default", "Critical");
            host.UseSetting("Identity:RequireHttpsMetadata", "false");
            host.UseSetting("Identity:Providers:0:Authority", gateway.Issuer.Authority);
            if (!settings.Any(s => s.Key.StartsWith("Identity:Providers:0:StepUp", StringComparison.Ordinal)))
            {
                host.UseSetting("Identity:Providers:0:StepUp:AcrValues:0", TestIssuer.StrongAcr);
            }
            host.UseSetting("Identity:StepUp:MaxAge", "01:00:00"); // as long as its tokens live: tests with a clock in their hands let time pass
            foreach (var (tenant, i) in new[] { "platform", "north", "south" }.Select((t, i) => (t, i)))
            {
                host.UseSetting($"Identity:Providers:0:Tenants:{i}", tenant);
            }
            host.UseSetting("Artifacts:Root", Path.Combine(gateway._folder, "artifacts"));
            host.UseSetting("ConnectionStrings:Database", postgres ?? $"Data Source={Path.Combine(gateway._folder, "test.db")};Pooling=False");
            if (postgres is not null)
            {
                host.UseSetting("Database:Provider", "Postgres");
                host.UseSetting("Database:Durability", "SingleNode");
                host.UseSetting("Consistency:Mode", "Strict");
            }
            foreach (var (key, value) in settings)
            {
                host.UseSetting(key, value);
            }
            host.ConfigureServices(all => all.RemoveWorkers(typeof(ReviewClock))); // these people have held their functions since 1970: it would review them all
            host.ConfigureServices(RefuseLimitsWithoutOrder);
            if (services is not null)
            {
                host.ConfigureServices(services);
            }
        });
        gateway._factory.UseKestrel();
        gateway._factory.StartServer();
        return gateway;
    }

    /// <summary>A query that takes the first few of what has no order answers as the database likes: here it fails, whichever test runs it.</summary>
    private static void RefuseLimitsWithoutOrder(IServiceCollection services)
    {
        services.ConfigureDbContext<SqliteEntitlementsDb>(Refuse);
        services.ConfigureDbContext<PostgresEntitlementsDb>(Refuse);

        static void Refuse(DbContextOptionsBuilder db) =>
            db.ConfigureWarnings(w => w.Throw(CoreEventId.RowLimitingOperationWithoutOrderByWarning, CoreEventId.FirstWithoutOrderByAndFilterWarning));
    }

    /// <summary>Speaks as nobody.</summary>
    public HttpClient Anonymous() => new() { BaseAddress = Url };

    /// <summary>Speaks as a person with their own token.</summary>
    public HttpClient As(string subject) => Bearing(Issuer.PersonToken(subject));

    /// <summary>Speaks as a client that was registered with <see cref="RegisterClientAsync"/>.</summary>
    public HttpClient AsClient(string clientId, params string[] scopes) => Bearing(Issuer.ClientToken(clientId, scopes));

    public HttpClient Bearing(string token)
    {
        var http = Anonymous();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    /// <summary>Works on the database behind the product's back: for arranging, and for looking.</summary>
    public async Task<T> InDatabaseAsync<T>(Func<EntitlementsDb, Task<T>> work)
    {
        await using var scope = Services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<EntitlementsDb>());
    }

    public Task InDatabaseAsync(Func<EntitlementsDb, Task> work) =>
        InDatabaseAsync(async db =>
        {
            await work(db);
            return 0;
        });

    public Task RegisterClientAsync(string clientId, string[] tenants, params string[] scopes) =>
        InDatabaseAsync(async db =>
        {
            db.Clients.Add(
                new()
                {
                    Issuer = Issuer.Authority,
                    ClientId = clientId,
                    Tenants = [.. tenants],
                    Scopes = [.. scopes],
                }
            );
            await db.SaveChangesAsync();
        });

    /// <summary>Adds a person with the given functions or other roles of the tenant; the roles must exist.</summary>
    public Task<long> AddPersonAsync(string tenant, string id, params string[] roles) =>
        InDatabaseAsync(async db =>
        {
            var subject = new SubjectRow
            {
                Tenant = tenant,
                Issuer = Issuer.Authority,
                Id = id,
                Person = $"person-of-{id}",
            };
            db.Subjects.Add(subject);
            await db.SaveChangesAsync();
            foreach (var role in roles)
            {
                db.Assignments.Add(
                    new()
                    {
                        Tenant = tenant,
                        Role = role,
                        SubjectKey = subject.Key,
                        Source = AssignmentSource.Admin,
                        NotBefore = DateTimeOffset.UnixEpoch,
                    }
                );
            }
            await db.SaveChangesAsync();
            return subject.Key;
        });

    /// <summary>Officers are <c>{tenant}-role-admin</c>, <c>-app-owner</c>, <c>-approver-1</c>, <c>-approver-2</c>, <c>-dpo</c>, <c>-auditor</c>; <c>platform-admin-1</c> and <c>-2</c>.</summary>
    private async Task PeopleTheTenantsAsync(EntitlementsDb db)
    {
        foreach (var tenant in new[] { "platform", "north", "south" })
        {
            if (!await db.Tenants.AnyAsync(t => t.Id == tenant))
            {
                db.Tenants.Add(
                    new()
                    {
                        Id = tenant,
                        Name = tenant,
                        Issuer = Issuer.Authority,
                    }
                );
            }
            string[] functions = tenant == TenantRow.Platform ? [Function.PlatformAdmin] : [.. Function.OfTenant];
            foreach (var function in functions)
            {
                if (!await db.Roles.AnyAsync(r => r.Tenant == tenant && r.Id == function))
                {
                    db.Roles.Add(
                        new()
                        {
                            Tenant = tenant,
                            Id = function,
                            Name = function,
                            Administrative = true,
                            Restricted = true,
                        }
                    );
                }
            }
        }
        await db.Tenants.Where(t => t.Id == TenantRow.Platform).ExecuteUpdateAsync(set => set.SetProperty(t => t.Issuer, Issuer.Authority));
        await db.SaveChangesAsync();
        await AddPersonAsync("platform", "platform-admin-1", Function.PlatformAdmin);
        await AddPersonAsync("platform", "platform-admin-2", Function.PlatformAdmin);
        foreach (var tenant in new[] { "north", "south" })
        {
            await AddPersonAsync(tenant, $"{tenant}-role-admin", Function.RoleAdmin);
            await AddPersonAsync(tenant, $"{tenant}-app-owner", Function.AppOwner);
            await AddPersonAsync(tenant, $"{tenant}-approver-1", Function.Approver);
            await AddPersonAsync(tenant, $"{tenant}-approver-2", Function.Approver);
            await AddPersonAsync(tenant, $"{tenant}-dpo", Function.DataProtectionOfficer);
            await AddPersonAsync(tenant, $"{tenant}-auditor", Function.Auditor);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _factory.DisposeAsync();
        if (!_isReplica)
        {
            await Issuer.DisposeAsync();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Factory(Action<IWebHostBuilder> configure) : WebApplicationFactory<EntitlementsDb>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => configure(builder);
    }
}

internal static class HttpAnswers
{
    /// <summary>The body as JSON; fails with status and body when the status is another.</summary>
    public static async Task<JsonNode> ShouldBeAsync(this HttpResponseMessage response, HttpStatusCode status)
    {
        var body = await response.Content.ReadAsStringAsync();
        Xunit.Assert.True(response.StatusCode == status, $"expected {(int)status}, got {(int)response.StatusCode}: {body}");
        return body.Length == 0 ? new JsonObject() : JsonNode.Parse(body)!;
    }

    public static Task<HttpResponseMessage> PostAsync(this HttpClient http, string path, object body) => http.PostAsJsonAsync(path, body);

    /// <summary>Sends a file once it is asked for: where it is refused unread the answer is read, not lost with the connection.</summary>
    public static async Task<HttpResponseMessage> PostFileAsync(this HttpClient http, string path, byte[] file, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(file) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        request.Headers.ExpectContinue = true;
        return await http.SendAsync(request);
    }
}
