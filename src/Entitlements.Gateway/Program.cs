using Entitlements.Gateway;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Audit;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Demonstration;
using Entitlements.Gateway.Devices;
using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.MutualAid;
using Entitlements.Gateway.Portal;
using Entitlements.Gateway.Recalls;
using Entitlements.Gateway.Recovery;
using Entitlements.Gateway.Refusals;
using Entitlements.Gateway.Reports;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling;

return await StartupFaults.GuardAsync(async () =>
{
    // settings are read once; watched for changes they would cost a watch on every folder below the working directory, which may be /
    var builder = WebApplication.CreateBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false"]);
    builder.AddHosting();
    builder.AddStorage();
    builder.AddConsistency();
    builder.AddIdentity();
    builder.AddPermits();
    builder.AddAccess();
    builder.AddChanges();
    builder.AddCatalogue();
    builder.AddRecalls();
    builder.AddIssuance();
    builder.AddAssignments();
    builder.AddMutualAid();
    builder.AddRequests();
    builder.AddRotas();
    builder.AddReviews();
    builder.AddReports();
    builder.AddRefusals();
    builder.AddDevices();
    builder.AddAccreditations();
    builder.AddClients();
    builder.AddExercises();
    builder.AddTelling();
    builder.AddRecovery();
    builder.AddDemonstration();
    builder.AddPortal();

    await using var app = builder.Build();
    app.CheckSettings();
    await app.OpenStorageAsync();
    if (await app.RunCommandAsync(args) is { } exit)
    {
        return exit;
    }
    await app.OpenConsistencyAsync();
    await app.OpenPlatformAsync();
    await app.OpenDemonstrationAsync();

    app.UseHosting();
    app.UsePortal();
    app.UsePermits();
    app.MapHosting();
    app.MapIdentity();
    app.MapAccess();
    app.MapChanges();
    app.MapCatalogue();
    app.MapRecalls();
    app.MapIssuance();
    app.MapAssignments();
    app.MapMutualAid();
    app.MapRequests();
    app.MapRotas();
    app.MapReviews();
    app.MapReports();
    app.MapAudit();
    app.MapRefusals();
    app.MapDevices();
    app.MapAccreditations();
    app.MapClients();
    app.MapExercises();
    app.MapTelling();
    app.MapRecovery();
    app.MapPortal();
    return await app.RunToTheEndAsync();
});
