namespace Entitlements.Faults;

/// <summary>F4: whatever Redis is or holds, it may cost a miss and nothing else.</summary>
internal static class RedisFaults
{
    /// <summary>Gives every key the value of another: genuine entries in the wrong place.</summary>
    private const string SwapValues = """
        local keys = redis.call('keys', '*')
        for i = 2, #keys do
          if redis.call('type', keys[i]).ok == 'string' and redis.call('type', keys[i - 1]).ok == 'string' then
            local one, other = redis.call('get', keys[i - 1]), redis.call('get', keys[i])
            redis.call('set', keys[i], one, 'keepttl')
            redis.call('set', keys[i - 1], other, 'keepttl')
          end
        end
        return #keys
        """;

    public static async Task AllAsync(Storm storm)
    {
        var redis = storm.Cluster.Redis;
        await RepeatAsync(20, () => redis.TellAsync("eval", SwapValues, "0"));
        await RepeatAsync(10, () => redis.TellAsync("flushall"));
        await FrozenAsync(redis, 2);
        await WithAsync(redis, ["config", "set", "maxmemory", "1mb"], ["config", "set", "maxmemory", "64mb"]);
        await WithAsync(redis, ["replicaof", "127.0.0.1", "1"], ["replicaof", "no", "one"]); // read-only, and its primary is not there
        await redis.TellAsync("config", "set", "requirepass", "another");
        await redis.TellAsync("-a", "another", "--no-auth-warning", "client", "kill", "type", "normal", "skipme", "yes"); // those connected stay trusted
        await Storm.For(1);
        await redis.TellAsync("-a", "another", "--no-auth-warning", "config", "set", "requirepass", "");
        await redis.Server.EndAsync();
        await Storm.For(1);
        await redis.RestartAsync();
    }

    private static async Task FrozenAsync(RedisNode redis, double seconds)
    {
        redis.Server.Send(Signal.Stop);
        await Storm.For(seconds);
        redis.Server.Send(Signal.Continue);
    }

    private static async Task WithAsync(RedisNode redis, string[] break_, string[] heal)
    {
        await redis.TellAsync(break_);
        await Storm.For(1);
        await redis.TellAsync(heal);
    }

    private static async Task RepeatAsync(int times, Func<Task> act)
    {
        for (var i = 0; i < times; i++)
        {
            await act();
            await Storm.For(0.1);
        }
    }
}
