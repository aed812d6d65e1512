using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A tenant takes up another's app: nobody gains until it has a rule of its own. Only listed apps can be adopted; any other does not exist for a stranger.</summary>
internal sealed record AdoptApp(string App, string Tenant) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string Target => $"app/{App}/adoption/{Tenant}";

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var app = await scope.Db.Apps.AsNoTracking().SingleOrDefaultAsync(a => a.Type == Resource.App && a.Id == App);
        return app switch
        {
            null => Weight.NotFound,
            _ when app.Owner == Tenant => Weight.Refused("own_app", "The owner needs no adoption."),
            _ when await scope.Db.FindAppOfAsync(Tenant, Resource.App, App) is not null => new(Reach.Unchanged, 0),
            { Visibility: Visibility.Listed } when await scope.Db.IsForceAsync(Tenant) => new(Reach.Unchanged, 0),
            _ => Weight.NotFound,
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        if (!await scope.Db.Adoptions.AnyAsync(a => a.App == App && a.Tenant == Tenant))
        {
            scope.Db.Adoptions.Add(new() { App = App, Tenant = Tenant });
        }
        return null;
    }
}

/// <summary>A tenant gives up an app it adopted. Its rules go too, so that taking the app up again opens it to nobody.</summary>
internal sealed record AbandonApp(string App, string Tenant) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string Target => $"app/{App}/adoption/{Tenant}";

    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await scope.Db.Adoptions.AnyAsync(a => a.App == App && a.Tenant == Tenant) ? new(Reach.Narrows, 0) : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        await scope.Db.Rules.Where(r => r.Type == Resource.App && r.App == App && r.Tenant == Tenant).ExecuteDeleteAsync();
        await scope.Db.Adoptions.Where(a => a.App == App && a.Tenant == Tenant).ExecuteDeleteAsync();
        return null;
    }
}
