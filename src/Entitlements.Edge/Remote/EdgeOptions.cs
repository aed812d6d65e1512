using Microsoft.Extensions.Options;

namespace Entitlements.Edge.Remote;

/// <summary>How an edge on its own reaches its gateway. All three are required.</summary>
internal sealed class EdgeOptions
{
    public const string Section = "Edge";

    /// <summary>Origin of the gateway: https, or http on loopback.</summary>
    public string? Gateway { get; set; }

    /// <summary>Client registered with scope <c>entitlements.redeem</c> at the gateway and its provider.</summary>
    public string? ClientId { get; set; }

    /// <summary>File that holds the client's secret and nothing else; read anew for every token, so it may be rotated.</summary>
    public string? ClientSecretFile { get; set; }
}

internal sealed class EdgeOptionsValidator : IValidateOptions<EdgeOptions>
{
    public ValidateOptionsResult Validate(string? name, EdgeOptions options)
    {
        var faults = new List<string>();
        if (!Uri.TryCreate(options.Gateway, UriKind.Absolute, out var gateway) || !IsSafe(gateway) || gateway.PathAndQuery != "/")
        {
            faults.Add("Edge:Gateway must be the gateway's origin: https, or http on loopback.");
        }

        if (string.IsNullOrWhiteSpace(options.ClientId))
        {
            faults.Add("Edge:ClientId is missing.");
        }

        if (string.IsNullOrWhiteSpace(options.ClientSecretFile))
        {
            faults.Add("Edge:ClientSecretFile is missing.");
        }
        else if (!File.Exists(options.ClientSecretFile))
        {
            faults.Add($"Edge:ClientSecretFile: there is no file {options.ClientSecretFile}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>Whether a secret may be sent there.</summary>
    public static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);
}
