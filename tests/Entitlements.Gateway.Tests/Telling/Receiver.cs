using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Entitlements.Gateway.Tests.Telling;

/// <summary>What a receiver got.</summary>
/// <param name="Body">As it came.</param>
internal sealed record Received(string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Id => Headers["webhook-id"];
    public JsonNode Event => JsonNode.Parse(Body)!;
}

/// <summary>A system that hears of events: a real server on loopback that answers 200, or what the test told it to answer next.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _received = [];
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _answers = [];

    private Receiver(string address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{address}:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public string Url => _app.Urls.First();
    public int Port => new Uri(Url).Port;
    public IReadOnlyList<Received> All => [.. _received];

    public static async Task<Receiver> StartAsync(string address = "127.0.0.1")
    {
        var receiver = new Receiver(address);
        await receiver._app.StartAsync();
        return receiver;
    }

    public void AnswerNext(params int[] statuses) => Array.ForEach(statuses, status => AnswerNext(context => context.Response.StatusCode = status));

    public void AnswerNext(Action<HttpContext> answer) =>
        _answers.Enqueue(context =>
        {
            answer(context);
            return Task.CompletedTask;
        });

    public void AnswerNext(Func<HttpContext, Task> answer) => _answers.Enqueue(answer);

    /// <summary>The next request is taken and not answered until the test says so.</summary>
    public Held HoldNext()
    {
        var held = new Held();
        _answers.Enqueue(async context =>
        {
            held.Came.SetResult();
            await held.Release.Task.WaitAsync(context.RequestAborted);
        });
        return held;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
        _received.Enqueue(new(context.Request.Path, context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()), body));
        if (_answers.TryDequeue(out var answer))
        {
            try
            {
                await answer(context);
            }
            catch (OperationCanceledException) { } // the caller gave up
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    internal sealed class Held
    {
        public TaskCompletionSource Came { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
