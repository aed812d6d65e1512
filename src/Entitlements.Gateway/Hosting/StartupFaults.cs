using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Hosting;

/// <summary>Says in one message why the host does not start, without a stack trace; a host that does not start, or does not end as it was asked to, has an exit code that is not zero.</summary>
internal static partial class StartupFaults
{
    private const int ConfigurationFault = 78; // EX_CONFIG of sysexits.h
    private const int InternalFault = 70; // EX_SOFTWARE

    /// <summary>Runs the host; the exit code is what it returned, or 78 when the settings do not allow a start.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception fault) when (Of(fault) is { } faults)
        {
            await Console.Error.WriteLineAsync(
                "The gateway does not start. What is wrong with its settings:" + string.Concat(faults.Select(f => Environment.NewLine + "  - " + f))
            );
            return ConfigurationFault;
        }
    }

    /// <summary>Runs until it is told to stop: 0; or until work in the background, without which it may not go on, has failed and so ended the host: 70.</summary>
    public static async Task<int> RunToTheEndAsync(this IHost host)
    {
        var background = host.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
        await host.RunAsync();
        return background.Exists(one => one.ExecuteTask is { IsFaulted: true }) ? InternalFault : 0;
    }

    /// <summary>The faults in words, or null when this is no fault of the settings.</summary>
    public static IReadOnlyList<string>? Of(Exception fault) =>
        fault switch
        {
            SettingsException settings => settings.Faults,
            Storage.StorageInUseException inUse => [inUse.Message],
            OptionsValidationException options => [.. options.Failures],
            AggregateException { InnerExceptions: var all } when all.All(inner => Of(inner) is not null) => [.. all.SelectMany(inner => Of(inner)!)],
            InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder", Message: var text } => [Unbound(text)],
            InvalidDataException { Source: "Microsoft.Extensions.Configuration.FileExtensions", Message: var text } => [text],
            IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException, Message: var text } => ["Urls: " + text],
            _ => null,
        };

    /// <summary>The binder's message quotes the value, which might be a secret put in the wrong place: only the key is kept.</summary>
    private static string Unbound(string message) =>
        BoundKey.Match(message) is { Success: true, Groups: var found }
            ? $"{found["key"].Value}: cannot be read as {found["type"].Value}."
            : "A setting has the wrong type.";

    [GeneratedRegex(@" at '(?<key>[^']+)' to type '(?:[\w]+\.)*(?<type>[\w]+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex BoundKey { get; }
}
