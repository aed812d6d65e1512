using System.Diagnostics;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>npm oidc-provider in a process of its own: an OpenID provider that we did not write.</summary>
public sealed class OutsideProvider : IAsyncLifetime
{
    private Process? _node;

    public string Issuer { get; private set; } = "";

    public ValueTask InitializeAsync() => StartAsync([]);

    /// <summary>With a public client <c>portal</c>, which people come back to <paramref name="redirect"/> from.</summary>
    public ValueTask StartForPortalAsync(int port, string redirect) =>
        StartAsync([("PORT", port.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("PORTAL", redirect)]);

    private async ValueTask StartAsync(IReadOnlyList<(string Name, string Value)> environment)
    {
        var folder = Path.Combine(Repository.Root, "tests", "Entitlements.Gateway.Tests", "Identity", "oidc-provider");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            using var install = Start("npm", folder, [], "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            await install.StandardOutput.ReadToEndAsync();
            await install.WaitForExitAsync();
            Assert.Equal(0, install.ExitCode);
        }

        _node = Start("node", folder, environment, "server.mjs");
        Issuer = await _node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the outside provider did not start");
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            _node.StandardInput.Close();
            await _node.WaitForExitAsync();
            _node.Dispose();
        }
    }

    private static Process Start(string command, string folder, IReadOnlyList<(string Name, string Value)> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }
}
