using System.Diagnostics;

namespace Entitlements.Faults;

/// <summary>Ends what a killed test process left behind: a shell that waits for the end of our pipe, then ends every <c>server.pid</c> of the folder, and removes it.</summary>
internal sealed class Reaper : IAsyncDisposable
{
    // PostgreSQL gets its immediate shutdown, so that it frees its shared memory; the others are killed
    private const string Script = """
        trap '' INT TERM HUP
        cat >/dev/null
        for file in "$1"/*/server.pid; do
          [ -f "$file" ] || continue
          pid=$(cat "$file")
          kill -CONT $(cat "/proc/$pid/task/$pid/children" 2>/dev/null) "$pid" 2>/dev/null
          if [ -d "${file%/*}/data" ]; then kill -QUIT "$pid"; else kill -KILL "$pid"; fi 2>/dev/null
          while [ -d "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do sleep 0.1; done
        done
        sed -n "s#^[^ ]* \($1/[^ ]*\) .*#\1#p" /proc/mounts | while read -r disk; do umount -l "$disk"; done
        rm -rf "$1"
        """;

    private readonly Process _shell;

    public Reaper(string folder)
    {
        _shell = Process.Start(
            new ProcessStartInfo("setsid", ["-w", "/bin/sh", "-c", Script, "sh", folder]) { RedirectStandardInput = true, UseShellExecute = false }
        )!;
    }

    /// <summary>Lets it do its work now.</summary>
    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
