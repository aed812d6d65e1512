using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Releases;

/// <summary>
/// Files on their way from a browser: slices that the page's script sends, and the form that is sent where there is no script. Both go through to <c>/v1/uploads</c>
/// as they come; nothing is held here.
/// </summary>
internal sealed class BrowserUploads(OwnApiPipeline api, IAntiforgery antiforgery)
{
    private const string Header = "X-Portal-Request";

    public void Map(IEndpointRouteBuilder routes)
    {
        Page(routes.MapPost("/uploads", (HttpContext http) => PassAsync(http, "/v1/uploads")));
        Page(
                routes.MapMethods(
                    "/uploads/{upload}",
                    [HttpMethods.Head, HttpMethods.Put, HttpMethods.Delete],
                    (HttpContext http, string upload) => PassAsync(http, OwnApi.Target($"/v1/uploads/{upload}"))
                )
            )
            .WithMetadata(new DisableRequestSizeLimitAttribute());
        Page(routes.MapPost("/uploads/{upload}/reading", (HttpContext http, string upload) => PassAsync(http, OwnApi.Target($"/v1/uploads/{upload}/reading"))));
        Page(routes.MapPost("/apps/{app}/releases/file", TakeAsync)).WithMetadata(new DisableRequestSizeLimitAttribute());
        Page(routes.MapGet("/apps/{app}/releases/file", (string app) => TypedResults.LocalRedirect(NewRelease(app)))); // after a new sign-in
    }

    private static TBuilder Page<TBuilder>(TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.Permit(anyPerson: true).WithMetadata(new PortalMark()).ExcludeFromDescription();

    /// <summary>A script's request, which the API answers itself.</summary>
    private async Task PassAsync(HttpContext http, string path)
    {
        PortalFilter.RefuseOtherSites(http.Request);
        if (http.Request.HasFormContentType || !http.Request.Headers.ContainsKey(Header))
        {
            throw Forged();
        }
        await CheckAsync(http);
        await api.ContinueAsAsync(http, path);
    }

    /// <summary>A form with one file, which comes last.</summary>
    private async Task<IResult> TakeAsync(HttpContext http, string app)
    {
        PortalFilter.RefuseOtherSites(http.Request);
        var form = await FileForm.ReadAsync(http.Request, http.RequestAborted);
        http.Request.Form = form.Fields; // all that the anti-forgery check reads of the form
        await CheckAsync(http);
        if (form.File is not { } file)
        {
            return Back("file_missing");
        }
        var own = api.For(http);
        var owner = (await own.GetAsync<AppView>(OwnApi.Target($"/v1/apps/{app}"))).Owner;
        var answer = await own.SendFileAsync(OwnApi.Target($"/v1/uploads/file?tenant={owner}"), file, http.Request.ContentLength ?? 0);
        if (!answer.Succeeded)
        {
            return Back(answer.Problem!.Code);
        }
        var upload = answer.Read<UploadView>().Id;
        await own.SendAsync(HttpMethod.Post, OwnApi.Target($"/v1/uploads/{upload}/reading")); // where it cannot be read now, the page asks again
        return TypedResults.LocalRedirect(NewRelease(app) + OwnApi.Target($"?upload={upload}&name={form.FileName}"));

        IResult Back(string code) => TypedResults.LocalRedirect(NewRelease(app) + OwnApi.Target($"?failed={code}"));
    }

    private async Task CheckAsync(HttpContext http)
    {
        try
        {
            await antiforgery.ValidateRequestAsync(http);
        }
        catch (AntiforgeryValidationException)
        {
            throw Forged();
        }
    }

    private static ProblemException Forged() => new(Problems.BadRequest("The request does not come from a page of this portal.", "forged_request"));

    private static string NewRelease(string app) => OwnApi.Target($"/apps/{app}/releases/new");
}
