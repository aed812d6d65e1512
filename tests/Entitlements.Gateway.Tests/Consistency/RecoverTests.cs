using System.Diagnostics;
using System.Net;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Recovery;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Consistency;

/// <summary><c>entitlements recover</c> as an operator runs it, beside replicas that serve the same database.</summary>
public sealed class RecoverTests(PostgresServer postgres)
{
    [Fact]
    public async Task An_operator_sees_what_recovery_voids_does_it_and_two_administrators_end_it()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var store = replicas.First.AsClient("store", Scopes.Issue);
        var question = new
        {
            subject = new { type = "user", id = "officer" },
            action = new { name = "download" },
            resource = new { type = "app", id = "notebook" },
        };
        var issued = await (await store.PostAsync("/v1/entitlements", question)).ShouldBeAsync(HttpStatusCode.Created);
        var revision = (long)(await replicas.SqlAsync("select rev from authz_rev"))!;

        Assert.Equal(78, (await RecoverAsync(replicas)).Code); // nobody said why
        var (code, said) = await RecoverAsync(replicas, "--reason", "restored a backup");
        Assert.Equal(0, code);
        Assert.Contains("void 1 unredeemed entitlements", said, StringComparison.Ordinal);
        Assert.Contains("Nothing was done", said, StringComparison.Ordinal);
        Assert.Equal(revision, await replicas.SqlAsync("select rev from authz_rev"));
        Assert.True(await Replicas.MayAsync(replicas.Second));

        await replicas.SqlAsync("update authz_rev set rev = rev - 1");
        await Replicas.UntilAnswersAsync(replicas.First, HttpStatusCode.ServiceUnavailable);
        (code, said) = await RecoverAsync(replicas, "--reason", "restored a backup", "--confirm", "true");
        Assert.True(code == 0, said);
        Assert.Equal(revision - 1 + 1_000_000, await replicas.SqlAsync("select rev from authz_rev"));
        Assert.Contains(
            "restored a backup",
            (string)(await replicas.SqlAsync("select details from audit_event where kind = 'installation.recovered'"))!,
            StringComparison.Ordinal
        );
        foreach (var replica in replicas.All)
        {
            await Replicas.UntilAnswersAsync(replica, HttpStatusCode.ServiceUnavailable);
        }
        await replicas.EndSafeModeAsync();
        foreach (var replica in replicas.All)
        {
            await Replicas.UntilAnswersAsync(replica, HttpStatusCode.OK);
        }
        await (await replicas.First.Anonymous().PostAsync("/v1/downloads", new { token = (string)issued["token"]! })).ShouldBeAsync(HttpStatusCode.Gone);
    }

    private static async Task<(int Code, string Said)> RecoverAsync(Replicas replicas, params string[] more)
    {
        string[] arguments =
        [
            typeof(RecoverCommand).Assembly.Location,
            "recover",
            "--environment",
            "Development",
            "--Database:Provider",
            "Postgres",
            "--Database:Durability",
            "SingleNode",
            "--ConnectionStrings:Database",
            replicas.Database,
            "--Metrics:Url",
            $"http://127.0.0.1:{TestGateway.FreePort()}",
            .. more,
        ];
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(said));
    }
}
