using System.Text;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Tests.Hosting;

internal sealed record Phone(string Model);

internal sealed record Thing(string Name, int Count, TimeSpan Lifetime, DateTimeOffset Since, Phone Phone, string[] Tags)
{
    public double? Weight { get; init; }
}

internal sealed record Loose
{
    public required string Id { get; init; }
}

/// <summary>The hosting slice alone on real sockets, with a few endpoints that show what reaches a handler.</summary>
internal sealed class HostUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HostUnderTest(WebApplication app, Recorder log) => (_app, Entries) = (app, log);

    public Recorder Entries { get; }

    /// <summary>Set when a request has reached <c>/held</c>, which ends when <see cref="Release"/> is set.</summary>
    public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Uri Public => Address(0);
    public Uri Operators => Address(^1);

    public static async Task<HostUnderTest> StartAsync(string environment = "Production", params string[] settings)
    {
        var log = new Recorder();
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions
            {
                EnvironmentName = environment,
                Args = ["--Urls", "http://127.0.0.1:0", "--Metrics:Url", "http://127.0.0.1:0", .. settings],
            }
        );
        builder.AddHosting();
        builder.Logging.ClearProviders().AddProvider(log);
        var app = builder.Build();
        app.CheckSettings();
        app.UseHosting();
        app.MapHosting();
        app.MapPost("/things", (Body<Thing> body) => TypedResults.Ok(body.Value));
        app.MapPost("/loose", (AuthZenBody<Loose> body) => TypedResults.Ok(body.Value));
        app.MapGet("/tenants/{tenant}/subjects/{subject}", (NameId tenant, OpaqueId subject) => TypedResults.Ok(new { tenant, subject }));
        app.MapGet(
            "/caller",
            (HttpContext context, IOptions<PublicUrlOptions> url) =>
                TypedResults.Ok(
                    new
                    {
                        address = context.Connection.RemoteIpAddress?.ToString(),
                        context.Request.Scheme,
                        url.Value.Origin,
                    }
                )
        );
        app.MapGet("/shown", (HttpContext context) => TypedResults.Ok(context.Request.Headers.Authorization.ToString()));
        app.MapGet("/paged", (int limit) => TypedResults.Ok(limit));
        app.MapGet("/fault", IResult () => throw new InvalidOperationException("secret words"));
        app.MapGet("/undecidable", () => Problems.Undecidable(TimeSpan.FromSeconds(3)));
        var host = new HostUnderTest(app, log);
        app.MapGet(
            "/held",
            async () =>
            {
                host.Held.SetResult();
                await host.Release.Task;
            }
        );
        await app.StartAsync();
        return host;
    }

    /// <summary>Sends bytes as they are and returns all that comes back until the server closes the line; it has 20 seconds for that.</summary>
    public Task<string> SendAsync(string raw, Encoding? encoding = null) => RawHttp.SendAsync(Public, raw, encoding);

    public Task<HttpResponseMessage> PostAsync(string path, string json, string type = "application/json") =>
        PostAsync(path, Encoding.UTF8.GetBytes(json), type);

    public async Task<HttpResponseMessage> PostAsync(string path, byte[] body, string? type = "application/json")
    {
        using var client = new HttpClient { BaseAddress = Public };
        client.DefaultRequestHeaders.ExpectContinue = true; // an answer that comes before the body was read is read, not lost with the connection
        using var content = new ByteArrayContent(body);
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        return await client.PostAsync(path, content);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private Uri Address(Index index) => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray()[index]);

    internal sealed class Recorder : ILoggerProvider, ILogger
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<(LogLevel Level, string Text)> _entries = new();

        public IReadOnlyCollection<(LogLevel Level, string Text)> All => _entries;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _entries.Enqueue((logLevel, formatter(state, exception)));

        public void Dispose() { }
    }
}
