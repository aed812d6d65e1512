using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>Section <c>Bootstrap</c>: persons who are platform administrators until two have been appointed; ignored afterwards.</summary>
internal sealed class BootstrapOptions
{
    /// <summary>Each another person. Outside Development never one alone: nobody could second them.</summary>
    public List<BootstrapAdministrator> Administrators { get; set; } = [];
}

/// <summary>One of them; needs no subject row.</summary>
internal sealed class BootstrapAdministrator
{
    /// <summary>The provider that vouches for them.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Value of the provider's subject claim.</summary>
    public string Subject { get; set; } = "";

    /// <summary>Employee number: what four eyes compare.</summary>
    public string Person { get; set; } = "";
}

/// <summary>Four eyes from the first minute on.</summary>
internal sealed class BootstrapOptionsValidator(IHostEnvironment environment) : IValidateOptions<BootstrapOptions>
{
    public ValidateOptionsResult Validate(string? name, BootstrapOptions options)
    {
        var faults = new List<string>();
        var administrators = options.Administrators;
        for (var i = 0; i < administrators.Count; i++)
        {
            if (
                string.IsNullOrWhiteSpace(administrators[i].Issuer)
                || string.IsNullOrWhiteSpace(administrators[i].Subject)
                || string.IsNullOrWhiteSpace(administrators[i].Person)
            )
            {
                faults.Add($"Bootstrap:Administrators:{i}: Issuer, Subject and Person are all required.");
            }
        }
        if (administrators.Select(a => a.Person).Distinct(StringComparer.Ordinal).Count() != administrators.Count)
        {
            faults.Add("Bootstrap:Administrators: each must be another Person: four eyes are two persons.");
        }
        if (administrators.Count == 1 && !environment.IsDevelopment())
        {
            faults.Add("Bootstrap:Administrators: one alone can change nothing, as every appointment needs a second person: name at least two.");
        }
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
