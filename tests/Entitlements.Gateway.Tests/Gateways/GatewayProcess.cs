using System.Diagnostics;

namespace Entitlements.Gateway.Tests.Gateways;

/// <summary>The gateway as a user starts it: a process of its own, in Development, on embedded defaults, in a folder of its own.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];

    public string Url { get; }
    public string Folder { get; } = Directory.CreateTempSubdirectory("entitlements-process-").FullName;

    /// <summary>What it has printed so far.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_output)
            {
                return [.. _output];
            }
        }
    }

    private GatewayProcess()
    {
        Url = $"http://127.0.0.1:{FreePort.Next()}";
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        foreach (
            var argument in new[]
            {
                Path.Combine(AppContext.BaseDirectory, "Entitlements.Gateway.dll"),
                "--environment",
                "Development",
                "--Urls",
                Url,
                "--Metrics:Url",
                $"http://127.0.0.1:{FreePort.Next()}",
            }
        )
        {
            start.ArgumentList.Add(argument);
        }
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static async Task<GatewayProcess> StartAsync()
    {
        var gateway = new GatewayProcess();
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await again.WaitForNextTickAsync(patience.Token))
        {
            Assert.False(gateway._process.HasExited, $"The gateway ended:\n{string.Join('\n', gateway.Output)}");
            try
            {
                if ((await http.GetAsync($"{gateway.Url}/health/ready", patience.Token)).IsSuccessStatusCode)
                {
                    return gateway;
                }
            }
            catch (HttpRequestException) { } // not listening yet
        }
        throw new UnreachableException();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            if (line.Data is not null)
            {
                _output.Add(line.Data);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
