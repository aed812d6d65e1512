using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity.BuiltIn;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Demonstration;

internal static class DemonstrationSetup
{
    public static void AddDemonstration(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<IDemonstrationPeople, DemonstrationPeople>();
        builder.Services.AddScoped<DemonstrationData>();
        var isDemonstration =
            builder.Environment.IsDevelopment()
            && builder.Configuration.GetValue("Demo:Enabled", !builder.Configuration.GetSection("Identity:Providers").GetChildren().Any());
        if (isDemonstration)
        {
            builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning); // the welcome says where it listens, first
        }
        builder.Services.AddSettingsCheck(services =>
        {
            if (
                services.GetRequiredService<IConfiguration>().GetValue("Demo:Enabled", false)
                && !services.GetRequiredService<IHostEnvironment>().IsDevelopment()
            )
            {
                throw new SettingsException(["Demo:Enabled: demonstration data exists in Development only."]);
            }
        });
    }

    /// <summary>
    /// In Development with the built-in provider: loads the demonstration into an empty database. Outside Development: refuses a database
    /// that was ever marked as one.
    /// </summary>
    public static async Task OpenDemonstrationAsync(this WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        if (!app.Environment.IsDevelopment())
        {
            if (await scope.ServiceProvider.GetRequiredService<EntitlementsDb>().Installation.AnyAsync(i => i.Demonstration))
            {
                throw new SettingsException(["ConnectionStrings:Database: this database holds demonstration data and serves Development only, for good."]);
            }
            return;
        }
        var isBuiltIn = app.Services.GetService<BuiltInProviderMarker>() is not null;
        if (app.Configuration.GetValue("Demo:Enabled", isBuiltIn))
        {
            if (!isBuiltIn)
            {
                throw new SettingsException(["Demo:Enabled: the demonstration's people sign in at the built-in provider, and Identity:Providers replaces it."]);
            }
            await scope.ServiceProvider.GetRequiredService<DemonstrationData>().LoadAsync();
            app.Lifetime.ApplicationStarted.Register(() => Welcome(app.Services.GetRequiredService<IOptions<PublicUrlOptions>>().Value.Origin));
        }
    }

    private static void Welcome(string origin) =>
        Console.WriteLine(
            $"""

            Entitlements is ready at {origin}  (API reference: {origin}/docs)
            Two fictional forces, northvale and southmere. Sign in as, or take a token for:
              northvale-0001 … -0012  hostage negotiators      northvale-0013 … -1200  officers
              northvale-role-admin, -app-owner, -approver-1, -approver-2, -dpo, -auditor; platform-admin-1, -2
            Clients (secret demo-secret): northvale-store, southmere-store, demo-admin; demo-person gives a person's token.
            The README's walk-through replays the incident from here.

            """
        );
}
