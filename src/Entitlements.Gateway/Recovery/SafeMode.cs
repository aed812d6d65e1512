using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Recovery;

/// <summary>
/// SAFE MODE: the database was found gone back in time (a restored backup, a failover that lost commits). Revocations may be missing from it,
/// so nothing is allowed on it until an operator has recovered it and two administrators have said so.
/// </summary>
internal static class SafeMode
{
    /// <summary>Kept in the database itself, so that it survives the restart of every replica.</summary>
    public static Task EnterAsync(Writes writes, string why) =>
        writes.RecordAsync(async scope =>
        {
            var installation = await scope.Db.Installation.SingleAsync();
            if (installation.SafeModeSince is null)
            {
                installation.SafeModeSince = scope.Now;
                scope.Audit("safe_mode.entered", null, new Caller.Machine().Key, "installation", new { why });
            }
            return true;
        });
}
