using Microsoft.Extensions.Options;

namespace Entitlements.Edge.Artifacts;

/// <summary>Where release files are: <c>Artifacts:Root</c> or <c>Artifacts:Origin</c>, not both.</summary>
internal sealed class ArtifactOptions
{
    public const string Section = "Artifacts";

    /// <summary>Folder that holds the files; default <c>data/artifacts</c> when there is no origin.</summary>
    public string? Root { get; set; }

    /// <summary>HTTP or HTTPS address under which the files are, such as a bucket or a static server.</summary>
    public string? Origin { get; set; }

    public string RootOrDefault => string.IsNullOrWhiteSpace(Root) ? "data/artifacts" : Root;

    public bool IsOrigin => !string.IsNullOrWhiteSpace(Origin);
}

internal sealed class ArtifactOptionsValidator : IValidateOptions<ArtifactOptions>
{
    public ValidateOptionsResult Validate(string? name, ArtifactOptions options)
    {
        var faults = new List<string>();
        if (options.IsOrigin && !string.IsNullOrWhiteSpace(options.Root))
        {
            faults.Add("Artifacts:Root and Artifacts:Origin are both set; set one.");
        }

        if (
            options.IsOrigin
            && !(
                Uri.TryCreate(options.Origin, UriKind.Absolute, out var origin)
                && origin.Scheme is "http" or "https"
                && origin is { UserInfo: "", Query: "", Fragment: "" }
            )
        )
        {
            faults.Add("Artifacts:Origin must be an http or https address without user, query or fragment.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
