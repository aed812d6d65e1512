using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Access.Seeding;

/// <summary><c>--seed FILE</c>: loads a data set into the configured, empty database, says what it did and ends. In Development only.</summary>
internal static class SeedCommand
{
    private const string Switch = "--seed";
    private const int DataFault = 65; // EX_DATAERR of sysexits.h

    /// <summary>The file named on the command line; null where there is none. Settings and environment cannot ask for a seed.</summary>
    /// <exception cref="SettingsException">The switch is there without a file.</exception>
    public static string? FileOf(string[] args)
    {
        var at = Array.FindIndex(args, arg => arg == Switch || arg.StartsWith(Switch + '=', StringComparison.Ordinal));
        return at < 0 ? null
            : args[at].Length > Switch.Length ? args[at][(Switch.Length + 1)..]
            : at + 1 < args.Length ? args[at + 1]
            : throw new SettingsException("--seed: name the file to load.");
    }

    /// <summary>Call it once storage is open. The exit code: 0 loaded, 65 nothing was loaded.</summary>
    public static async Task<int> LoadSeedAsync(this WebApplication app, string file)
    {
        if (!app.Environment.IsDevelopment())
        {
            throw new SettingsException("--seed: only in Development; data that nobody voted on has no place elsewhere.");
        }
        await using var scope = app.Services.CreateAsyncScope();
        var outcome = await ReadAsync(file) switch
        {
            (_, { } faults) => new SeedOutcome.Refused(faults),
            ({ } seed, _) => await scope.ServiceProvider.GetRequiredService<LoadSeed>().FromAsync(seed),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        switch (outcome)
        {
            case SeedOutcome.Loaded loaded:
                await Console.Out.WriteLineAsync(
                    $"Loaded {file}: {loaded.Counts}, revision {loaded.Revision}. This database is marked as a demonstration for good."
                );
                return 0;
            case SeedOutcome.NotEmpty:
                await Console.Error.WriteLineAsync($"Nothing was loaded from {file}: the database is not empty.");
                return DataFault;
            case SeedOutcome.Refused refused:
                await Console.Error.WriteLineAsync(
                    $"Nothing was loaded from {file}. What is wrong with it:"
                        + string.Concat(refused.Faults.Select(fault => $"{Environment.NewLine}  - {fault}"))
                );
                return DataFault;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    internal static async Task<(SeedFile? Seed, IReadOnlyList<string>? Faults)> ReadAsync(string file)
    {
        try
        {
            return (StrictJson.Parse<SeedFile>(await File.ReadAllBytesAsync(file), JsonMode.Strict), null);
        }
        catch (ProblemException refused)
            when (refused.Problem.ProblemDetails.Extensions.TryGetValue("errors", out var errors) && errors is Dictionary<string, string[]> byPointer)
        {
            return (null, [.. byPointer.SelectMany(e => e.Value.Select(error => $"{e.Key}: {error}"))]);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return (null, ["the file cannot be read"]);
        }
    }
}
