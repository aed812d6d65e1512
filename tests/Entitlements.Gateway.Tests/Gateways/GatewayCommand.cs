using System.Diagnostics;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Tests.Gateways;

/// <summary>The gateway's own program as an operator runs it: a process that does one thing and ends.</summary>
internal static class GatewayCommand
{
    public static Task<(int Code, string Said)> OnPostgresAsync(string database, params string[] words) =>
        RunAsync([.. words, "--Database:Provider", "Postgres", "--Database:Durability", "SingleNode", "--ConnectionStrings:Database", database]);

    public static Task<(int Code, string Said)> OnSqliteAsync(string database, params string[] words) =>
        RunAsync([.. words, "--ConnectionStrings:Database", database]);

    private static async Task<(int Code, string Said)> RunAsync(string[] words)
    {
        string[] arguments =
        [
            typeof(EntitlementsDb).Assembly.Location,
            .. words,
            "--environment",
            "Development",
            "--Urls",
            $"http://127.0.0.1:{FreePort.Next()}",
            "--Metrics:Url",
            $"http://127.0.0.1:{FreePort.Next()}",
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
