using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Publications;

/// <summary>Writes down, in the transaction that publishes a change to an app, how the app stands with it.</summary>
internal static class KeepPublication
{
    public static async Task OfAsync(WriteScope scope, ChangeRow change, Alteration alteration)
    {
        if (alteration.PublishedApp is not { } id)
        {
            return;
        }
        await scope.Db.SaveChangesAsync(); // what the change did is read below
        var app = await scope.Db.Apps.AsNoTracking().SingleAsync(a => a.Type == Resource.App && a.Id == id);
        var reached = await Exposure.ReachedAsync(scope.Db, change.Tenant, [id], scope.Now);
        var content = await AppAsPublished.ReadAsync(scope.Db, app, change.Tenant, reached.Count);
        await scope // what was voted on is what is approved, also where no rule was altered
            .Db.Rules.Where(r => r.Tenant == change.Tenant && r.Type == Resource.App && r.App == id)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.ApprovedAudience, reached.Count).SetProperty(r => r.AlarmedAudience, 0));
        scope.Db.Publications.Add(
            new()
            {
                Change = change.Id,
                App = id,
                Tenant = change.Tenant,
                At = scope.Now,
                Content = StoredJson.Write(content),
                Reached = PublicationRow.Pack(reached),
            }
        );
    }
}
