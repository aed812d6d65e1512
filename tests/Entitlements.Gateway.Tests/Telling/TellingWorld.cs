using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Keys;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Telling;

/// <summary>A gateway whose time passes, and whose workers work, only when the test says so. Webhooks may reach loopback.</summary>
internal sealed class TellingWorld : IAsyncDisposable
{
    private TellingWorld(TestGateway gateway, FakeTimeProvider clock, LogEar log) => (Gateway, Clock, Log) = (gateway, clock, log);

    public TestGateway Gateway { get; }
    public FakeTimeProvider Clock { get; }
    public LogEar Log { get; }
    public HttpClient Admin => Gateway.As("north-role-admin");

    public static async Task<TellingWorld> StartAsync(
        PostgresServer postgres,
        string database,
        Action<IServiceCollection>? services = null,
        params (string, string)[] settings
    )
    {
        var (clock, log) = (new FakeTimeProvider(TimeProvider.System.GetUtcNow()), new LogEar());
        var gateway = await postgres.StartGatewayAsync(
            all =>
            {
                all.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)).AddSingleton<ILoggerProvider>(log);
                all.RemoveWorkers(typeof(OutboxRelay), typeof(DeliveryWorker));
                services?.Invoke(all);
            },
            database,
            [
                ("Webhooks:AllowedNetworks:0", "127.0.0.1/32"),
                ("Logging:LogLevel:Entitlements.Gateway.Telling", "Trace"),
                ("Logging:Console:LogLevel:Default", "None"),
                .. settings,
            ]
        );
        return new(gateway, clock, log);
    }

    /// <summary>A worker of this gateway, or of another replica.</summary>
    public DeliveryWorker Worker(TestGateway? of = null) => ActivatorUtilities.CreateInstance<DeliveryWorker>((of ?? Gateway).Services);

    /// <summary>What the outbox owes becomes deliveries.</summary>
    public static async Task<int> RelayAsync(TestGateway gateway) => await ActivatorUtilities.CreateInstance<OutboxRelay>(gateway.Services).RelayAsync();

    /// <summary>What is owed goes out, as far as it is due.</summary>
    public async Task WorkAsync()
    {
        while (await RelayAsync(Gateway) > 0 || await Worker().RoundAsync() > 0) { }
    }

    /// <summary>Time passes, and what is due then goes out.</summary>
    public async Task WaitAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await WorkAsync();
    }

    /// <summary>Something happens in a tenant of which its webhooks hear.</summary>
    public Task TellAsync(string kind = "test.happened", string? tenant = "north", object? payload = null) =>
        WriteAsync(write =>
        {
            write.Tell(kind, tenant, payload ?? new { what = "test" });
            return Task.CompletedTask;
        });

    public async Task WriteAsync(Func<WriteScope, Task> act)
    {
        await using var scope = Gateway.Services.CreateAsyncScope();
        await scope
            .ServiceProvider.GetRequiredService<Writes>()
            .RecordAsync(async write =>
            {
                await act(write);
                return 0;
            });
    }

    /// <summary>Registers a webhook and returns its secret.</summary>
    public async Task<string> RegisterAsync(string url, string id = "hook", string tenant = "north", params string[] kinds)
    {
        using var admin = Gateway.As($"{tenant}-role-admin");
        var answer = await admin.PutAsync($"/v1/tenants/{tenant}/webhooks/{id}", new { url, kinds = kinds.Length > 0 ? kinds : ["test.*"] });
        return (await answer.ShouldBeAsync(HttpStatusCode.OK))["secret"]!.GetValue<string>();
    }

    public async Task<JsonNode> WebhookAsync(string id = "hook") => await Admin.ReadAsync($"/v1/tenants/north/webhooks/{id}");

    public async Task<IReadOnlyList<JsonNode>> DeliveriesAsync(string id = "hook") =>
        [.. (await Admin.ReadAsync($"/v1/tenants/north/webhooks/{id}/deliveries"))["items"]!.AsArray().Select(d => d!)];

    public Task<int> AuditsAsync(string kind) => Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Kind == kind));

    public Task<List<OutboxRow>> ToldAsync(string kind) => Gateway.InDatabaseAsync(db => db.Outbox.AsNoTracking().Where(m => m.Kind == kind).ToListAsync());

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}

internal static class WorkerlessServices
{
    public static void RemoveWorkers(this IServiceCollection services, params Type[] workers)
    {
        foreach (var worker in workers)
        {
            services.Remove(services.Single(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType == worker));
        }
    }
}
