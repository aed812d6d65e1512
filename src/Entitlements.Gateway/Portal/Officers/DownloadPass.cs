using System.Security.Cryptography;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.DataProtection;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>Lets a browser fetch what was redeemed: the entitlement token, sealed, for one app's files, sent with no other request. The browser's own download, so it can go on where it broke off.</summary>
internal sealed class DownloadPass(IDataProtectionProvider protection, OwnApiPipeline api)
{
    private const string Cookie = "entitlements.download";

    /// <summary>As long as a download session may last.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(4);

    private readonly ITimeLimitedDataProtector _seal = protection.CreateProtector("Entitlements.Portal.DownloadPass").ToTimeLimitedDataProtector();

    public void Give(HttpContext context, string app, string token) =>
        context.Response.Cookies.Append(
            Cookie,
            _seal.Protect($"{KeyOf(context)}\n{token}", Lifetime),
            new()
            {
                HttpOnly = true,
                Secure = context.Request.IsHttps,
                SameSite = SameSiteMode.Lax,
                Path = $"/my/{app}/file",
                MaxAge = Lifetime,
            }
        );

    /// <summary><c>/my/{app}/file/{session}</c>: the bytes, as <c>/v1/downloads/{session}</c> sends them, for the person who redeemed.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapMethods("/my/{app}/file/{session}", [HttpMethods.Get, HttpMethods.Head], SendAsync)
            .Permit(anyPerson: true)
            .WithMetadata(new PortalMark())
            .ExcludeFromDescription();

    private Task SendAsync(HttpContext context, string session)
    {
        if (Read(context) is not { } token)
        {
            throw new ProblemException(Problems.NotFound());
        }
        context.Request.Headers.Authorization = $"Bearer {token}";
        return api.ContinueAsAsync(context, OwnApi.Target($"/v1/downloads/{session}"));
    }

    private string? Read(HttpContext context)
    {
        try
        {
            return context.Request.Cookies[Cookie] is { } text && _seal.Unprotect(text).Split('\n') is [var person, var token] && person == KeyOf(context)
                ? token
                : null;
        }
        catch (CryptographicException)
        {
            return null; // too old, or not ours
        }
    }

    private static string KeyOf(HttpContext context) => context.Features.Get<Caller>()!.Key;
}
