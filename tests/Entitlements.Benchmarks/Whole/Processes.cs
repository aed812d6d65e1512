using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Entitlements.Benchmarks.Whole;

/// <summary>Starting processes, and what they cost.</summary>
internal static class Processes
{
    /// <summary>Clock ticks a second in <c>/proc</c>: 100 on every Linux there is.</summary>
    private const double Ticks = 100;

    /// <summary>Milliseconds between two looks whether a server answers.</summary>
    private const int Pause = 100;

    public static Process Start(params string[] command)
    {
        string[] quiet = ["-c", "exec \"$@\" >/dev/null 2>>\"${BENCH_LOG:-/dev/null}\"", "sh", .. command];
        return Process.Start(new ProcessStartInfo("/bin/sh", quiet) { WorkingDirectory = "/" })!;
    }

    public static async Task RunAsync(params string[] command)
    {
        using var process = Start(command);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}");
        }
    }

    public static async Task<string> OutputOfAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return text;
    }

    public static async Task UntilAnsweringAsync(Process process, string url)
    {
        using var http = new HttpClient();
        while (!process.HasExited)
        {
            try
            {
                if ((await http.GetAsync(url)).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) { } // not listening yet
            await Task.Delay(Pause);
        }
        throw new InvalidOperationException($"the process behind {url} ended; BENCH_LOG=file keeps what it says");
    }

    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        while (!await holds())
        {
            await Task.Delay(Pause);
        }
    }

    public static async Task StopAsync(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
        }
        await process.WaitForExitAsync();
    }

    /// <summary>Seconds of processor time, user and system, of processes with their children, living and reaped.</summary>
    public static double Cpu(IEnumerable<int> ids)
    {
        var stats = Directory.EnumerateDirectories("/proc").Select(StatOf).OfType<Stat>().ToList();
        return ids.Distinct().Sum(id => stats.Where(s => s.Id == id).Sum(s => s.Own + s.Reaped) + stats.Where(s => s.Parent == id).Sum(s => s.Own)) / Ticks;
    }

    /// <summary>Bytes resident.</summary>
    public static long Memory(int id)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private sealed record Stat(int Id, int Parent, long Own, long Reaped);

    private static Stat? StatOf(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id))
        {
            return null;
        }
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' '); // proc(5): from the third field on
            long Field(int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
            return new(id, (int)Field(4), Field(14) + Field(15), Field(16) + Field(17));
        }
        catch (IOException)
        {
            return null; // ended meanwhile
        }
    }
}
