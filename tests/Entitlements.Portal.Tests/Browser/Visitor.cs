using System.Diagnostics;
using Microsoft.Playwright;

namespace Entitlements.Portal.Tests.Browser;

/// <summary>One person with one browser. Counts what a visit costs them, and keeps what the browser complained of.</summary>
public sealed class Visitor : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];
    private readonly List<string> _expected = [];
    private readonly long _began = Stopwatch.GetTimestamp();
    private ICDPSession _wire = null!;
    private long _bytes;

    private Visitor(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    /// <summary>Touches and clicks; typing is none.</summary>
    public int Taps { get; private set; }

    /// <summary>Bytes that came over the wire, headers and compression as they are.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);
    public TimeSpan Took => Stopwatch.GetElapsedTime(_began);

    internal static async Task<Visitor> EnterAsync(IBrowserContext context)
    {
        var page = await context.NewPageAsync();
        var visitor = new Visitor(context, page);
        page.Console += (_, said) =>
        {
            if (said.Type is "error" or "warning")
            {
                visitor._faults.Add($"{said.Type}: {said.Text} ({said.Location})");
            }
        };
        page.RequestFailed += (_, request) =>
        {
            if (request.Failure != "net::ERR_ABORTED") // left for another page, or became a download
            {
                visitor._faults.Add($"failed: {request.Method} {request.Url}: {request.Failure}");
            }
        };
        page.PageError += (_, error) => visitor._faults.Add($"script: {error}");
        visitor._wire = await context.NewCDPSessionAsync(page);
        await visitor._wire.SendAsync("Network.enable");
        visitor._wire.Event("Network.loadingFinished").OnEvent += (_, told) =>
            Interlocked.Add(ref visitor._bytes, (long)(told?.GetProperty("encodedDataLength").GetDouble() ?? 0));
        return visitor;
    }

    public ILocator By(AriaRole role, string name) => Page.GetByRole(role, new() { Name = name });

    public async Task TapAsync(ILocator what)
    {
        Taps++;
        await what.ClickAsync();
    }

    /// <summary>Goes to a page of the portal, through the sign-in where it is asked for.</summary>
    public async Task SignInAsync(string person, string to = "/")
    {
        await Page.GotoAsync(to);
        if (Page.Url.Contains("/connect/sign-in", StringComparison.Ordinal))
        {
            await NameAsync(person);
        }
    }

    /// <summary>At the built-in provider: says who it is.</summary>
    public async Task NameAsync(string person)
    {
        await Page.Locator("#id").FillAsync(person);
        await TapAsync(Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }));
        await Page.WaitForLoadStateAsync(LoadState.Load);
    }

    /// <summary>As slow as a bad mobile connection.</summary>
    public Task ThrottleAsync(int kilobitsPerSecond) =>
        _wire.SendAsync(
            "Network.emulateNetworkConditions",
            new()
            {
                ["offline"] = false,
                ["latency"] = 300,
                ["downloadThroughput"] = kilobitsPerSecond * 1000 / 8,
                ["uploadThroughput"] = kilobitsPerSecond * 1000 / 8,
            }
        );

    /// <summary>The bytes of what pressing <paramref name="what"/> downloads, and the name it is given.</summary>
    public async Task<(string Name, byte[] Bytes)> DownloadAsync(ILocator what)
    {
        var download = await Page.RunAndWaitForDownloadAsync(() => TapAsync(what));
        await using var stream = await download.CreateReadStreamAsync();
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        return (download.SuggestedFilename, bytes.ToArray());
    }

    public void StartCounting()
    {
        Taps = 0;
        Interlocked.Exchange(ref _bytes, 0);
    }

    /// <summary>The test brings about, on purpose, what the browser complains of with these words.</summary>
    public void Expect(string complaint) => _expected.Add(complaint);

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        AssertQuiet();
    }

    /// <summary>Nothing that was not expected: no error, no warning, no breach of the content security policy, no failed request.</summary>
    public void AssertQuiet()
    {
        var unexpected = _faults.FindAll(fault => !_expected.Exists(fault.Contains));
        Assert.True(unexpected.Count == 0, $"The browser complained:\n{string.Join('\n', unexpected)}");
    }
}
