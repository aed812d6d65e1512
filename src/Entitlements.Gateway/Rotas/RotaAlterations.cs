using Entitlements.Engine.Changes;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Rotas;

/// <summary>A client that may feed a rota.</summary>
internal sealed record RotaFeeder(string Issuer, string Client)
{
    private const char Between = ' '; // no issuer has one: it is a URL

    public override string ToString() => $"{Issuer}{Between}{Client}";

    public static RotaFeeder Parse(string text) =>
        new(text[..text.IndexOf(Between, StringComparison.Ordinal)], text[(text.IndexOf(Between, StringComparison.Ordinal) + 1)..]);
}

/// <summary>
/// Registers a rota or alters it. Always a change: who may be on duty may decide alone on what is urgent, so the pool and who may say who is on duty are
/// where the second person looks; shifts then come and go by themselves.
/// </summary>
internal sealed record RotaAlteration(string Tenant, string Rota, string Name, string Role, string TimeZone, IReadOnlyList<string> Feeders, TimeSpan FeedWithin)
    : RotaWrite(Tenant, Rota)
{
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var row = await FindAsync(scope);
        if (!await scope.Db.Roles.AnyAsync(r => r.Tenant == Tenant && r.Id == Role && !r.Deleted))
        {
            return await scope.Db.Tenants.AnyAsync(t => t.Id == Tenant)
                ? Weight.Refused("role_unknown", "The tenant has no such role for the pool.")
                : Weight.NotFound;
        }
        var named = new List<string>();
        foreach (var feeder in Feeders.Select(RotaFeeder.Parse))
        {
            var client = await scope.Db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.Issuer == feeder.Issuer && c.ClientId == feeder.Client);
            if (client?.Tenants.Contains(Tenant) != true)
            {
                return Weight.Refused("client_unknown", "No client of that issuer and id is registered for this tenant.");
            }
            named.AddRange(client.Person is { } person ? [person] : []);
        }
        return new(Reach.Widens, row?.Version ?? 0) { Versioned = row is { Deleted: false }, Named = named };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await FindAsync(scope);
        if (row is null)
        {
            row = new()
            {
                Tenant = Tenant,
                Id = Rota,
                Name = Name,
                Role = Role,
                TimeZone = TimeZone,
                Version = 0,
            };
            scope.Db.Rotas.Add(row);
        }
        (row.Name, row.Role, row.TimeZone, row.Feeders, row.FeedWithin) = (Name, Role, TimeZone, [.. Feeders], FeedWithin);
        (row.Deleted, row.RegisteredAt, row.StaleTold, row.GapTold) = (false, scope.Now, false, null);
        row.Version++;
        return null;
    }
}

/// <summary>Takes a rota out, and its shifts with it: from now on nobody is on duty by it.</summary>
internal sealed record RotaRemoval(string Tenant, string Rota) : RotaWrite(Tenant, Rota)
{
    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await FindAsync(scope) is { Deleted: false } row ? new(Reach.Narrows, row.Version) : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        await LockAsync(scope, Tenant, Rota);
        var row = (await FindAsync(scope))!;
        (row.Deleted, row.FedAt) = (true, null);
        row.Version++;
        var ended = await scope
            .Db.RotaShifts.Where(s => s.Tenant == Tenant && s.Rota == Rota && !s.Ended && s.NotAfter > scope.Now)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.Ended, true).SetProperty(s => s.Version, s => s.Version + 1));
        return new { ended };
    }
}

/// <summary>A write to one rota. No decision rests on one: votes read it from the truth.</summary>
internal abstract record RotaWrite(string Tenant, string Rota) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/rota/{Rota}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([]);

    /// <summary>Shifts and swaps of one rota are written one after another.</summary>
    public static Task LockAsync(WriteScope scope, string tenant, string rota) => scope.AloneAsync($"rota/{tenant}/{rota}");

    protected Task<RotaRow?> FindAsync(WriteScope scope) => scope.Db.Rotas.SingleOrDefaultAsync(r => r.Tenant == Tenant && r.Id == Rota);
}
