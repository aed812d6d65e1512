using Entitlements.Gateway.Access.Seeding;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Recovery;

namespace Entitlements.Gateway;

/// <summary>What the command line may ask for instead of serving.</summary>
internal static class OperatorCommands
{
    /// <summary>Call it once storage is open. The exit code; null where nothing but serving is asked for.</summary>
    public static async Task<int?> RunCommandAsync(this WebApplication app, string[] args)
    {
        if (RecoverCommand.IsAsked(args))
        {
            return await app.RecoverAsync();
        }
        if (RotateKeysCommand.IsAsked(args))
        {
            return await app.RotateKeysAsync(args);
        }
        if (SeedCommand.FileOf(args) is { } seed)
        {
            await app.OpenConsistencyAsync();
            return await app.LoadSeedAsync(seed);
        }
        return null;
    }
}
