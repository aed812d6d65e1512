using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Entitlements.Client.Wire;
using Entitlements.Edge.Artifacts;
using Entitlements.Edge.Downloads;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Entitlements.Gateway.Tests.Downloads;

/// <summary>The gate on a real socket, before a folder of its own (or an origin), asking <see cref="TestSessions"/>.</summary>
internal sealed class GateHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GateHost(WebApplication app, string root, TestSessions sessions) => (_app, Root, Sessions) = (app, root, sessions);

    public string Root { get; }

    public TestSessions Sessions { get; }

    public int Port => new Uri(_app.Urls.First()).Port;

    public Uri Origin => new($"http://127.0.0.1:{Port}");

    public HttpClient Http { get; private set; } = null!;

    public static async Task<GateHost> StartAsync(string? origin = null)
    {
        var root = Directory.CreateTempSubdirectory("gate-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration[origin is null ? "Artifacts:Root" : "Artifacts:Origin"] = origin ?? root;
        builder.Configuration["PublicUrl"] = "https://downloads.example/";
        builder.Services.AddProblemDetails();
        builder.Services.AddDownloadGate();
        var sessions = new TestSessions();
        builder.Services.AddSingleton<IDownloadSessions>(sessions);
        var app = builder.Build();
        app.UseStatusCodePages();
        app.MapDownloads();
        await app.StartAsync();
        var host = new GateHost(app, root, sessions);
        host.Http = new HttpClient { BaseAddress = host.Origin };
        return host;
    }

    /// <summary>Puts a file into the folder and pins it; the session's address and token come back.</summary>
    public async Task<TestDownload> AddAsync(Stream content, string name = "file.apk", string type = "application/vnd.android.package-archive")
    {
        var digested = await BlockDigests.ComputeAsync(content, default);
        content.Position = 0;
        var path = Path.Combine(Root, digested.Sha256.StorePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using (var file = File.Create(path))
        {
            await content.CopyToAsync(file);
        }

        return Pin(digested, path, name, type);
    }

    public TestDownload Pin(DigestedContent digested, string path, string name = "file.apk", string type = "application/octet-stream")
    {
        var download = new TestDownload(
            SessionId.New(),
            $"token.{Guid.NewGuid():N}.sig",
            path,
            new DownloadContent(digested.Sha256, digested.Size, name, type, digested.Blocks)
        );
        Sessions.Add(download);
        return download;
    }

    public async Task<HttpResponseMessage> GetAsync(
        TestDownload download,
        Action<HttpRequestHeaders>? headers = null,
        HttpMethod? method = null,
        HttpClient? http = null
    )
    {
        using var request = download.Request(method ?? HttpMethod.Get);
        headers?.Invoke(request.Headers);
        return await (http ?? Http).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }
}

internal sealed record TestDownload(string Session, string Token, string Path, DownloadContent Content)
{
    public CancellationTokenSource Revocation { get; } = new();

    public HttpRequestMessage Request(HttpMethod method)
    {
        var request = new HttpRequestMessage(method, $"/v1/downloads/{Session}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return request;
    }
}

/// <summary>Answers as the gateway would, from a dictionary; the gateway's own implementation has its own tests.</summary>
internal sealed class TestSessions : IDownloadSessions
{
    private readonly ConcurrentDictionary<string, TestDownload> _byToken = [];
    private readonly ConcurrentDictionary<string, string?> _spent = [];

    /// <summary>Asked on each continue; the default says yes.</summary>
    public Func<long, ContinueOutcome> MayGoOn { get; set; } = _ => ContinueOutcome.GoOn;

    public TimeSpan? Lease { get; set; }

    public RedeemOutcome? Redeemed { get; set; }

    public OpenOutcome? Opened { get; set; }

    public void Add(TestDownload download) => _byToken[download.Token] = download;

    public Task<RedeemOutcome> RedeemAsync(string token, string? idempotencyKey, bool canServe) =>
        Task.FromResult(
            Redeemed
                ?? (
                    _byToken.TryGetValue(token, out var download)
                        ? !canServe
                            ? new RedeemOutcome.Undecidable()
                            : _spent.TryAdd(token, idempotencyKey) || (idempotencyKey is not null && _spent[token] == idempotencyKey)
                                ? new RedeemOutcome.Created(
                                    download.Session,
                                    DateTimeOffset.UnixEpoch.AddYears(60),
                                    new ReleaseSummary("1.0", "android", download.Content.Sha256.Hex, download.Content.Size)
                                )
                                : new RedeemOutcome.Spent()
                        : new RedeemOutcome.NotOurs()
                )
        );

    public Task<OpenOutcome> OpenAsync(string session, string token, CancellationToken cancel) =>
        Task.FromResult(
            Opened
                ?? (
                    _byToken.TryGetValue(token, out var download)
                        ? download.Session == session
                            ? new OpenOutcome.Open(download.Content, Lease, download.Revocation.Token)
                            : new OpenOutcome.Forbidden()
                        : new OpenOutcome.Unauthorized()
                )
        );

    public Task<ContinueOutcome> ContinueAsync(string session, string token, long sent, CancellationToken cancel) => Task.FromResult(MayGoOn(sent));
}
