using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Entitlements.Gateway.Tests.Apk;

/// <summary>A real Android package: <c>settings_apk-debug.apk</c> (3 MB) of npm <c>io.appium.settings</c>, installed once, by the committed lock file.</summary>
internal static class RealApk
{
    private static readonly Task<string> Installed = InstallAsync(); // once a process, at first use

    /// <summary>The package's path; installs it first where that was not done.</summary>
    /// <exception cref="InvalidOperationException">npm is missing or could not install it.</exception>
    public static Task<string> PathAsync() => Installed;

    private static async Task<string> InstallAsync()
    {
        var folder = Folder();
        var apk = Path.Combine(folder, "node_modules", "io.appium.settings", "apks", "settings_apk-debug.apk");
        if (!File.Exists(apk))
        {
            var start = new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            {
                WorkingDirectory = folder,
                UseShellExecute = false,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            using var npm = Process.Start(start) ?? throw new InvalidOperationException("npm could not be started.");
            var said = npm.StandardError.ReadToEndAsync();
            await npm.StandardOutput.ReadToEndAsync();
            await npm.WaitForExitAsync();
            if (npm.ExitCode != 0)
            {
                throw new InvalidOperationException($"npm ci failed in {folder}: {await said}");
            }
        }

        return apk;
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
