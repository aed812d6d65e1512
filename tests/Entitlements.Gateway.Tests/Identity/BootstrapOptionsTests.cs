using Entitlements.Gateway.Identity;
using Microsoft.Extensions.Hosting.Internal;

namespace Entitlements.Gateway.Tests.Identity;

public sealed class BootstrapOptionsTests
{
    [Theory]
    [InlineData("Production", "", null)]
    [InlineData("Production", "p1,p2", null)]
    [InlineData("Development", "p1", null)]
    [InlineData("Production", "p1", "name at least two")]
    [InlineData("Production", "p1,p1", "another Person")]
    [InlineData("Development", "p1,", "all required")]
    public void Nobody_starts_an_installation_alone_or_twice(string environment, string persons, string? fault)
    {
        var options = new BootstrapOptions
        {
            Administrators =
                persons.Length == 0
                    ? []
                    :
                    [
                        .. persons
                            .Split(',')
                            .Select(
                                (person, i) =>
                                    new BootstrapAdministrator
                                    {
                                        Issuer = "https://idp.example",
                                        Subject = $"s{i}",
                                        Person = person,
                                    }
                            ),
                    ],
        };
        var result = new BootstrapOptionsValidator(new HostingEnvironment { EnvironmentName = environment }).Validate(null, options);
        Assert.Equal(fault is null, result.Succeeded);
        Assert.True(fault is null || result.FailureMessage!.Contains(fault, StringComparison.Ordinal));
    }
}
