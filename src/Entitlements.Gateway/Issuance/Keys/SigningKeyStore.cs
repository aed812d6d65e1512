using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>
/// The signing keys on record: generated ones whole and wrapped, those of a folder only with when they were first seen, so that a restart does not
/// make a new one sign early. A generated key goes when everything that it signed has ended.
/// </summary>
internal sealed partial class SigningKeyStore(
    IOptions<IssuanceOptions> options,
    IDataProtectionProvider protection,
    SigningKeyRing ring,
    ILogger<SigningKeyStore> log
)
{
    /// <summary>So long after its successor began to sign, nothing that a key signed is of use: the last token, and the session that it opened at its end.</summary>
    public static readonly TimeSpan Retention = EntitlementToken.LongestLife + SessionClock.Longest + KeySchedule.Spread;

    private readonly IDataProtector _wrap = protection.CreateProtector("Entitlements.Issuance.SigningKey.v1");
    private readonly ConcurrentDictionary<string, bool> _refused = new(StringComparer.Ordinal);

    private bool FromFolder => !string.IsNullOrWhiteSpace(options.Value.SigningKeys);

    /// <summary>The keys in force, in order of file name or of when they begin to sign. Null where a key is to be made, recorded or retired and <paramref name="write"/> is not there.</summary>
    /// <exception cref="SettingsException">The folder cannot be read; or, on a ring that is still empty, a key on record is not ours.</exception>
    public async Task<ImmutableArray<SigningKey>?> ReadAsync(EntitlementsDb db, DateTimeOffset now, WriteScope? write)
    {
        var rows = await RowsAsync(db);
        return FromFolder ? Recorded(SigningKeyFolder.Read(options.Value.SigningKeys!), rows, write) : await GeneratedAsync(rows, now, write);
    }

    /// <summary>Gives the generated keys a successor.</summary>
    /// <param name="at">Now, by the database's clock.</param>
    /// <exception cref="SettingsException">There is nothing to rotate, or this process cannot read what there is; nothing was done.</exception>
    public async Task<SigningKey> RotateAsync(WriteScope write, DateTimeOffset at, KeyOrder by)
    {
        if (FromFolder)
        {
            throw new SettingsException(
                "Issuance:SigningKeys: the signing keys are files of yours. Put a new private key into the folder, with a name that sorts last; gateways find it there. (keys rotate mac rotates the MAC keys alone.)"
            );
        }
        var generated = (await RowsAsync(write.Db)).FindAll(row => row.WrappedPrivateKey.Length > 0);
        if (generated.Count == 0)
        {
            throw new SettingsException("There is no generated signing key in this database: the first gateway on it makes one.");
        }
        if (generated.Find(row => Unwrap(row) is null) is { } strange)
        {
            throw NotOurs(strange);
        }
        return Add(write, SigningKey.Create(), at, signsAtOnce: false, by);
    }

    private static Task<List<SigningKeyRow>> RowsAsync(EntitlementsDb db) =>
        db.SigningKeys.AsNoTracking().OrderBy(row => row.SignsFrom).ThenBy(row => row.CreatedAt).ThenBy(row => row.Kid).ToListAsync();

    private ImmutableArray<SigningKey>? Recorded(List<SigningKey> files, List<SigningKeyRow> rows, WriteScope? write)
    {
        var known = rows.ToDictionary(row => row.Kid, row => row.SignsFrom, StringComparer.Ordinal);
        foreach (var key in files.FindAll(key => !known.ContainsKey(key.KeyId)))
        {
            if (write is null)
            {
                return null;
            }
            var isFirst = !files.Exists(other => known.TryGetValue(other.KeyId, out var from) && from <= write.Now);
            known[key.KeyId] = Add(write, key, write.Now, isFirst, by: null).SignsFrom;
        }
        return [.. files.Select(key => key.From(known[key.KeyId]))];
    }

    private async Task<ImmutableArray<SigningKey>?> GeneratedAsync(List<SigningKeyRow> rows, DateTimeOffset now, WriteScope? write)
    {
        var generated = rows.FindAll(row => row.WrappedPrivateKey.Length > 0);
        var ours = generated.Select(row => (Row: row, Key: OfOurs(row))).Where(one => one.Key is not null).Select(one => (one.Row, Key: one.Key!)).ToList();
        var ended = ours.Where((_, i) => ours.Skip(i + 1).Any(later => later.Row.SignsFrom + Retention <= now)).Select(one => one.Row.Kid).ToList();
        var isFirst = generated.Count == 0; // rows that are not ours, and no others, are no reason to begin anew: somebody must look
        var isDue = isFirst || (ours.Count > 0 && ours[^1].Row.CreatedAt + KeySchedule.Life <= now);
        if ((isDue || ended.Count > 0) && write is null)
        {
            return null;
        }
        var keys = ours.Where(one => !ended.Contains(one.Row.Kid)).Select(one => one.Key).ToList();
        if (ended.Count > 0)
        {
            await RetireAsync(write!, ended);
        }
        if (isDue)
        {
            keys.Add(Add(write!, SigningKey.Create(), now, isFirst, by: null));
        }
        return [.. keys];
    }

    /// <summary>A new key signs after the key set with it has reached everyone; the very first signs at once, for nobody has a key set yet.</summary>
    private SigningKey Add(WriteScope write, SigningKey key, DateTimeOffset at, bool signsAtOnce, KeyOrder? by)
    {
        var from = signsAtOnce ? at : at + KeySchedule.Spread + options.Value.KeySetMaxAge;
        write.Db.SigningKeys.Add(
            new()
            {
                Kid = key.KeyId,
                PublicKey = key.ExportPublic(),
                WrappedPrivateKey = FromFolder ? [] : _wrap.Protect(key.ExportPkcs8()),
                CreatedAt = at,
                SignsFrom = from,
            }
        );
        var details = new
        {
            signs_from = from,
            generated = !FromFolder,
            by?.OsUser,
            by?.Reason,
        };
        write.Audit("signing_key.added", null, new Identity.Caller.Machine().Key, $"signing_key/{key.KeyId}", details);
        return key.From(from);
    }

    private static async Task RetireAsync(WriteScope write, List<string> ended)
    {
        await write.Db.SigningKeys.Where(row => ended.Contains(row.Kid)).ExecuteDeleteAsync();
        foreach (var kid in ended)
        {
            write.Audit("signing_key.retired", null, new Identity.Caller.Machine().Key, $"signing_key/{kid}");
        }
    }

    /// <summary>Null where it is not ours. Said once; where nothing was read yet, the host does not start.</summary>
    private SigningKey? OfOurs(SigningKeyRow row)
    {
        if (Unwrap(row) is { } key)
        {
            return key;
        }
        if (ring.All.IsEmpty)
        {
            throw NotOurs(row);
        }
        if (_refused.TryAdd(row.Kid, true))
        {
            Refused(row.Kid);
        }
        return ring.Find(row.Kid)?.From(row.SignsFrom); // one that was unwrapped before is ours, whatever became of its wrapping
    }

    /// <summary>Only what was wrapped here is a key of ours: who can write to the table cannot make one.</summary>
    private SigningKey? Unwrap(SigningKeyRow row)
    {
        try
        {
            var key = SigningKey.FromPkcs8(_wrap.Unprotect(row.WrappedPrivateKey));
            return key.KeyId == row.Kid ? key.From(row.SignsFrom) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static SettingsException NotOurs(SigningKeyRow row) =>
        new($"Keys:Protection: the signing key {row.Kid} in the database cannot be unwrapped. Is this the certificate or key ring that wrapped it?");

    [LoggerMessage(
        LogLevel.Error,
        "Keys:Protection: the signing key {Key} in the database cannot be unwrapped and is not used. Somebody put it there, or the certificate is another."
    )]
    private partial void Refused(string key);
}
