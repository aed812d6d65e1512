using Entitlements.Edge.Artifacts;

namespace Entitlements.Gateway.Tests.Downloads;

/// <summary>Counts what the whole process allocates, so nothing else may run beside it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[Collection(Name)]
[Trait("Suite", "scale")]
public sealed class LargeFileTests
{
    private const string Name = "alone";
    private const int MiB = 1024 * 1024;

    [Fact]
    public async Task A_GiB_streams_in_constant_memory()
    {
        const long size = 1024L * MiB;
        await using var gate = await GateHost.StartAsync();
        var path = Path.Combine(gate.Root, "sparse");
        await using (var file = File.Create(path))
        {
            file.SetLength(size);
        }

        DigestedContent digested;
        await using (var file = File.OpenRead(path))
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            digested = await BlockDigests.ComputeAsync(file, default);
            Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 16 * MiB);
        }

        var stored = Path.Combine(gate.Root, digested.Sha256.StorePath);
        Directory.CreateDirectory(Path.GetDirectoryName(stored)!);
        File.Move(path, stored);
        var download = gate.Pin(digested, stored);
        using var answer = await gate.GetAsync(download);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var (buffer, total, read, most) = (new byte[256 * 1024], 0L, 0, 0L);
        var held = GC.GetTotalMemory(forceFullCollection: true); // what tests before this one still hold
        var start = GC.GetTotalAllocatedBytes(precise: true);
        while ((read = await body.ReadAsync(buffer)) > 0)
        {
            total += read;
            most = total % (64 * MiB) < read ? Math.Max(most, GC.GetTotalMemory(forceFullCollection: false)) : most;
        }

        Assert.Equal(size, total);
        Assert.InRange((GC.GetTotalAllocatedBytes(precise: true) - start) / 1024, 0, 256 * 1024); // bytes allocated per MiB streamed, both ends in one process
        Assert.InRange(most - held, -held, 256 * MiB);
    }
}
