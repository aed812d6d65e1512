using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Tests.Identity;

public sealed class IdentitySettingsTests
{
    [Fact]
    public async Task Outside_Development_a_host_without_provider_does_not_start()
    {
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => IdentityHost.StartAsync([]));
        Assert.Contains("Identity:Providers is empty", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_fault_is_named_at_once()
    {
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            IdentityHost.StartAsync([
                ("Identity:Providers:0:Authority", "not a url"),
                ("Identity:Providers:0:Profile", "okta"),
                ("Identity:Providers:1:Authority", "http://idp.example"),
                ("Identity:Providers:1:Audience", " "),
                ("Identity:Providers:2:Authority", "https://login.microsoftonline.com/common/v2.0"),
                ("Identity:Providers:2:Profile", "entra"),
                ("Identity:Providers:3:Authority", "https://idp.example"),
                ("Identity:Providers:3:Tenants:0", "a"),
                ("Identity:Providers:3:Tenants:1", "a"),
                ("Identity:Providers:4:Authority", "https://idp.example"),
                ("Identity:Providers:4:SubjectClaim", " "),
                ("Identity:Providers:5:Authority", "https://idp5.example"),
                ("Identity:Providers:5:StepUp:AcrValues:0", "two words"),
                ("Identity:Providers:5:StepUp:AmrValues:0", "mfa"),
                ("Identity:Providers:5:StepUp:AmrValues:1", "mfa"),
                ("Identity:Providers:5:StepUp:Unproven", "Allowed"),
                ("Identity:Providers:6:Authority", "https://idp6.example"),
                ("Identity:Providers:6:StepUp:AcrValues:0", "quoted\""),
                ("Identity:Providers:6:StepUp:Unproven", "7"),
                ("Identity:StepUp:MaxAge", "00:00:59"),
            ])
        );
        Assert.Equal(
            [
                "Identity:StepUp:MaxAge",
                "Identity:Providers:0:Authority",
                "Identity:Providers:0:Profile",
                "Identity:Providers:1:Authority",
                "Identity:Providers:1:Audience",
                "Identity:Providers:2:Authority",
                "Identity:Providers:3:Tenants",
                "Identity:Providers:4:SubjectClaim",
                "Identity:Providers:4:Authority",
                "Identity:Providers:5:StepUp:AcrValues",
                "Identity:Providers:5:StepUp:AmrValues",
                "Identity:Providers:5:StepUp:Unproven",
                "Identity:Providers:6:StepUp:AcrValues",
                "Identity:Providers:6:StepUp:Unproven",
            ],
            fault.Failures.Select(failure => failure.Split(' ')[0])
        );
    }

    [Theory]
    [InlineData("00:00:59"), InlineData("01:00:01"), InlineData("-00:05:00"), InlineData("00:05:00.5"), InlineData("5.00:00:00")]
    public async Task How_long_a_sign_in_is_recent_has_bounds(string age)
    {
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            IdentityHost.StartAsync([.. IdentityHost.Trust("http://127.0.0.1:1"), ("Identity:StepUp:MaxAge", age)])
        );
        Assert.Contains("Identity:StepUp:MaxAge", Assert.Single(fault.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_without_https_is_for_loopback_only()
    {
        foreach (var authority in (string[])["http://idp.example", "https://idp.example"])
        {
            var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => IdentityHost.StartAsync(IdentityHost.Trust(authority)));
            Assert.Contains("loopback", fault.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080/path"), InlineData("ftp://x.example"), InlineData("http://0.0.0.0:5080"), InlineData("http://*:5080"), InlineData("x")]
    [InlineData("https://user@x.example"), InlineData("https://X.example"), InlineData("https://x.example:443")]
    public async Task A_public_url_that_is_no_origin_stops_the_host(string url)
    {
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            IdentityHost.StartAsync([.. IdentityHost.Trust("http://127.0.0.1:1"), ("PublicUrl", url)])
        );
        Assert.Contains("PublicUrl", fault.Message, StringComparison.Ordinal);
    }
}
