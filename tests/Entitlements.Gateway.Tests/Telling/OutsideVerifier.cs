using System.Diagnostics;
using System.Text.Json;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.Telling;

/// <summary>npm standardwebhooks in a process of its own: a verifier that we did not write. Its clock is the machine's.</summary>
public sealed class OutsideVerifier : IAsyncLifetime
{
    private Process _node = null!;

    public ValueTask InitializeAsync()
    {
        var folder = Path.Combine(Repository.Root, "tests", "Entitlements.Gateway.Tests", "Telling", "standard-webhooks");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), "npm ci was not run here; infra/test.sh does it");
        _node = Process.Start(
            new ProcessStartInfo("node", ["verify.mjs"])
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        return ValueTask.CompletedTask;
    }

    /// <summary><c>ok</c>, or what is wrong.</summary>
    internal async Task<string> JudgeAsync(string secret, Received received, string? body = null)
    {
        await _node.StandardInput.WriteLineAsync(
            JsonSerializer.Serialize(
                new
                {
                    secret,
                    headers = received.Headers,
                    body = body ?? received.Body,
                }
            )
        );
        await _node.StandardInput.FlushAsync();
        return await _node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the verifier ended");
    }

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        await _node.WaitForExitAsync();
        _node.Dispose();
    }
}
