using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Entitlements.Faults;

/// <summary>A server that we started, by its process id: in a folder of its own with <c>server.pid</c> and <c>output.log</c>.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private bool _ended;

    public bool Running => !_ended && !_process.HasExited;

    /// <summary>As a shell tells it: 128 and the signal for one that was killed. Null while it runs.</summary>
    public int? ExitCode => Running ? null : _process.ExitCode;

    private ServerProcess(Process process) => _process = process;

    /// <param name="folder">Exists already.</param>
    public static ServerProcess Start(string folder, IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "out=$1; shift; exec \"$@\" >>\"$out\" 2>&1", "sh", Path.Combine(folder, "output.log"), .. command])
        {
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }
        var process = Process.Start(start)!; // exec: the process id is the server's
        File.WriteAllText(Path.Combine(folder, "server.pid"), process.Id.ToString(CultureInfo.InvariantCulture));
        return new ServerProcess(process);
    }

    /// <summary>To the process and to its children: PostgreSQL is many processes. Stopping is done when this returns.</summary>
    public void Send(Signal signal)
    {
        foreach (var pid in (int[])[_process.Id, .. ChildrenOf(_process.Id)])
        {
            _ = kill(pid, (int)signal);
        }
    }

    /// <summary>Ends it and waits until it is gone, frozen or not.</summary>
    public async Task EndAsync(Signal with = Signal.Kill)
    {
        if (Running)
        {
            Send(Signal.Continue);
            _ = kill(_process.Id, (int)with); // PostgreSQL ends its children itself
            await _process.WaitForExitAsync();
        }
        _ended = true;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _process.Dispose();
    }

    /// <summary>Runs a command to its end; its output. Throws when it fails.</summary>
    public static async Task<string> RunAsync(params IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}: {await output}{await error}");
    }

    /// <summary>The command as user postgres when we are root; setpriv replaces itself by it, so the process id is the server's.</summary>
    public static string[] AsPostgres(params string[] command) =>
        Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", .. command] : command;

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static int[] ChildrenOf(int pid)
    {
        try
        {
            return
            [
                .. File.ReadAllText($"/proc/{pid}/task/{pid}/children")
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Select(child => int.Parse(child, CultureInfo.InvariantCulture)),
            ];
        }
        catch (IOException)
        {
            return []; // gone meanwhile
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);
}

/// <summary>Numbers of Linux.</summary>
internal enum Signal
{
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
