using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Recovery;

/// <summary>Ends SAFE MODE after an operator's recovery: proposed by one platform administrator, voted on by another.</summary>
internal sealed record LiftSafeMode : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => TenantRow.Platform;

    [JsonIgnore]
    public override string Target => "installation/safe-mode";

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var installation = await scope.Db.Installation.AsNoTracking().SingleAsync();
        return installation switch
        {
            { SafeModeSince: null } => Weight.Refused("nothing_to_lift", "The installation is not in SAFE MODE."),
            _ when installation.RecoveredAt is not { } at || at < installation.SafeModeSince => Weight.Refused(
                "not_recovered",
                "An operator runs `entitlements recover` first, on the machine that serves this database."
            ),
            _ => new(Reach.Widens, installation.Recoveries)
            {
                Versioned = false,
                Global = true,
                Quorum = [$"{TenantRow.Platform}/{Function.PlatformAdmin}"],
            },
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var installation = await scope.Db.Installation.SingleAsync();
        (installation.SafeModeSince, installation.RecoveredAt) = (null, null);
        return null;
    }
}
