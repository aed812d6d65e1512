using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Entitlements.Edge.Artifacts;
using Entitlements.Edge.Downloads;
using Entitlements.Gateway.Tests.Apk;
using Entitlements.Gateway.Tests.Faults;

namespace Entitlements.Gateway.Tests.Downloads;

public sealed class CheckedBlocksTests : IAsyncLifetime
{
    private const int MiB = 1024 * 1024;

    private GateHost _gate = null!;

    public async ValueTask InitializeAsync() => _gate = await GateHost.StartAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    [Trait("Abuse", "37")]
    public async Task Case_37_a_file_altered_after_it_was_pinned_never_completes_and_nothing_of_the_bad_block_leaves()
    {
        var bytes = DownloadTests.Content((3 * MiB) + 17);
        var download = await _gate.AddAsync(new MemoryStream(bytes));
        await using (var file = File.OpenWrite(download.Path))
        {
            file.Position = (2 * MiB) - 1; // the last byte of the second block
            file.WriteByte((byte)(bytes[(2 * MiB) - 1] ^ 1));
        }

        var (received, whole) = await ReadAllAsync(download);
        Assert.False(whole);
        Assert.True(received.Length <= MiB && bytes.AsSpan(0, received.Length).SequenceEqual(received));
        var (range, good) = await ReadAllAsync(download, new RangeHeaderValue(2 * MiB, null));
        Assert.True(good && bytes.AsSpan(2 * MiB).SequenceEqual(range)); // blocks that are sound can be had
        var (inside, bad) = await ReadAllAsync(download, new RangeHeaderValue(MiB, MiB)); // one sound byte of the bad block
        Assert.False(bad);
        Assert.Empty(inside);
    }

