using System.Collections.Concurrent;
using System.Security.Cryptography;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>
/// Fills the ring, makes the first keys, and looks again every <see cref="KeySchedule.Look"/>: takes up new keys, drops removed ones, deletes those that
/// have served their time. Without keys Redis is not asked; nothing else waits for them.
/// </summary>
internal sealed partial class MacKeyLoader(
    IServiceScopeFactory scopes,
    IOptions<CacheOptions> options,
    IDataProtectionProvider protection,
    MacKeyRing ring,
    TimeProvider clock,
    ILogger<MacKeyLoader> log
) : KeyLoader(scopes, clock, log)
{
    /// <summary>So long after its successor a key opens entries: none lives longer than 5 minutes, and by then every replica has seen the successor.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromMinutes(5) + KeySchedule.Spread;

    private readonly IDataProtector _wrap = protection.CreateProtector("Entitlements.Access.MacKey.v1");
    private readonly ConcurrentDictionary<Guid, bool> _refused = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.HasRedis)
        {
            await LookAsync();
            await base.ExecuteAsync(stoppingToken);
        }
    }

    public override async Task LoadAsync()
    {
        if (!options.Value.HasRedis)
        {
            return;
        }
        await using var scope = Scopes.CreateAsyncScope();
        ring.Keys =
            await ReadAsync(scope.ServiceProvider.GetRequiredService<EntitlementsDb>(), Clock.Now(), write: null)
            ?? await scope
                .ServiceProvider.GetRequiredService<Writes>()
                .RecordAsync(async write =>
                {
                    await write.AloneAsync("mac_key"); // of several replicas that find something to do one does it
                    return await ReadAsync(write.Db, write.Now, write);
                });
    }

    /// <summary>A successor to the key that seals. Names stay: a new key for them would make every entry unfindable, and they protect no decision.</summary>
    /// <param name="at">Now, by the database's clock.</param>
    /// <returns>Its id; null where there is no key to rotate.</returns>
    /// <exception cref="SettingsException">This process cannot read the keys there are.</exception>
    public async Task<Guid?> RotateAsync(WriteScope write, DateTimeOffset at, KeyOrder by)
    {
        var rows = await write.Db.MacKeys.AsNoTracking().ToListAsync();
        return rows.Find(row => Unwrap(row) is null) is { } strange
                ? throw new SettingsException(
                    $"Keys:Protection: the MAC key {strange.Id} in the database cannot be unwrapped. Is this the certificate or key ring that wrapped it?"
                )
            : rows.Count == 0 ? null
            : Add(write, MacKeyUse.Entries, at, by).Row.Id;
    }

    /// <summary>The keys in force. Null where one is to be made or deleted and <paramref name="write"/> is not there.</summary>
    private async Task<MacKeys?> ReadAsync(EntitlementsDb db, DateTimeOffset now, WriteScope? write)
    {
        var rows = await db.MacKeys.AsNoTracking().OrderByDescending(row => row.CreatedAt).ThenBy(row => row.Id).ToListAsync();
        var ours = rows.Select(row => (Row: row, Key: OfOurs(row)!)).Where(one => one.Key is not null).ToLookup(one => one.Row.Use);
        var (names, entries) = (ours[MacKeyUse.Names].ToList(), ours[MacKeyUse.Entries].ToList());
        var ended = Ended(names, now).Concat(Ended(entries, now)).ToList();
        var isDue = entries.Count == 0 || entries[0].Row.CreatedAt + KeySchedule.Life <= now;
        if (write is null && (names.Count == 0 || isDue || ended.Count > 0))
        {
            return null;
        }
        if (names.Count == 0)
        {
            names.Add(Add(write!, MacKeyUse.Names, now, by: null));
        }
        if (isDue)
        {
            entries.Insert(0, Add(write!, MacKeyUse.Entries, now, by: null));
        }
        if (ended.Count > 0)
        {
            await DeleteAsync(write!, ended);
        }
        return new(names[0].Key, [.. entries.Where(one => !ended.Contains(one.Row.Id)).Select(one => one.Key)]);
    }

    /// <param name="keys">Newest first.</param>
    private static IEnumerable<Guid> Ended(List<(MacKeyRow Row, byte[] Key)> keys, DateTimeOffset now) =>
        keys.Where((_, i) => i > 0 && keys[i - 1].Row.CreatedAt + Overlap <= now).Select(one => one.Row.Id);

    private (MacKeyRow Row, byte[] Key) Add(WriteScope write, MacKeyUse use, DateTimeOffset at, KeyOrder? by)
    {
        var key = RandomNumberGenerator.GetBytes(MacKeys.Size);
        var row = new MacKeyRow
        {
            Id = Guid.CreateVersion7(at),
            Use = use,
            WrappedKey = _wrap.Protect(key),
            CreatedAt = at,
        };
        write.Db.MacKeys.Add(row);
        var details = new
        {
            use,
            by?.OsUser,
            by?.Reason,
        };
        write.Audit("mac_key.added", null, new Caller.Machine().Key, $"mac_key/{row.Id}", details);
        return (row, key);
    }

    private static async Task DeleteAsync(WriteScope write, List<Guid> ended)
    {
        await write.Db.MacKeys.Where(row => ended.Contains(row.Id)).ExecuteDeleteAsync();
        foreach (var id in ended)
        {
            write.Audit("mac_key.deleted", null, new Caller.Machine().Key, $"mac_key/{id}");
        }
    }

    private byte[]? OfOurs(MacKeyRow row)
    {
        var key = Unwrap(row);
        if (key is null && _refused.TryAdd(row.Id, true))
        {
            NotOurs(row.Id);
        }
        return key;
    }

    /// <summary>Only what was wrapped here is a key of ours: who can write to the table cannot make one.</summary>
    private byte[]? Unwrap(MacKeyRow row)
    {
        try
        {
            return _wrap.Unprotect(row.WrappedKey) is { Length: MacKeys.Size } key ? key : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    [LoggerMessage(LogLevel.Error, "Keys:Protection: the MAC key {Key} in the database cannot be unwrapped and is not used.")]
    private partial void NotOurs(Guid key);
}
