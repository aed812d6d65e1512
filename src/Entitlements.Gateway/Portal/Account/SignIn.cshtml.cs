using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.SignIn;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Entitlements.Gateway.Portal.Account;

/// <summary>On to the provider; where there are several, people choose theirs.</summary>
[AllowAnonymous]
internal sealed class SignInModel(TrustedProviders providers) : PageModel
{
    public IReadOnlyList<(string Scheme, PortalClient Client)> Providers { get; } =
    [.. providers.All.Where(p => p.Portal is not null).Select(p => (p.Scheme, p.Portal!))];

    /// <summary>The provider's answer did not sign anybody in.</summary>
    [BindProperty(SupportsGet = true, Name = "failed")]
    public bool Failed { get; set; }

    /// <summary>Where to go on, of this site.</summary>
    [BindProperty(SupportsGet = true, Name = SignInPaths.ReturnTo)]
    public string? To { get; set; }

    public IActionResult OnGet([FromQuery(Name = "with")] string? with)
    {
        var chosen =
            Providers.Where(p => p.Scheme == with).Select(p => p.Scheme).FirstOrDefault() ?? (Providers.Count == 1 && !Failed ? Providers[0].Scheme : null);
        return chosen is null ? Page() : Challenge(SignInChallenge.First(To), PortalOpenId.SchemeOf(chosen));
    }
}
