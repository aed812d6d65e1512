using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Hosting;

/// <summary>The origin used in links, metadata and as issuer: scheme, host and port, no path, no last slash.</summary>
internal sealed class PublicUrlOptions
{
    public const string Default = "http://127.0.0.1:5080";

    /// <summary>Setting <c>PublicUrl</c>; else the first of <c>Urls</c>; else <see cref="Default"/>.</summary>
    public string Origin
    {
        get;
        set => field = value.Trim().TrimEnd('/');
    } = Default;

    /// <summary>The origin followed by a path that begins with a slash.</summary>
    public string At(string path) => Origin + path;
}

internal static class PublicUrl
{
    /// <summary>Registers <see cref="PublicUrlOptions"/>, checked before the first request. Calling it twice does no harm.</summary>
    public static IServiceCollection AddPublicUrl(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<PublicUrlOptions>, FromSettings>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PublicUrlOptions>, Validator>());
        services.AddOptions<PublicUrlOptions>().ValidateOnStart();
        return services;
    }

    private sealed class FromSettings(IConfiguration settings) : IConfigureOptions<PublicUrlOptions>
    {
        public void Configure(PublicUrlOptions options)
        {
            var first = settings["Urls"]?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            options.Origin = settings["PublicUrl"] is { Length: > 0 } given ? given : first ?? PublicUrlOptions.Default;
        }
    }

    private sealed class Validator : IValidateOptions<PublicUrlOptions>
    {
        public ValidateOptionsResult Validate(string? name, PublicUrlOptions options) =>
            Uri.TryCreate(options.Origin, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            && url.GetLeftPart(UriPartial.Authority) == options.Origin
            && url.UserInfo.Length == 0 // canonical: it is compared as an issuer
            && url.Host is not ("0.0.0.0" or "[::]" or "*" or "+")
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(
                    "PublicUrl (or the first of Urls) must be an http or https origin that others can reach, "
                        + "in lower case and without path, like https://entitlements.example"
                );
    }
}
