using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Microsoft.AspNetCore.Http.Features;

namespace Entitlements.Gateway.Portal.Api;

/// <summary>What a call of the portal's passes: all that a request passes from routing on. Limits, framing and headers are the page's own.</summary>
internal sealed class OwnApiPipeline
{
    private RequestDelegate? _pipeline;

    public OwnApi For(HttpContext page) =>
        new(page, _pipeline ?? throw new InvalidOperationException("The pipeline is built before the first page is asked for."));

    /// <summary>Lets a route of the API answer the page's request itself: for what is too large to be held.</summary>
    /// <param name="path">Percent-encoded.</param>
    public Task ContinueAsAsync(HttpContext page, string path)
    {
        page.Request.Path = Uri.UnescapeDataString(path);
        page.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = path; // ids are read from it
        page.Features.Set(new PortalMark()); // what is refused is still said as a page
        page.SetEndpoint(null);
        page.Request.RouteValues.Clear();
        return _pipeline!(page);
    }

    /// <summary>Over all routes that are mapped by now.</summary>
    public void Build(WebApplication app)
    {
        var calls = ((IApplicationBuilder)app).New();
        calls.UseMiddleware<ProblemPipeline>();
        calls.UseRouting();
        calls.UseMiddleware<PermitGate>();
        calls.UseEndpoints(routes =>
        {
            foreach (var source in ((IEndpointRouteBuilder)app).DataSources)
            {
                routes.DataSources.Add(source);
            }
        });
        _pipeline = calls.Build();
    }
}
