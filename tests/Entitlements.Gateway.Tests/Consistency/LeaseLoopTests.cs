using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Tests.Consistency;

public sealed class LeaseLoopTests
{
    [Fact]
    public async Task A_database_that_does_not_answer_at_the_start_costs_the_lease_and_not_the_replica()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var clock = new BootClock();
        var storage = Options.Create(
            new StorageOptions
            {
                Provider = DatabaseProvider.Postgres,
                ConnectionString = $"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=nobody;Database=none",
            }
        );
        var consistency = Options.Create(new ConsistencyOptions { Lease = TimeSpan.FromSeconds(1) });
        var replica = new Replica(clock, storage);
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var telemetry = new ConsistencyTelemetry(services.GetRequiredService<IMeterFactory>(), replica, clock);
        var holder = new LeaseHolder(replica, clock, consistency, new(), telemetry, NullLogger<LeaseHolder>.Instance);
        var loop = new LeaseLoop(holder, replica, new DurabilityGate(storage), consistency, storage, NullLogger<LeaseLoop>.Instance);
        await loop.BeginAsync();
        Assert.Null(replica.Current);
        await Assert.ThrowsAsync<NoLeaseException>(async () => await replica.ViewAsync(0, TestContext.Current.CancellationToken));
        await loop.StopAsync(TestContext.Current.CancellationToken);
    }
}
