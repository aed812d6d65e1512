using Entitlements.Gateway.Demonstration;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.Storage;

return await StartupFaults.GuardAsync(async () =>
{
    var builder = WebApplication.CreateBuilder(args);
    builder.AddHosting();
    builder.AddStorage();
    builder.AddIdentity();
    builder.AddPermits();
    builder.AddIssuance();
    builder.AddDemonstration();

    await using var app = builder.Build();
    app.CheckSettings();
    await app.OpenStorageAsync();

    app.UseHosting();
    app.UseAuthentication();
    app.UseAuthorization();

    app.MapHosting();
    app.MapIdentity();
    app.MapIssuance();

    await app.RunAsync();
    return 0;
});
