using System.Text.Encodings.Web;
using System.Text.Unicode;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Portal.Forms;
using Entitlements.Gateway.Portal.Officers;
using Entitlements.Gateway.Portal.Releases;
using Entitlements.Gateway.Portal.SignIn;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.WebEncoders;

namespace Entitlements.Gateway.Portal;

/// <summary>The pages for people: Razor Pages in the folders of this one, which ask the product's own API.</summary>
internal static class PortalSetup
{
    public static void AddPortal(this WebApplicationBuilder builder)
    {
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Error); // warns of caching that is forbidden already
        var services = builder.Services;
        services.AddSettings<PortalOptions>(PortalOptions.Section);
        services.AddSingleton<IValidateOptions<PortalOptions>, PortalOptionsValidator>();
        services
            .AddSingleton<OwnApiPipeline>()
            .AddSingleton<KeptForm>()
            .AddSingleton<DownloadPass>()
            .AddSingleton<BrowserUploads>()
            .AddSingleton<SessionStore>()
            .AddHostedService<SessionTidy>();
        services.AddScoped<Language>().AddScoped<PortalFilter>();
        services.AddSingleton<IAntiforgeryAdditionalDataProvider, AntiforgeryPerson>();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "entitlements.form";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.SuppressXFrameOptionsHeader = true; // frame-ancestors says it
            options.HeaderName = "X-Portal-Request";
        });
        services.AddRazorPages(options =>
        {
            options.RootDirectory = "/Portal";
            options.Conventions.AddFolderApplicationModelConvention("/", Mark);
        });
        services.Configure<WebEncoderOptions>(options => options.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All)); // Welsh stays readable
        services.AddSingleton<IConfigureOptions<CookieAuthenticationOptions>, SessionCookie>();
        services.AddSingleton<IConfigureOptions<OpenIdConnectOptions>, PortalOpenId>();
        var authentication = services.AddAuthentication().AddCookie(SessionCookie.Scheme);
        foreach (var scheme in TrustedProviders.PortalSchemesIn(builder))
        {
            authentication.AddOpenIdConnect(PortalOpenId.SchemeOf(scheme), _ => { });
        }
        services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter, ProblemPages>()); // before the one that writes all
    }

    /// <summary>Between routing and the permits: the answers of providers.</summary>
    public static void UsePortal(this WebApplication app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments(SignInPaths.Callback, StringComparison.Ordinal), answers => answers.UseAuthentication());

    /// <summary>After all of the API: the pages ask it.</summary>
    public static void MapPortal(this WebApplication app)
    {
        app.Services.GetRequiredService<OwnApiPipeline>().Build(app);
        PortalAssets.Map(app);
        app.Services.GetRequiredService<DownloadPass>().Map(app);
        app.Services.GetRequiredService<BrowserUploads>().Map(app);
        app.MapRazorPages();
    }

    /// <summary>Every page is for people who are signed in, but for those that say otherwise.</summary>
    private static void Mark(PageApplicationModel page)
    {
        page.EndpointMetadata.Add(new PortalMark());
        if (!page.HandlerTypeAttributes.OfType<Microsoft.AspNetCore.Authorization.AllowAnonymousAttribute>().Any())
        {
            page.EndpointMetadata.Add(new Permit(Scope: null, Functions: [], AnyPerson: true));
        }
        page.Filters.Add(new Microsoft.AspNetCore.Mvc.ServiceFilterAttribute<PortalFilter> { IsReusable = false });
    }
}
