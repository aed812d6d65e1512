using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Assignments;

internal static partial class AssignmentsSetup
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
            await WarnOfBootstrapAsync(scope.ServiceProvider);
            await PlatformTenant.EnsureAsync(
                scope.ServiceProvider.GetRequiredService<Writes>(),
                scope.ServiceProvider.GetRequiredService<EntitlementsDb>(),
                home.Issuer
            );
        }
    }

    /// <summary>Settings that look as if they gave power, and give none, deserve a word.</summary>
    private static async Task WarnOfBootstrapAsync(IServiceProvider services)
    {
        if (
            services.GetRequiredService<IOptions<BootstrapOptions>>().Value.Administrators.Count > 0
            && await services.GetRequiredService<EntitlementsDb>().Installation.AnyAsync(i => i.BootstrapEnded)
        )
        {
            BootstrapIgnored(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(AssignmentsSetup)));
        }
    }

    [LoggerMessage(LogLevel.Warning, "Bootstrap:Administrators is ignored: two platform administrators have been appointed. Take it out of the settings.")]
    private static partial void BootstrapIgnored(ILogger log);
}
