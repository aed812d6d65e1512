using Entitlements.Gateway.Storage;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>
/// The connection, made in the background and for good: nobody waits for it. A read is bounded by the budget and by the breaker; whatever
/// goes wrong is a miss.
/// </summary>
internal sealed partial class RedisLink : BackgroundService, IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly CacheOptions _options;
    private readonly Breaker _breaker;
    private readonly RedisTelemetry _telemetry;
    private readonly TimeProvider _clock;
    private readonly ILogger<RedisLink> _log;
    private readonly Together<byte[], Lease<byte>?> _together;
    private volatile ConnectionMultiplexer? _redis;

    public RedisLink(IOptions<CacheOptions> options, Breaker breaker, RedisTelemetry telemetry, TimeProvider clock, ILogger<RedisLink> log)
    {
        (_options, _breaker, _telemetry, _clock, _log) = (options.Value, breaker, telemetry, clock, log);
        _together = new(ReadAsync);
    }

    /// <summary>Connected, and answering when last asked.</summary>
    public bool IsUp => _redis is { IsConnected: true } && !_breaker.IsOpen;

    /// <summary>The commands that are ever sent, and nothing else: not even to ask who is there.</summary>
    /// <exception cref="ArgumentException">Not a configuration string; the message may hold a password.</exception>
    public static ConfigurationOptions Parse(string text)
    {
        var to = ConfigurationOptions.Parse(text);
        // INFO may be forbidden; where the client may not send it at all, it writes a key of its own to find out what it talks to
        HashSet<string> commands = ["AUTH", "GET", "SET", "PING", "INFO"];
        if (to.ServiceName is { Length: > 0 })
        {
            commands.Add("ROLE"); // Sentinel's primary is asked whether it is one
        }
        if (to.DefaultDatabase > 0)
        {
            commands.Add("SELECT");
        }
        to.CommandMap = CommandMap.Create(commands, available: true);
        to.AbortOnConnectFail = false;
        to.AllowAdmin = false;
        to.BacklogPolicy = BacklogPolicy.FailFast;
        to.TieBreaker = "";
        to.ConfigurationChannel = "";
        to.SetClientLibrary = false;
        to.Protocol = RedisProtocol.Resp2;
        return to;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (_options.HasRedis && _redis is null && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                var redis = await ConnectionMultiplexer.ConnectAsync(Parse(_options.Redis!));
                redis.ConnectionFailed += (_, lost) => Lost(lost.FailureType);
                redis.ConnectionRestored += (_, _) => Restored();
                _redis = redis; // connected or not yet: it goes on trying by itself
            }
            catch (Exception fault) when (fault is RedisException or TimeoutException or InvalidOperationException)
            {
                NotYet(fault.GetType().Name); // Sentinels that know no primary
                await Task.Delay(Pause, _clock, stoppingToken);
            }
        }
    }

    /// <summary>Null where there is nothing, or Redis did not say so in time. Never throws.</summary>
    /// <remarks>The budget counts from the asking: who waits for the reading before theirs has no more of it.</remarks>
    public async ValueTask<Lease<byte>?> GetAsync(byte[] key)
    {
        if (_redis is null || _breaker.IsResting)
        {
            return null;
        }
        try
        {
            return await _together.AskAsync(key).WaitAsync(_options.RedisBudget, _clock);
        }
        catch (TimeoutException)
        {
            return null; // what comes too late is nobody's
        }
    }

    /// <summary>Reads for all who ask at the same time: one write, one wait.</summary>
    private async Task<Lease<byte>?[]> ReadAsync(IReadOnlyList<byte[]> keys)
    {
        if (_redis is not { } redis || !_breaker.TryEnter())
        {
            return new Lease<byte>?[keys.Count];
        }
        using var span = RedisTelemetry.Reading();
        Task<Lease<byte>?>[] readings = [];
        try
        {
            var batch = redis.GetDatabase().CreateBatch();
            readings = [.. keys.Select(key => batch.StringGetLeaseAsync(key))];
            batch.Execute();
            var all = Task.WhenAll(readings);
            Forget(all);
            await all.WaitAsync(_options.RedisBudget, _clock);
        }
        catch (TimeoutException)
        {
            _telemetry.Overran();
        }
        catch (Exception) when (Array.TrueForAll(readings, IsAnswered))
        {
            // what lies there is no entry, but Redis is well
        }
        catch (Exception)
        {
            _telemetry.Failed(); // whatever it is: a miss
        }
        if (readings.Length > 0 && Array.TrueForAll(readings, IsAnswered))
        {
            _breaker.Succeeded();
        }
        else
        {
            _breaker.Failed();
        }
        var answers = new Lease<byte>?[keys.Count];
        for (var i = 0; i < readings.Length; i++)
        {
            answers[i] =
                readings[i].IsCompletedSuccessfully ? await readings[i]
                : IsOfAnotherType(readings[i]) ? Lease<byte>.Empty
                : null;
        }
        return answers;
    }

    /// <summary>By what was asked for, or by saying that something else lies there.</summary>
    private static bool IsAnswered(Task<Lease<byte>?> reading) => reading.IsCompletedSuccessfully || IsOfAnotherType(reading);

    private static bool IsOfAnotherType(Task reading) =>
        reading.Exception?.InnerException is RedisServerException { Message: var wrong } && wrong.StartsWith("WRONGTYPE", StringComparison.Ordinal);

    /// <summary>Hands an entry over and returns at once.</summary>
    public void Set(byte[] key, byte[] entry, TimeSpan life)
    {
        if (_redis is { IsConnected: true } redis && !_breaker.IsOpen)
        {
            Forget(SetAsync(redis, key, entry, life));
        }
    }

    private async Task SetAsync(ConnectionMultiplexer redis, byte[] key, byte[] entry, TimeSpan life)
    {
        var isDone = false;
        try
        {
            // spelt out: the client's own method would send SETEX, one more command to allow
            isDone = (string?)await redis.GetDatabase().ExecuteAsync("SET", [key, entry, "PX", (long)life.TotalMilliseconds]) == "OK";
        }
        catch (Exception)
        {
            // full, read-only, away: the metric says so, and the next reader reads the truth
        }
        _telemetry.Wrote(isDone);
    }

    /// <summary>Nobody may be waiting any more to hear of its fault.</summary>
    private static void Forget(Task task) =>
        _ = task.ContinueWith(
            static gone => _ = gone.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );

    public async ValueTask DisposeAsync()
    {
        Dispose();
        if (Interlocked.Exchange(ref _redis, null) is { } redis)
        {
            await redis.DisposeAsync();
        }
    }

    [LoggerMessage(LogLevel.Warning, "Redis is lost ({Cause}): decisions come from memory and from the database.")]
    private partial void Lost(ConnectionFailureType cause);

    [LoggerMessage(LogLevel.Information, "Redis is back.")]
    private partial void Restored();

    [LoggerMessage(LogLevel.Warning, "Redis could not be reached yet ({Fault}); decisions come from memory and from the database.")]
    private partial void NotYet(string fault);
}
