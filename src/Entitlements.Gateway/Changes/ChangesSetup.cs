using Entitlements.Gateway.Publications;

namespace Entitlements.Gateway.Changes;

internal static class ChangesSetup
{
    /// <summary>The desk and its votes; slices add their alterations with <see cref="AlterationKindsSetup.AddAlteration{T}"/>.</summary>
    public static void AddChanges(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AlterationKinds>();
        builder.Services.AddScoped<ChangeDesk>();
        builder.Services.AddScoped<CastVote>();
        builder.Services.AddScoped<WithdrawChange>();
        builder.Services.AddScoped<ChangeTrial>();
        builder.AddPublications();
    }
}
