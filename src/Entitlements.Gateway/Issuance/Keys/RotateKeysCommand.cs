using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>
/// <c>entitlements keys rotate [signing|mac] --reason "…"</c>: gives the generated keys successors. Running gateways take them up; what the old
/// keys signed or sealed is good until it ends by itself.
/// </summary>
internal static class RotateKeysCommand
{
    private const int Refused = 78; // EX_CONFIG of sysexits.h
    private const int InDoubt = 75; // EX_TEMPFAIL

    [Flags]
    internal enum Which
    {
        Signing = 1,
        Mac = 2,
        Both = Signing | Mac,
    }

    public static bool IsAsked(string[] args) => args is ["keys", ..];

    /// <summary>Call it once storage is open. The exit code: 0 rotated, 78 nothing was changed, 75 it is not certain to last.</summary>
    public static async Task<int> RotateKeysAsync(this WebApplication app, string[] args)
    {
        try
        {
            var which = WhichOf(args);
            var by = new KeyOrder(Environment.UserName, app.Configuration.ReasonFor("keys rotate"));
            // who cannot read the key ring must not leave a key of their own in it
            app.Services.GetRequiredService<IOptions<KeyManagementOptions>>().Value.AutoGenerateKeys = false;
            await using var scope = app.Services.CreateAsyncScope();
            var said = await scope.ServiceProvider.GetRequiredService<Writes>().RecordAsync(write => RotateAsync(app.Services, write, which, by));
            await Console.Out.WriteLineAsync(string.Join(Environment.NewLine, said));
            return 0;
        }
        catch (SettingsException fault)
        {
            await Console.Error.WriteLineAsync("Nothing was changed." + string.Concat(fault.Faults.Select(f => $"{Environment.NewLine}  - {f}")));
            return Refused;
        }
        catch (CommitInDoubtException doubt)
        {
            await Console.Error.WriteLineAsync(
                $"The new keys were written, but a failover might lose them ({doubt.Message}). Gateways take up what they find; rotate once more when the standby is back."
            );
            return InDoubt;
        }
    }

    /// <exception cref="SettingsException">No such thing can be rotated.</exception>
    internal static Which WhichOf(string[] args) =>
        args switch
        {
            ["keys", "rotate"] or ["keys", "rotate", ['-', ..], ..] => Which.Both,
            ["keys", "rotate", "signing"] or ["keys", "rotate", "signing", ['-', ..], ..] => Which.Signing,
            ["keys", "rotate", "mac"] or ["keys", "rotate", "mac", ['-', ..], ..] => Which.Mac,
            _ => throw new SettingsException("keys: say keys rotate [signing|mac] --reason \"why\". Without signing or mac both are rotated."),
        };

    private static async Task<List<string>> RotateAsync(IServiceProvider services, WriteScope write, Which which, KeyOrder by)
    {
        var at = await NowAsync(write);
        List<string> said = [];
        if (which.HasFlag(Which.Signing))
        {
            await write.AloneAsync("signing_key");
            var key = await services.GetRequiredService<SigningKeyStore>().RotateAsync(write, at, by);
            said.Add(
                $"Signing key {key.KeyId} was added. Every gateway publishes it within a minute and signs with it from {key.SignsFrom.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. "
                    + "The older keys verify until all that they signed has ended, then gateways delete them."
            );
        }
        if (which.HasFlag(Which.Mac))
        {
            await write.AloneAsync("mac_key");
            var key = await services.GetRequiredService<MacKeyLoader>().RotateAsync(write, at, by);
            said.Add(
                key is not null
                    ? $"MAC key {key} was added. Every gateway seals with it within a minute; the older ones open what they sealed, then gateways delete them."
                : which == Which.Both ? "There are no MAC keys: no gateway has used Redis on this database."
                : throw new SettingsException("There are no MAC keys: no gateway has used Redis on this database.")
            );
        }
        return said;
    }

    /// <remarks>The order of keys, and when one begins to sign, must not hang on the clock of an operator's machine.</remarks>
    private static async Task<DateTimeOffset> NowAsync(WriteScope write) =>
        write.Db.Database.IsNpgsql()
            ? (await write.Db.Database.SqlQueryRaw<DateTimeOffset>("select clock_timestamp() as \"Value\"").ToListAsync())[0]
            : write.Now;
}
