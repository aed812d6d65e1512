using System.Collections.Concurrent;
using System.Text;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Entitlements.Gateway.Tests.Hosting;

/// <summary>Takes what a host exports by OTLP over HTTP and keeps the bytes. Protobuf writes text as it is, so a search of the bytes finds it.</summary>
internal sealed class CollectorStub : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> _received = new();
    private readonly SemaphoreSlim _more = new(0);
    private readonly WebApplication _app;

    private CollectorStub(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public static async Task<CollectorStub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{FreePort.Next()}");
        var app = builder.Build();
        var stub = new CollectorStub(app);
        app.MapPost(
            "/v1/{signal}",
            async (string signal, HttpRequest request) =>
            {
                using var body = new MemoryStream();
                await request.Body.CopyToAsync(body);
                stub._received.Enqueue((signal, body.ToArray()));
                stub._more.Release();
                return Results.Bytes([], "application/x-protobuf"); // an empty message: all accepted
            }
        );
        await app.StartAsync();
        return stub;
    }

    /// <summary>Ends when the text has come with that signal; fails after a minute without.</summary>
    public async Task ArrivedAsync(string signal, string text)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!SignalsWith(text).Contains(signal))
        {
            await _more.WaitAsync(deadline.Token);
        }
    }

    /// <summary>The signals in whose bytes the text stands.</summary>
    public IReadOnlyList<string> SignalsWith(string text) =>
        [.. _received.Where(r => r.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0).Select(r => r.Signal).Distinct()];

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _more.Dispose();
    }
}
