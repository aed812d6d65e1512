using Entitlements.Edge.Downloads;
using Entitlements.Edge.Hosting;
using Entitlements.Edge.Remote;
using Microsoft.Extensions.Options;

namespace Entitlements.Edge;

/// <summary>The download gate on its own: no database, no signing key. Named, so that the gateway, which uses this project, keeps its own Program.</summary>
internal static class EdgeProgram
{
    /// <returns>0 after an orderly stop, 78 (EX_CONFIG) when a setting is wrong.</returns>
    public static async Task<int> Main(string[] args)
    {
        await using var app = Create(args);
        try
        {
            app.Services.GetRequiredService<IStartupValidator>().Validate(); // before the host starts, which would log the same with a stack
            await app.RunAsync();
            return 0;
        }
        catch (Exception fault) when (Faults(fault) is { Count: > 0 } faults)
        {
            await Console.Error.WriteLineAsync($"The edge cannot start:{Environment.NewLine}  {string.Join($"{Environment.NewLine}  ", faults)}");
            return 78;
        }
    }

    public static WebApplication Create(string[] args)
    {
        var builder = WebApplication.CreateBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false"]); // settings are read once
        builder.Configuration["Urls"] ??= "http://127.0.0.1:5082";
        builder.AddEdgeHosting();
        builder.Services.AddDownloadGate().AddRemoteSessions();
        var app = builder.Build();
        app.UseEdgeHosting();
        app.MapDownloads();
        return app;
    }

    /// <summary>Every fault of every setting, as the start found them together.</summary>
    private static List<string> Faults(Exception fault) =>
        fault switch
        {
            OptionsValidationException options => [.. options.Failures],
            AggregateException many when many.InnerExceptions.All(one => one is OptionsValidationException) => [.. many.InnerExceptions.SelectMany(Faults)],
            _ => [],
        };
}
