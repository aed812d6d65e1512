using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>
/// The connection, made in the background and for good: nobody waits for it. A read is bounded by the budget and by the breaker; whatever
/// goes wrong is a miss.
/// </summary>
internal sealed partial class RedisLink(IOptions<CacheOptions> options, Breaker breaker, RedisTelemetry telemetry, TimeProvider clock, ILogger<RedisLink> log)
    : BackgroundService,
        IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private volatile ConnectionMultiplexer? _redis;

    /// <summary>Connected, and answering when last asked.</summary>
    public bool IsUp => _redis is { IsConnected: true } && !breaker.IsOpen;

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
        while (options.Value.HasRedis && _redis is null && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                var redis = await ConnectionMultiplexer.ConnectAsync(Parse(options.Value.Redis!));
                redis.ConnectionFailed += (_, lost) => Lost(lost.FailureType);
                redis.ConnectionRestored += (_, _) => Restored();
                _redis = redis; // connected or not yet: it goes on trying by itself
            }
            catch (Exception fault) when (fault is RedisException or TimeoutException or InvalidOperationException)
            {
                NotYet(fault.GetType().Name); // Sentinels that know no primary
                await Task.Delay(Pause, clock, stoppingToken);
            }
        }
    }

    /// <summary>Null where there is nothing, or Redis did not say so in time. Never throws.</summary>
    public async ValueTask<Lease<byte>?> GetAsync(byte[] key)
    {
        if (_redis is not { } redis || !breaker.TryEnter())
        {
            return null;
        }
        using var span = RedisTelemetry.Reading();
        Task<Lease<byte>?>? reading = null;
        try
        {
            reading = redis.GetDatabase().StringGetLeaseAsync(key);
            var found = await reading.WaitAsync(options.Value.RedisBudget, clock);
            breaker.Succeeded();
            return found;
        }
        catch (RedisServerException wrong) when (wrong.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            breaker.Succeeded(); // what lies there is no entry, but Redis is well
            return Lease<byte>.Empty;
        }
        catch (TimeoutException)
        {
            telemetry.Overran();
            Forget(reading);
        }
        catch (Exception) // whatever it is: a miss
        {
            telemetry.Failed();
        }
        breaker.Failed();
        return null;
    }

    /// <summary>Hands an entry over and returns at once.</summary>
    public void Set(byte[] key, byte[] entry, TimeSpan life)
    {
        if (_redis is { IsConnected: true } redis && !breaker.IsOpen)
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
        telemetry.Wrote(isDone);
    }

    /// <summary>Nobody waits for it any more, nor is to hear of its fault.</summary>
    private static void Forget(Task? task) =>
        _ = task?.ContinueWith(
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
