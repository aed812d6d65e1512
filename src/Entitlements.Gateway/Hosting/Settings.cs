using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Hosting;

/// <summary>Settings are checked all together before the host starts, so that one message lists every fault.</summary>
internal static class Settings
{
    /// <summary>Binds <typeparamref name="TOptions"/> to a section and has its data annotations and validators checked at the start.</summary>
    public static OptionsBuilder<TOptions> AddSettings<TOptions>(this IServiceCollection services, string section)
        where TOptions : class
    {
        services.AddSettingsCheck(provider => _ = provider.GetRequiredService<IOptions<TOptions>>().Value);
        return services.AddOptions<TOptions>().BindConfiguration(section).ValidateDataAnnotations();
    }

    /// <summary>Adds a check that throws <see cref="SettingsException"/> or <see cref="OptionsValidationException"/>.</summary>
    public static void AddSettingsCheck(this IServiceCollection services, Action<IServiceProvider> check) => services.AddSingleton(new SettingsCheck(check));

    /// <summary>Runs every check.</summary>
    /// <exception cref="SettingsException">With every fault found.</exception>
    public static void CheckSettings(this WebApplication app)
    {
        var checks = app.Services.GetServices<SettingsCheck>().Select(check => check.Run);
        var faults = checks.Append(services => services.GetService<IStartupValidator>()?.Validate()).SelectMany(check => FaultsOf(check, app.Services));
        if (faults.Distinct(StringComparer.Ordinal).ToArray() is { Length: > 0 } all)
        {
            throw new SettingsException(all);
        }
    }

    private static IEnumerable<string> FaultsOf(Action<IServiceProvider> check, IServiceProvider services)
    {
        try
        {
            check(services);
            return [];
        }
        catch (Exception fault) when (StartupFaults.Of(fault) is { } found)
        {
            return found;
        }
    }

    private sealed record SettingsCheck(Action<IServiceProvider> Run);
}

/// <summary>The settings do not allow a start. Each fault begins with the key it is about and never holds a secret.</summary>
internal sealed class SettingsException(params IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    public IReadOnlyList<string> Faults => faults;
}