    [Fact]
    public async Task A_file_cut_short_never_completes_and_a_lost_one_is_503()
    {
        var download = await _gate.AddAsync(new MemoryStream(DownloadTests.Content(2 * MiB)));
        await using (var file = File.OpenWrite(download.Path))
        {
            file.SetLength((2 * MiB) - 1);
        }

        Assert.False((await ReadAllAsync(download)).Whole);
        File.Delete(download.Path);
        using var lost = await _gate.GetAsync(download);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, lost.StatusCode);
        Assert.False(lost.Headers.Contains("Repr-Digest"));
    }

    [Fact]
    public async Task At_most_four_ranges_of_a_session_run_side_by_side()
    {
        var download = await _gate.AddAsync(new MemoryStream(DownloadTests.Content(24 * MiB))); // more than sockets buffer
        var running = new List<HttpResponseMessage>();
        for (var i = 0; i < StreamSlots.PerSession; i++)
        {
            running.Add(await _gate.GetAsync(download));
        }

        using var fifth = await _gate.GetAsync(download);
        Assert.Equal(HttpStatusCode.TooManyRequests, fifth.StatusCode);
        using var head = await _gate.GetAsync(download, method: HttpMethod.Head);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        await running[0].Content.CopyToAsync(Stream.Null);
        Assert.True((await ReadAllAsync(download, new RangeHeaderValue(0, 9), patient: true)).Whole);
        running.ForEach(answer => answer.Dispose());
    }

    [Fact]
    public async Task Case_32_a_revocation_cuts_a_running_stream()
    {
        var download = await _gate.AddAsync(new MemoryStream(DownloadTests.Content(24 * MiB)));
        using var answer = await _gate.GetAsync(download);
        await download.Revocation.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task In_the_gateways_process_every_chunk_is_asked_for_and_a_no_ends_the_stream()
    {
        var download = await _gate.AddAsync(new MemoryStream(DownloadTests.Content(2 * MiB)));
        _gate.Sessions.MayGoOn = sent => sent < MiB ? ContinueOutcome.GoOn : ContinueOutcome.Undecidable;
        var (received, whole) = await ReadAllAsync(download);
        Assert.False(whole);
        Assert.True(received.Length <= MiB);
        _gate.Sessions.MayGoOn = _ => ContinueOutcome.Stop;
        Assert.Empty((await ReadAllAsync(download)).Received);
    }

    [Fact]
    public async Task On_an_edge_a_stream_whose_reader_is_slow_is_cut_when_no_yes_comes()
    {
        var download = await _gate.AddAsync(new MemoryStream(DownloadTests.Content(24 * MiB)));
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate.Sessions.Lease = TimeSpan.FromSeconds(0.4);
        _gate.Sessions.MayGoOn = _ =>
        {
            asked.TrySetResult();
            return ContinueOutcome.Undecidable;
        };
        using var answer = await _gate.GetAsync(download);
        await asked.Task; // nothing was read meanwhile: the question does not wait for the reader
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var body = await answer.Content.ReadAsStreamAsync();
            using var crawl = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            var buffer = new byte[64 * 1024];
            while (await crawl.WaitForNextTickAsync() && await body.ReadAsync(buffer) > 0) { }
        });
    }

    [Fact]
    public async Task On_an_edge_a_stream_goes_on_while_the_answer_is_yes()
    {
        var download = await _gate.AddAsync(new MemoryStream(DownloadTests.Content(MiB)));
        await using var proxy = new FaultProxy(_gate.Port) { BytesPerSecond = 512 * 1024 };
        using var http = new HttpClient { BaseAddress = proxy.Origin };
        var yes = 0;
        _gate.Sessions.Lease = TimeSpan.FromSeconds(0.5);
        _gate.Sessions.MayGoOn = _ =>
        {
            Interlocked.Increment(ref yes);
            return ContinueOutcome.GoOn;
        };
        using var answer = await _gate.GetAsync(download, http: http);
        Assert.Equal(MiB, (await answer.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task A_real_package_arrives_over_three_sessions_at_one_megabit_per_second()
    {
        await using var apk = File.OpenRead(await RealApk.PathAsync());
        var first = await _gate.AddAsync(apk, "settings_apk-debug.apk");
        await using var proxy = new FaultProxy(_gate.Port) { BytesPerSecond = 125_000 };
        using var http = new HttpClient { BaseAddress = proxy.Origin };
        using var copy = new MemoryStream();
        foreach (var cutAfter in (long[])[1_200_000, 900_000, long.MaxValue])
        {
            var session = _gate.Pin(new DigestedContent(first.Content.Sha256, first.Content.Size, first.Content.Blocks), first.Path); // a fresh entitlement
            proxy.CutAfter = cutAfter;
            var (had, broke) = (copy.Length, false);
            using var answer = await _gate.GetAsync(
                session,
                http: http,
                headers: headers =>
                {
                    headers.Range = had == 0 ? null : new RangeHeaderValue(had, null);
                    headers.IfRange = had == 0 ? null : new RangeConditionHeaderValue($"\"{first.Content.Sha256.Hex}\"");
                }
            );
            Assert.Equal(had == 0 ? HttpStatusCode.OK : HttpStatusCode.PartialContent, answer.StatusCode);
            try
            {
                await (await answer.Content.ReadAsStreamAsync()).CopyToAsync(copy);
            }
            catch (IOException)
            {
                broke = true;
            }

            Assert.Equal(cutAfter != long.MaxValue, broke);
        }

        Assert.Equal(first.Content.Sha256.Hex, Convert.ToHexStringLower(SHA256.HashData(copy.GetBuffer().AsSpan(0, (int)copy.Length))));
    }

    [Theory]
    [InlineData("/v1/downloads/../../etc/passwd")]
    [InlineData("/v1/downloads/%2e%2e%2f%2e%2e%2fetc%2fpasswd")]
    [InlineData("/v1/downloads/%252e%252e%252fetc")]
    [InlineData("/v1/downloads/..\\..\\boot.ini")]
    [InlineData("/v1/downloads/C:")]
    [InlineData("/v1/downloads/\\\\host\\share")]
    [InlineData("/v1/downloads/%c0%ae%c0%ae%c0%af")]
    [InlineData("/v1/downloads/{0}%00")]
    [InlineData("/v1/downloads/{0}.")]
    [InlineData("/v1/downloads/{0}%20")]
    [InlineData("//v1/downloads/{0}")]
    [InlineData("/v1/downloads/{0}/x")]
    [InlineData("/v1//downloads/{0}")]
    [Trait("Abuse", "28")]
    public async Task Case_28_a_path_trick_gets_400_or_404(string path)
    {
        var download = await _gate.AddAsync(new MemoryStream([1, 2, 3]));
        using var socket = new TcpClient("127.0.0.1", _gate.Port);
        await using var stream = socket.GetStream();
        var target = path.Replace("{0}", download.Session, StringComparison.Ordinal);
        await stream.WriteAsync(
            Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {download.Token}\r\nConnection: close\r\n\r\n")
        );
        using var reader = new StreamReader(stream);
        Assert.Matches("^HTTP/1.1 40[04] ", await reader.ReadLineAsync());
    }

    private async Task<(byte[] Received, bool Whole)> ReadAllAsync(TestDownload download, RangeHeaderValue? range = null, bool patient = false)
    {
        using var received = new MemoryStream();
        try
        {
            HttpResponseMessage answer;
            do
            {
                answer = await _gate.GetAsync(download, headers => headers.Range = range);
            } while (patient && answer.StatusCode == HttpStatusCode.TooManyRequests); // the place is given back after the last byte was read
            using var _ = answer;
            await (await answer.Content.ReadAsStreamAsync()).CopyToAsync(received);
            return (received.ToArray(), answer.IsSuccessStatusCode);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            return (received.ToArray(), false);
        }
    }
}
