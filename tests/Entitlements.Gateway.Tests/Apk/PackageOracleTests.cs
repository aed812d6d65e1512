using System.Diagnostics;
using System.Text.RegularExpressions;
using Entitlements.Engine.Packages;

namespace Entitlements.Gateway.Tests.Apk;

/// <summary>A real package, read by us, by <c>aapt2</c> and by <c>apksigner</c>: three readers, one answer.</summary>
public sealed partial class PackageOracleTests
{
    [Fact]
    public async Task A_real_package_is_read_as_androids_own_tools_read_it()
    {
        var apk = await RealApk.PathAsync();
        var badging = await RunAsync("aapt2", "dump", "badging", apk);
        var read = Read(apk);
        Assert.Equal(One(Name(), badging), read.Id);
        Assert.Equal(One(Code(), badging), read.Build);
        Assert.Equal(One(VersionName(), badging), read.Version);
        Assert.Equal(One(Lowest(), badging), read.LowestSystem);
        Assert.Equal(One(Target(), badging), read.TargetSystem);
        Assert.Equal(badging.Contains("application-debuggable", StringComparison.Ordinal), read.Debuggable);
        var asked = Permission().Matches(badging).Select(m => m.Groups["is"].Value).Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(asked);
        Assert.Equal(asked, read.Capabilities.Where(c => !c.Contains(".BIND_", StringComparison.Ordinal)));
        Assert.Equal(One(Signer(), await RunAsync("apksigner", "verify", "--print-certs", apk)), read.SignerSha256);
    }

    [Fact]
    public async Task One_altered_byte_in_what_is_signed_is_noticed()
    {
        var bytes = await File.ReadAllBytesAsync(await RealApk.PathAsync());
        using var good = new MemoryStream(bytes);
        Assert.NotNull(PackageReader.Read(good).SignerSha256);
        foreach (var at in new[] { bytes.Length / 3, bytes.Length / 2 })
        {
            bytes[at] ^= 1;
            using var altered = new MemoryStream(bytes);
            Assert.Equal(PackageFault.SignatureInvalid, Assert.Throws<PackageException>(() => PackageReader.Read(altered)).Fault);
            bytes[at] ^= 1;
        }
    }

    /// <summary>The figure: the manifest of a package of 150 MiB, its signature looked for, in 64 MiB.</summary>
    [Fact]
    public async Task A_package_of_150_MiB_is_read_in_little_memory()
    {
        var path = Path.GetTempFileName();
        try
        {
            await using (var file = File.Create(path))
            using (var zip = new System.IO.Compression.ZipArchive(file, System.IO.Compression.ZipArchiveMode.Create))
            {
                CopyManifest(await RealApk.PathAsync(), zip);
                await using var padding = await zip.CreateEntry("assets/padding", System.IO.Compression.CompressionLevel.NoCompression).OpenAsync();
                var block = new byte[1024 * 1024];
                for (var i = 0; i < 150; i++)
                {
                    new Random(i).NextBytes(block);
                    await padding.WriteAsync(block);
                }
            }
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal("io.appium.settings", Read(path).Id);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 64L * 1024 * 1024);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void CopyManifest(string apk, System.IO.Compression.ZipArchive to)
    {
        using var from = System.IO.Compression.ZipFile.OpenRead(apk);
        using var source = from.GetEntry("AndroidManifest.xml")!.Open();
        using var target = to.CreateEntry("AndroidManifest.xml").Open();
        source.CopyTo(target);
    }

    private static PackageContents Read(string path)
    {
        using var file = File.OpenRead(path);
        return PackageReader.Read(file);
    }

    private static string One(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } found ? found.Groups["is"].Value : throw new FormatException(text);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }

    [GeneratedRegex("package: name='(?<is>[^']*)'", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Name();

    [GeneratedRegex("versionCode='(?<is>[^']*)'", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Code();

    [GeneratedRegex("versionName='(?<is>[^']*)'", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex VersionName();

    [GeneratedRegex("(?m)^(?:sdkVersion|minSdkVersion):'(?<is>[^']*)'", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Lowest();

    [GeneratedRegex("targetSdkVersion:'(?<is>[^']*)'", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Target();

    [GeneratedRegex("uses-permission(?:-sdk-23)?: name='(?<is>[^']*)'", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Permission();

    [GeneratedRegex("certificate SHA-256 digest: (?<is>[0-9a-f]{64})", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Signer();
}
