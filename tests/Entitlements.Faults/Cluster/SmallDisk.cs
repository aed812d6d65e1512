using System.Diagnostics;
using System.Globalization;

namespace Entitlements.Faults;

/// <summary>A file system of its own, in memory, that can be filled to the last byte. Mounting it takes root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _path;

    private string Filler => Path.Combine(_path, "filler");

    private SmallDisk(string path) => _path = path;

    /// <param name="path">Created when it is missing.</param>
    /// <param name="size">As tmpfs takes it: <c>16m</c>.</param>
    /// <param name="owner">Who may write there; null: everybody.</param>
    public static SmallDisk Mount(string path, string size, string? owner = null)
    {
        Directory.CreateDirectory(path);
        var rights = owner is null ? "mode=0777" : $"mode=0700,uid={owner},gid={owner}";
        Run("mount", "-t", "tmpfs", "-o", $"size={size},{rights}", "tmpfs", path);
        return new SmallDisk(path);
    }

    /// <summary>Why nothing can be mounted here; null when it can.</summary>
    public static string? Obstacle()
    {
        try
        {
            Run("unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"); // in a world of its own, gone with it
            return null;
        }
        catch (InvalidOperationException refused)
        {
            return $"needs to mount small file systems, as root can: {refused.Message}";
        }
    }

    /// <summary>Takes what is free, down to the last page.</summary>
    public void Fill()
    {
        for (var i = 0; i < 20 && new DriveInfo(_path).AvailableFreeSpace is > 0 and var free; i++)
        {
            try
            {
                var taken = File.Exists(Filler) ? new FileInfo(Filler).Length : 0;
                Run("fallocate", "-l", (taken + free).ToString(CultureInfo.InvariantCulture), Filler);
            }
            catch (InvalidOperationException) { } // somebody else took of it meanwhile
        }
    }

    public void Free() => File.Delete(Filler);

    public ValueTask DisposeAsync()
    {
        Run("umount", "-l", _path);
        return ValueTask.CompletedTask;
    }

    private static void Run(params IReadOnlyList<string> command)
    {
        using var process = Process.Start(
            new ProcessStartInfo(command[0], command.Skip(1))
            {
                RedirectStandardError = true,
                UseShellExecute = false,
                WorkingDirectory = "/",
            }
        )!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)}: {error.Trim()}");
        }
    }
}
