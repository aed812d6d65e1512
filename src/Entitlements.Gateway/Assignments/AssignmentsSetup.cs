using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Assignments;

internal static class AssignmentsSetup
{
    public static void AddAssignments(this WebApplicationBuilder builder)
    {
        builder.Services.AddAlteration<TenantAlteration>("tenant.put");
        builder.Services.AddAlteration<SubjectAlteration>("subject.put");
        builder.Services.AddAlteration<SubjectSuspension>("subject.suspend");
        builder.Services.AddAlteration<SubjectResumption>("subject.resume");
        builder.Services.AddAlteration<SubjectDeactivation>("subject.deactivate");
        builder.Services.AddAlteration<PeopleImport>("people.import");
        builder.Services.AddAlteration<RoleAlteration>("role.put");
        builder.Services.AddAlteration<RoleRemoval>("role.delete");
        builder.Services.AddAlteration<AssignmentAlteration>("assignment.put");
        builder.Services.AddAlteration<AssignmentEnd>("assignment.end");
    }

    public static void MapAssignments(this WebApplication app)
    {
        app.MapTenants();
        app.MapSubjects();
        app.MapRoles();
        AssignmentEndpoints.MapAssignments(app);
    }

    /// <summary>Makes the reserved tenant <c>platform</c> where it is missing, at home with the first provider that lists it. Called once the storage is open.</summary>
    public static async Task OpenPlatformAsync(this WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var providers = scope.ServiceProvider.GetRequiredService<TrustedProviders>().All;
        if ((providers.FirstOrDefault(p => p.Tenants.Contains(TenantRow.Platform)) ?? providers.FirstOrDefault()) is { } home)
        {
            await PlatformTenant.EnsureAsync(
                scope.ServiceProvider.GetRequiredService<Writes>(),
                scope.ServiceProvider.GetRequiredService<EntitlementsDb>(),
                home.Issuer
            );
        }
    }
}
