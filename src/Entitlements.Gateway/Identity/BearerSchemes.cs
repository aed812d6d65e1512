using System.Text.Encodings.Web;
using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>Names of the schemes, and who gets which token.</summary>
internal static class BearerSchemes
{
    /// <summary>The default scheme: hands each token to the scheme of the provider it says it is from.</summary>
    public const string Bearer = JwtBearerDefaults.AuthenticationScheme;

    /// <summary>For tokens that are nobody's, and for every challenge.</summary>
    public const string Refuse = "refuse";

    /// <summary>By the unverified issuer: it only picks whose rules are applied.</summary>
    public static string Select(HttpContext http) =>
        BearerCredential.Of(http).Jws is { } jws && http.RequestServices.GetRequiredService<TrustedProviders>().ByIssuer(jws.Issuer) is { } provider
            ? provider.Scheme
            : Refuse;
}

/// <summary>Lets nobody in, and writes the challenge for all.</summary>
/// <remarks>RFC 6750 §3 (no error code where no credential was brought), RFC 9728 §5.1. What exactly was wrong is in the log, not in the answer.</remarks>
internal sealed class RefuseHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logs,
    UrlEncoder encoder,
    IOptions<PublicUrlOptions> publicUrl
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Task.FromResult(BearerCredential.Of(Context).IsPresent ? AuthenticateResult.Fail("not a token of a trusted provider") : AuthenticateResult.NoResult());

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var result = await Context.AuthenticateAsync(BearerSchemes.Bearer);
        if (result.Failure is ProviderUnavailableException)
        {
            Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            Response.Headers.RetryAfter = ((int)ProviderKeys.RetryPause.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            return;
        }

        var error = BearerCredential.Of(Context).IsPresent ? "error=\"invalid_token\", " : "";
        var metadata = publicUrl.Value.At(ProtectedResourceMetadata.Path);
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.Append("WWW-Authenticate", $"Bearer {error}resource_metadata=\"{metadata}\"");
    }
}
