using System.Collections.Frozen;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Identity.BuiltIn;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Demonstration;

/// <summary>Two fictional forces, loaded into an empty database through the product's own operations; marks the database for good.</summary>
internal sealed class DemonstrationData(IServiceProvider services, EntitlementsDb db, Writes writes, TimeProvider clock, IOptions<PublicUrlOptions> publicUrl)
{
    private static readonly Force Northvale = new("northvale", "Northvale Police", 1200, 12);
    private static readonly Force Southmere = new("southmere", "Southmere Police", 900, 9);

    /// <returns>False when the database holds people already: nothing was done.</returns>
    public async Task<bool> LoadAsync()
    {
        if (await db.Subjects.AnyAsync())
        {
            return false;
        }
        await writes.RecordAsync(async scope =>
        {
            (await scope.Db.Installation.SingleAsync()).Demonstration = true; // first, so that an interrupted load stays marked
            scope.Audit("demonstration.loaded", null, new Caller.Machine().Key, "installation");
            return 0;
        });
        var issuer = publicUrl.Value.Origin;
        var desk = new DemonstrationDesk(Get<ChangeDesk>(), Get<CastVote>(), Get<CallerResolver>(), db) { Issuer = issuer };
        var apps = ActivatorUtilities.CreateInstance<DemonstrationApps>(services, desk);
        var asking = ActivatorUtilities.CreateInstance<DemonstrationAsking>(services, desk);
        DemonstrationForce[] forces = [new(desk, apps, Northvale, clock), new(desk, apps, Southmere, clock)];

        var (first, second) = (Installer(issuer, 1), Installer(issuer, 2));
        foreach (var force in forces)
        {
            await force.AppointAsync(first, second);
        }
        await AppointPlatformAsync(desk, first, second);
        var platform = await desk.PersonAsync("platform-admin-1");
        foreach (var force in forces)
        {
            await force.RegisterClientsAsync(platform);
            await force.PeopleAsync();
            await asking.AllowAsync(force.Tenant);
        }
        await RegisterAdminClientAsync(desk, forces[0], platform);
        await apps.DraftAsync();
        await forces[0].AssessAsync();
        await apps.PublishAsync();
        await apps.AdoptAsync(Southmere.Tenant);
        await forces[1].AssessAsync();
        foreach (var force in forces)
        {
            await force.OpenAsync(
                (DemonstrationApps.CallRecorder, DemonstrationForce.Negotiator),
                (DemonstrationApps.CrisisLine, DemonstrationForce.Negotiator),
                (DemonstrationApps.PocketNotebook, DemonstrationForce.Officer),
                (DemonstrationApps.DutyRoster, DemonstrationForce.Officer)
            );
        }
        await db.Outbox.Where(m => m.DeliveredAt == null).ExecuteUpdateAsync(set => set.SetProperty(m => m.DeliveredAt, clock.Now())); // nobody waits for this news
        return true;
    }

    /// <summary>The two bootstrap administrators who put the installation up; they step back once two have been appointed.</summary>
    private static Caller.Person Installer(string issuer, int number) =>
        new(
            issuer,
            $"installer-{number}",
            TenantRow.Platform,
            null,
            $"installer-{number}",
            new[] { $"{TenantRow.Platform}/{Function.PlatformAdmin}" }.ToFrozenSet()
        )
        {
            SignIn = DemonstrationDesk.NoSignIn,
        };

    private static async Task AppointPlatformAsync(DemonstrationDesk desk, Caller first, Caller second)
    {
        foreach (var admin in new[] { "platform-admin-1", "platform-admin-2" })
        {
            await desk.DecideAsync(first, new SubjectAlteration(TenantRow.Platform, admin, null, null, null, admin), second);
        }
        foreach (var admin in new[] { "platform-admin-1", "platform-admin-2" })
        {
            await desk.DecideAsync(first, new AssignmentAlteration(TenantRow.Platform, Function.PlatformAdmin, admin, null, null, null), second);
        }
    }

    private static async Task RegisterAdminClientAsync(DemonstrationDesk desk, DemonstrationForce force, Caller platform)
    {
        string[] tenants = [Northvale.Tenant, Southmere.Tenant];
        string[] functions = [Function.RoleAdmin, Function.AppOwner, Function.Auditor];
        await desk.DecideAsync(
            platform,
            force.ClientOf(DemonstrationClients.Admin, tenants, [.. tenants.SelectMany(t => functions.Select(f => $"{t}/{f}"))], "demo-admin"),
            await desk.PersonAsync($"{Northvale.Tenant}-approver-1"),
            await desk.PersonAsync($"{Southmere.Tenant}-approver-1")
        );
    }

    private T Get<T>()
        where T : notnull => services.GetRequiredService<T>();
}
