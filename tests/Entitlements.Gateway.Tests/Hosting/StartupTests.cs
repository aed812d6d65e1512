using System.ComponentModel.DataAnnotations;
using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Entitlements.Gateway.Tests.Hosting;

public sealed class StartupTests
{
    [Fact]
    public void One_message_lists_every_fault_and_no_value()
    {
        var builder = WebApplication.CreateBuilder([
            "--Urls=nonsense",
            "--Metrics:Url=https://127.0.0.1:5081",
            "--PublicUrl=https://entitlements.example/path",
            "--Proxies:Trusted:0=everyone",
            "--RateLimits:Burst=secret",
            "--Other:Size=99",
        ]);
        builder.AddHosting();
        builder.Services.AddSettings<Other>("Other");
        using var app = builder.Build();
        var faults = Assert.Throws<SettingsException>(() => app.CheckSettings()).Faults;
        Assert.Equal(6, faults.Count);
        foreach (var key in (string[])["Urls:", "Metrics:Url:", "PublicUrl", "Proxies:Trusted:", "RateLimits:Burst: cannot be read as Int32.", "Size"])
        {
            Assert.Contains(faults, fault => fault.Contains(key, StringComparison.Ordinal));
        }
        Assert.DoesNotContain(faults, fault => fault.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void The_metrics_port_may_not_be_a_public_one()
    {
        var builder = WebApplication.CreateBuilder(["--Urls=http://127.0.0.1:5090", "--Metrics:Url=http://127.0.0.2:5090"]);
        builder.AddHosting();
        using var app = builder.Build();
        Assert.Contains("Metrics:Url", Assert.Single(Assert.Throws<SettingsException>(() => app.CheckSettings()).Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_the_settings_ends_with_a_code_and_any_other_goes_on()
    {
        Assert.Equal(78, await StartupFaults.GuardAsync(() => throw new SettingsException("Urls: wrong")));
        await Assert.ThrowsAsync<InvalidOperationException>(() => StartupFaults.GuardAsync(() => throw new InvalidOperationException("ours")));
    }

    [Fact]
    public async Task Work_in_the_background_that_fails_ends_the_host_with_a_code_and_an_order_to_stop_without()
    {
        Assert.Equal(70, await RunAsync(_ => throw new InvalidOperationException("ours")));
        Assert.Equal(
            0,
            await RunAsync(lifetime =>
            {
                lifetime.StopApplication();
                return Task.CompletedTask;
            })
        );
    }

    private static async Task<int> RunAsync(Func<IHostApplicationLifetime, Task> work)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHostedService(all => new Work(() => work(all.GetRequiredService<IHostApplicationLifetime>())));
        using var host = builder.Build();
        return await host.RunToTheEndAsync();
    }

    private sealed class Work(Func<Task> work) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            await work();
        }
    }

    internal sealed class Other
    {
        [Range(1, 10)]
        public int Size { get; set; }
    }
}
