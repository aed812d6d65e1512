using System.Security.Cryptography;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>
/// Fills the ring before the first request, and again each minute where the keys are in a folder. When a key was first seen is kept in the
/// database, so that a restart does not make a new one sign early.
/// </summary>
internal sealed partial class SigningKeyLoader(
    IServiceScopeFactory scopes,
    IOptions<IssuanceOptions> options,
    IDataProtectionProvider protection,
    SigningKeyRing ring,
    TimeProvider clock,
    ILogger<SigningKeyLoader> log
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly IDataProtector _wrap = protection.CreateProtector("Entitlements.Issuance.SigningKey.v1");

    private bool FromFolder => !string.IsNullOrWhiteSpace(options.Value.SigningKeys);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (FromFolder && await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LoadAsync();
            }
            catch (Exception fault) when (fault is SettingsException or System.Data.Common.DbException or DbUpdateException)
            {
                Kept(fault); // the keys at hand go on
            }
        }
    }

    private async Task LoadAsync()
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EntitlementsDb>();
        if (await TryFillAsync(db, recorder: null))
        {
            return;
        }
        await scope
            .ServiceProvider.GetRequiredService<Writes>()
            .RecordAsync(async write =>
            {
                await write.AloneAsync("signing_key"); // of several replicas that start at once one makes the first key
                return await TryFillAsync(write.Db, write);
            });
    }

    /// <summary>False when there are keys not yet on record and nobody to record them.</summary>
    private async Task<bool> TryFillAsync(EntitlementsDb db, WriteScope? recorder)
    {
        var rows = await db.SigningKeys.AsNoTracking().OrderBy(row => row.CreatedAt).ThenBy(row => row.Kid).ToListAsync();
        var keys = FromFolder ? ReadFolder(options.Value.SigningKeys!) : rows.Where(row => row.WrappedPrivateKey.Length > 0).Select(Unwrap).ToList();
        if (keys.Count == 0)
        {
            keys = [SigningKey.Create()];
        }
        var known = rows.ToDictionary(row => row.Kid, row => row.SignsFrom, StringComparer.Ordinal);
        var unknown = keys.FindAll(key => !known.ContainsKey(key.KeyId));
        if (unknown.Count > 0)
        {
            if (recorder is null)
            {
                return false;
            }
            Remember(recorder, unknown, known, keys);
        }
        ring.Fill(keys.Select(key => key.From(known[key.KeyId])));
        return true;
    }

    /// <summary>A new key signs after the key set with it has reached everyone; the very first signs at once, for nobody has a key set yet.</summary>
    private void Remember(WriteScope write, List<SigningKey> fresh, Dictionary<string, DateTimeOffset> known, List<SigningKey> keys)
    {
        foreach (var key in fresh)
        {
            var isFirst = !keys.Exists(other => known.TryGetValue(other.KeyId, out var from) && from <= write.Now);
            known[key.KeyId] = isFirst ? write.Now : write.Now + options.Value.KeySetMaxAge;
            write.Db.SigningKeys.Add(
                new()
                {
                    Kid = key.KeyId,
                    PublicKey = key.ExportPublic(),
                    WrappedPrivateKey = FromFolder ? [] : _wrap.Protect(key.ExportPkcs8()),
                    CreatedAt = write.Now,
                    SignsFrom = known[key.KeyId],
                }
            );
            write.Audit(
                "signing_key.added",
                null,
                new Identity.Caller.Machine().Key,
                $"signing_key/{key.KeyId}",
                new { signs_from = known[key.KeyId], generated = !FromFolder }
            );
        }
    }

    /// <summary>Only what was wrapped here is a key of ours: who can write to the table cannot make one.</summary>
    private SigningKey Unwrap(SigningKeyRow row)
    {
        try
        {
            var key = SigningKey.FromPkcs8(_wrap.Unprotect(row.WrappedPrivateKey));
            return key.KeyId == row.Kid ? key : throw new CryptographicException("the key is not the one its row names");
        }
        catch (CryptographicException)
        {
            throw new SettingsException(
                $"Keys:Protection: the signing key {row.Kid} in the database cannot be unwrapped. Is this the certificate or key ring that wrapped it?"
            );
        }
    }

    private static List<SigningKey> ReadFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new SettingsException("Issuance:SigningKeys: there is no such folder.");
        }
        var files = Directory
            .GetFiles(folder)
            .Where(file => Path.GetExtension(file) is ".pem" or ".key" or ".jwk" or ".json")
            .Order(StringComparer.Ordinal)
            .ToList();
        var keys = files.ConvertAll(file =>
        {
            try
            {
                return SigningKey.FromText(File.ReadAllText(file));
            }
            catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
            {
                throw new SettingsException($"Issuance:SigningKeys: {Path.GetFileName(file)} cannot be read as a PEM or JWK private key on P-256.");
            }
        });
        return keys.Count > 0
            ? keys.DistinctBy(key => key.KeyId, StringComparer.Ordinal).ToList()
            : throw new SettingsException("Issuance:SigningKeys: no .pem, .key, .jwk or .json file is in the folder.");
    }

    [LoggerMessage(LogLevel.Error, "The signing keys could not be read again; those at hand go on.")]
    private partial void Kept(Exception fault);
}
