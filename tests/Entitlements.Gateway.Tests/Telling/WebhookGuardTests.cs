using System.Net;
using System.Net.Sockets;
using Entitlements.Gateway.Telling.Webhooks;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Tests.Telling;

/// <summary>No webhook leads into the operator's own network, however its address is written.</summary>
public sealed class WebhookGuardTests(PostgresServer postgres)
{
    [Trait("Abuse", "65")]
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("ff02::1")]
    public void Nothing_but_the_public_internet_may_be_reached(string address) => Assert.False(Guard().Permits(IPAddress.Parse(address), isEncrypted: true));

    [Theory, InlineData("8.8.8.8"), InlineData("172.32.0.1"), InlineData("100.128.0.1"), InlineData("::ffff:8.8.8.8"), InlineData("2606:4700::1111")]
    public void The_public_internet_may_be_reached_and_over_TLS_only(string address)
    {
        Assert.True(Guard().Permits(IPAddress.Parse(address), isEncrypted: true));
        Assert.False(Guard().Permits(IPAddress.Parse(address), isEncrypted: false));
    }

    [Fact]
    public void What_the_operator_opens_may_be_reached_also_without_TLS_and_nothing_beside_it()
    {
        var guard = Guard("10.20.0.0/16", "fd00::/8");
        Assert.True(guard.Permits(IPAddress.Parse("10.20.3.4"), isEncrypted: false));
        Assert.True(guard.Permits(IPAddress.Parse("::ffff:10.20.3.4"), isEncrypted: false));
        Assert.True(guard.Permits(IPAddress.Parse("fd12::1"), isEncrypted: true));
        Assert.False(guard.Permits(IPAddress.Parse("10.21.0.1"), isEncrypted: true));
    }

    [Trait("Abuse", "65")]
    [
        Theory,
        InlineData("localhost"),
        InlineData("0x7f000001"),
        InlineData("0177.0.0.1"),
        InlineData("127.1"),
        InlineData("2130706433"),
        InlineData("[::1]"),
        InlineData("[::ffff:7f00:1]")
    ]
    public async Task A_name_or_number_that_means_loopback_is_found_out_when_the_connection_is_made(string host)
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Sqlite, null, ("Webhooks:AllowedNetworks:0", "192.0.2.0/24"));
        using var inside = new TcpListener(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
        inside.Start();
        await world.RegisterAsync("https://hooks.example/");
        var url = $"https://{host}:{((IPEndPoint)inside.LocalEndpoint).Port}/";
        await world.Gateway.InDatabaseAsync(db => db.Webhooks.ExecuteUpdateAsync(set => set.SetProperty(w => w.Url, url))); // past the check of what is registered
        await world.TellAsync();
        await world.WorkAsync();
        Assert.Equal(("waiting", 1, "address_refused"), WebhookTests.StateOf(Assert.Single(await world.DeliveriesAsync())));
        Assert.False(inside.Pending());
    }

    [Trait("Abuse", "65")]
    [Fact]
    public async Task A_name_that_means_another_address_the_next_time_is_judged_again()
    {
        var answers = new Queue<string>(["127.0.0.2", "127.0.0.1"]);
        var asked = 0;
        HostLookup rebinding = (_, _) =>
        {
            asked++;
            return Task.FromResult(new[] { IPAddress.Parse(answers.Dequeue()) });
        };
        await using var world = await TellingWorld.StartAsync(
            postgres,
            EachDatabase.Sqlite,
            services => services.Replace(ServiceDescriptor.Singleton(rebinding)),
            ("Webhooks:AllowedNetworks:0", "127.0.0.2/32")
        );
        await using var open = await Receiver.StartAsync("127.0.0.2");
        open.AnswerNext(context => context.Response.Headers.Connection = "close");
        await world.RegisterAsync($"http://hooks.example:{open.Port}/");
        await world.TellAsync();
        await world.WorkAsync();
        Assert.Single(open.All);
        Assert.Equal(1, asked); // what was judged is what was connected to
        using var inside = new TcpListener(IPAddress.Loopback, open.Port);
        inside.Start();
        await world.TellAsync();
        await world.WorkAsync();
        Assert.Single(open.All);
        Assert.False(inside.Pending());
        Assert.Equal("address_refused", (string?)(await world.DeliveriesAsync())[0]["last_result"]);
    }

    [Trait("Abuse", "65")]
    [Fact]
    public async Task Of_several_addresses_only_those_that_are_open_are_tried()
    {
        HostLookup mixed = (_, _) => Task.FromResult(new[] { IPAddress.Loopback, IPAddress.Parse("127.0.0.2") });
        await using var world = await TellingWorld.StartAsync(
            postgres,
            EachDatabase.Sqlite,
            services => services.Replace(ServiceDescriptor.Singleton(mixed)),
            ("Webhooks:AllowedNetworks:0", "127.0.0.2/32")
        );
        await using var open = await Receiver.StartAsync("127.0.0.2");
        using var inside = new TcpListener(IPAddress.Loopback, open.Port);
        inside.Start();
        await world.RegisterAsync($"http://hooks.example:{open.Port}/");
        await world.TellAsync();
        await world.WorkAsync();
        Assert.Single(open.All);
        Assert.False(inside.Pending());
    }

    [Trait("Abuse", "65")]
    [Theory, InlineData(301), InlineData(302), InlineData(307), InlineData(308)]
    public async Task A_redirect_is_a_failure_and_is_not_followed(int status)
    {
        await using var world = await TellingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        await using var receiver = await Receiver.StartAsync();
        await using var elsewhere = await Receiver.StartAsync();
        await world.RegisterAsync(receiver.Url);
        receiver.AnswerNext(context => (context.Response.StatusCode, context.Response.Headers.Location) = (status, elsewhere.Url));
        await world.TellAsync();
        await world.WorkAsync();
        Assert.Empty(elsewhere.All);
        Assert.Equal(("waiting", 1, $"status_{status}"), WebhookTests.StateOf(Assert.Single(await world.DeliveriesAsync())));
    }

    private static AddressGuard Guard(params string[] open) => new(Options.Create(new WebhookOptions { AllowedNetworks = open }));
}
