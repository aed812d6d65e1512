using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Recovery;

/// <summary>
/// <c>entitlements recover --reason "…" [--confirm true]</c>: says what it would void; with <c>--confirm true</c> does it, and leaves the
/// installation refusing everything until two platform administrators end SAFE MODE.
/// </summary>
internal static class RecoverCommand
{
    /// <summary>No revision that was lost can be given out again.</summary>
    private const long Leap = 1_000_000;

    public static bool IsAsked(string[] args) => args is ["recover", ..];

    /// <summary>Call it once storage is open. The exit code: 0.</summary>
    /// <exception cref="SettingsException">No reason was given.</exception>
    public static async Task<int> RecoverAsync(this WebApplication app)
    {
        var reason = app.Configuration.ReasonFor("recover");
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EntitlementsDb>();
        var revision = await db.Set<RevisionRow>().Select(r => r.Rev).SingleAsync();
        var unspent = await Unspent(db).CountAsync();
        var generated = (await GeneratedKeysAsync(db)).Count;
        if (!app.Configuration.GetValue("confirm", false))
        {
            await Console.Out.WriteLineAsync(
                $"""
                recover would, on this database:
                  refuse every decision from now on, until one platform administrator proposes and another votes to end SAFE MODE
                  raise the revision from {revision} to {revision + Leap}
                  void {unspent} unredeemed entitlements
                  replace {generated} generated signing keys, so that no token signed so far is good any more{(
                    generated == 0 ? " (yours are in Issuance:SigningKeys: replace the files there yourself)" : ""
                )}
                It does not know which revocations were lost: read the log that was kept outside, and repeat them before SAFE MODE is ended.
                Nothing was done. To do it, add: --confirm true
                """
            );
            return 0;
        }
        await scope.ServiceProvider.GetRequiredService<Writes>().ReviseAsync(write => RecoverAsync(write, reason));
        await Console.Out.WriteLineAsync(
            $"Recovered: revision {revision + Leap}, {unspent} entitlements void, {generated} signing keys gone; restart the gateways to have a new one. "
                + "Everything is refused until two platform administrators end SAFE MODE (DELETE /v1/installation/safe-mode, then a vote)."
        );
        return 0;
    }

    private static async Task<int> RecoverAsync(WriteScope write, string reason)
    {
        var voided = await Unspent(write.Db).ExecuteUpdateAsync(set => set.SetProperty(e => e.RevokedAt, write.Now));
        await write.Db.Set<RevisionRow>().ExecuteUpdateAsync(set => set.SetProperty(r => r.Rev, r => r.Rev + Leap - 1)); // this write is one of them
        await write.Db.Set<InvalidationRow>().Where(i => i.Rev >= write.Revision).ExecuteDeleteAsync(); // of the history that was lost, where somebody set the revision back alone
        write.Db.SigningKeys.RemoveRange(await GeneratedKeysAsync(write.Db));
        await write.Db.MacKeys.ExecuteDeleteAsync(); // what was cached in the lost history opens no more
        await write.RaiseGlobalGuardAsync();
        write.Invalidate(Evidence.Everything);
        var installation = await write.Db.Installation.SingleAsync();
        installation.SafeModeSince ??= write.Now;
        installation.RecoveredAt = write.Now;
        installation.Recoveries++;
        write.Audit(
            "installation.recovered",
            null,
            new Caller.Machine().Key,
            "installation",
            new
            {
                os_user = Environment.UserName,
                reason,
                voided,
            }
        );
        return voided;
    }

    private static async Task<List<Issuance.SigningKeyRow>> GeneratedKeysAsync(EntitlementsDb db) =>
        (await db.SigningKeys.ToListAsync()).FindAll(key => key.WrappedPrivateKey.Length > 0);

    private static IQueryable<Issuance.EntitlementRow> Unspent(EntitlementsDb db) =>
        db.Entitlements.Where(e => e.RevokedAt == null && !db.Redemptions.Any(r => r.Entitlement == e.Id));
}
