using System.Runtime.CompilerServices;

namespace Entitlements.Gateway.Tests.Gateways;

/// <summary>A text kept beside the test and reviewed like code. Run with ENTITLEMENTS_ACCEPT=1 to write what is, then read the difference.</summary>
internal static class Snapshot
{
    public static async Task ShouldMatchAsync(string actual, string file, [CallerFilePath] string test = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(test)!, file);
        if (Environment.GetEnvironmentVariable("ENTITLEMENTS_ACCEPT") == "1")
        {
            await File.WriteAllTextAsync(path, actual);
        }
        Assert.True(File.Exists(path), $"{file} is missing: accept it once with ENTITLEMENTS_ACCEPT=1.");
        Assert.Equal(await File.ReadAllTextAsync(path), actual);
    }
}
