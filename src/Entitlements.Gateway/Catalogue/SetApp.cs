using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Engine.Naming;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Creates an app as a draft, or alters one. A draft that no rule reaches, and no open change would, is the owner's own to alter.</summary>
internal sealed record SetApp(
    string Type,
    string App,
    string Owner,
    string Name,
    Distribution Distribution,
    string? PackageId,
    string? SignerDigest,
    Visibility Visibility,
    bool HighRisk,
    bool PersonProof,
    int? DeviceLimit
) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Owner;

    [JsonIgnore]
    public override string? PublishedApp => Type == Resource.App ? App : null;

    [JsonIgnore]
    public override string Target => $"{Type}/{App}";

    /// <remarks>A high-risk app also restricts the roles that rules name, and so what is recorded of others.</remarks>
    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([Evidence.Everything]);

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var db = scope.Db;
        if (!await db.IsForceAsync(Owner) || (Type != Resource.App && !await db.ResourceTypes.AnyAsync(t => t.Type == Type)))
        {
            return Weight.NotFound;
        }
        var before = await db.Apps.AsNoTracking().SingleOrDefaultAsync(a => a.Type == Type && a.Id == App);
        if (before is null)
        {
            return await AppIds.IsFreeAsync(db, Type, App) ? new(Reach.Unchanged, 0) : AppIds.Taken;
        }
        if (before.Owner != Owner)
        {
            return AppIds.Taken;
        }
        var reach = await IsReachedAsync(db) ? Widening.OfApp(PolicyOf(before), Policy) : Reach.Unchanged;
        return new(reach, before.Version)
        {
            Apps = Type == Resource.App ? [App] : [],
            HighRisk = before.HighRisk,
            Global = true,
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await scope.Db.Apps.SingleOrDefaultAsync(a => a.Type == Type && a.Id == App);
        if (row is null)
        {
            scope.Db.Apps.Add(
                row = new()
                {
                    Type = Type,
                    Id = App,
                    Owner = Owner,
                    Name = Name,
                    Skeleton = Lookalikes.SkeletonOfId(App),
                }
            );
        }
        else
        {
            row.Version++;
        }
        (row.Name, row.Distribution, row.PackageId, row.SignerDigest) = (Name, Distribution, PackageId, SignerDigest);
        (row.Visibility, row.HighRisk, row.PersonProof, row.DeviceLimit) = (Visibility, HighRisk, PersonProof, DeviceLimit);
        if (HighRisk)
        {
            await HighRiskRoles.RestrictNamedAsync(scope, App);
        }
        return null;
    }

    private async Task<bool> IsReachedAsync(EntitlementsDb db)
    {
        var below = $"{Target}/";
        return await db.Rules.AnyAsync(r => r.Type == Type && r.App == App)
            || await db.Changes.AnyAsync(c => c.State == ChangeState.Proposed && (c.Target == Target || c.Target.StartsWith(below)));
    }

    private AppPolicy Policy => new(HighRisk, PersonProof, DeviceLimit, PolicyOf(Visibility), new(Distribution.ToString(), PackageId, SignerDigest));

    private static AppPolicy PolicyOf(AppRow app) =>
        new(app.HighRisk, app.PersonProof, app.DeviceLimit, PolicyOf(app.Visibility), new(app.Distribution.ToString(), app.PackageId, app.SignerDigest));

    private static AppVisibility PolicyOf(Visibility visibility) =>
        visibility switch
        {
            Visibility.Listed => AppVisibility.Listed,
            Visibility.ByLink => AppVisibility.ByLink,
            Visibility.Hidden => AppVisibility.Hidden,
        };
}
