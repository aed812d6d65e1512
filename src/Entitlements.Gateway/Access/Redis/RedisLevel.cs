using Entitlements.Gateway.Consistency;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>Decisions that other replicas made. An entry is believed exactly as one from memory is, and only when one of us sealed it for this very question.</summary>
internal sealed class RedisLevel(RedisLink link, MacKeyRing ring, CacheTelemetry telemetry, TimeProvider clock)
{
    /// <summary>False where there is no Redis, or no key yet.</summary>
    public bool IsUsed => ring.Keys is not null;

    /// <summary>Null where there is no entry that counts under <paramref name="view"/>. Never throws.</summary>
    public async ValueTask<Ruling?> FindAsync(string question, View view)
    {
        if (ring.Keys is not { } keys)
        {
            return null;
        }
        var name = Entry.NameOf(question, keys.Names);
        using var found = await link.GetAsync(KeyOf(name));
        if (found is null)
        {
            return null;
        }
        var (ruling, cause) = Entry.Open(question, name, found.Span, keys.Entries, Entry.Build.Span);
        var why = ruling is null ? cause : ruling.ObjectionUnder(view, clock.GetUtcNow());
        if (why is not null)
        {
            telemetry.Rejected(CacheLevel.Redis, why.Value);
            return null;
        }
        telemetry.Found(CacheLevel.Redis);
        return ruling;
    }

    /// <summary>Offers <paramref name="ruling"/> to the others; nobody waits for it.</summary>
    public void Offer(string question, Ruling ruling)
    {
        var life = ruling.NotAfter - clock.GetUtcNow();
        if (ring.Keys is not { } keys || life < TimeSpan.FromMilliseconds(1))
        {
            return;
        }
        var name = Entry.NameOf(question, keys.Names);
        if (Entry.Seal(question, name, ruling, keys.Entries[0], Entry.Build.Span) is { } entry)
        {
            link.Set(KeyOf(name), entry, life);
        }
    }

    /// <summary>All that we ever put into Redis lies below <c>d:</c>.</summary>
    private static byte[] KeyOf(ReadOnlySpan<byte> name)
    {
        var key = new byte[2 + 2 * name.Length];
        "d:"u8.CopyTo(key);
        Convert.TryToHexStringLower(name, key.AsSpan(2), out _);
        return key;
    }
}
