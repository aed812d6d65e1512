using System.Data.Common;
using System.Security.Cryptography;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>Fills the ring, makes the first keys, and looks for new ones each minute. Without keys Redis is not asked; nothing else waits for them.</summary>
internal sealed partial class MacKeyLoader(
    IServiceScopeFactory scopes,
    IOptions<CacheOptions> options,
    IDataProtectionProvider protection,
    MacKeyRing ring,
    TimeProvider clock,
    ILogger<MacKeyLoader> log
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>So long after its successor a key opens entries: longer than any lives, and than a replica takes to see the successor.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    private readonly IDataProtector _wrap = protection.CreateProtector("Entitlements.Access.MacKey.v1");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await LoadAsync();
            }
            catch (Exception fault) when (fault is DbException or DbUpdateException or CryptographicException or TimeoutException)
            {
                NotRead(fault);
            }
        } while (options.Value.HasRedis && await timer.WaitForNextTickAsync(stoppingToken));
    }

    public async Task LoadAsync()
    {
        if (!options.Value.HasRedis)
        {
            return;
        }
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EntitlementsDb>();
        ring.Keys =
            await ReadAsync(db)
            ?? await scope
                .ServiceProvider.GetRequiredService<Writes>()
                .RecordAsync(async write =>
                {
                    await write.AloneAsync("mac_key"); // of several replicas that start at once one makes the keys
                    return await ReadAsync(write.Db) ?? new MacKeys(Add(write, MacKeyUse.Names), [Add(write, MacKeyUse.Entries)]);
                });
    }

    /// <summary>A new key, in use on this replica after the next load and everywhere within a minute.</summary>
    public byte[] Add(WriteScope write, MacKeyUse use)
    {
        var key = RandomNumberGenerator.GetBytes(MacKeys.Size);
        var row = new MacKeyRow
        {
            Id = Guid.CreateVersion7(write.Now),
            Use = use,
            WrappedKey = _wrap.Protect(key),
            CreatedAt = write.Now,
        };
        write.Db.MacKeys.Add(row);
        write.Audit("mac_key.added", null, new Caller.Machine().Key, $"mac_key/{row.Id}", new { use });
        return key;
    }

    /// <summary>Null where a use has no key.</summary>
    private async Task<MacKeys?> ReadAsync(EntitlementsDb db)
    {
        var rows = await db.MacKeys.AsNoTracking().OrderByDescending(row => row.CreatedAt).ThenBy(row => row.Id).ToListAsync();
        var (names, entries) = (new List<byte[]>(), new List<byte[]>());
        DateTimeOffset? successor = null;
        foreach (var row in rows)
        {
            if (row.Use == MacKeyUse.Entries && successor + Overlap <= clock.GetUtcNow())
            {
                continue;
            }
            if (Unwrap(row) is not { } key)
            {
                continue;
            }
            (row.Use == MacKeyUse.Names ? names : entries).Add(key);
            successor = row.Use == MacKeyUse.Entries ? row.CreatedAt : successor;
        }
        return names.Count > 0 && entries.Count > 0 ? new(names[0], [.. entries]) : null;
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
            NotOurs(row.Id);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Error, "The keys that seal cached decisions could not be read; those at hand, if any, go on.")]
    private partial void NotRead(Exception fault);

    [LoggerMessage(LogLevel.Error, "Keys:Protection: the MAC key {Key} in the database cannot be unwrapped and is not used.")]
    private partial void NotOurs(Guid key);
}
