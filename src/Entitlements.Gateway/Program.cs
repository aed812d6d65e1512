using Entitlements.Gateway.Hosting;

return await StartupFaults.GuardAsync(async () =>
{
    var builder = WebApplication.CreateBuilder(args);
    builder.AddHosting();

    await using var app = builder.Build();
    app.CheckSettings();
    app.UseHosting();
    app.MapHosting();

    await app.RunAsync();
    return 0;
});
