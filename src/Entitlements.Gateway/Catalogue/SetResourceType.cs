using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Catalogues a kind of resource besides apps, or alters its actions. For the whole installation, so another platform administrator votes.</summary>
internal sealed record SetResourceType(string Type, IReadOnlyList<string> Actions, bool SubjectProperties) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => TenantRow.Platform;

    [JsonIgnore]
    public override string Target => $"resource-type/{Type}";

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var before = await scope.Db.ResourceTypes.AsNoTracking().SingleOrDefaultAsync(t => t.Type == Type);
        return new(ReachFrom(before), before?.Version ?? 0) { Quorum = [$"{TenantRow.Platform}/{Function.PlatformAdmin}"], Global = true };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await scope.Db.ResourceTypes.SingleOrDefaultAsync(t => t.Type == Type);
        if (row is null)
        {
            scope.Db.ResourceTypes.Add(row = new() { Type = Type });
        }
        else
        {
            row.Version++;
        }
        (row.Actions, row.SubjectProperties) = ([.. Actions], SubjectProperties);
        return null;
    }

    private Reach ReachFrom(ResourceTypeRow? before) =>
        before switch
        {
            null => Reach.Widens,
            _ when Actions.Except(before.Actions).Any() || (SubjectProperties && !before.SubjectProperties) => Reach.Widens,
            _ when before.Actions.Except(Actions).Any() || (before.SubjectProperties && !SubjectProperties) => Reach.Narrows,
            _ => Reach.Unchanged,
        };
}
