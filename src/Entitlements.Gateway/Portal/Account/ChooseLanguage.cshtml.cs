using Entitlements.Gateway.Portal.SignIn;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Entitlements.Gateway.Portal.Account;

/// <summary>Remembers the language for a year, and goes back.</summary>
[AllowAnonymous]
internal sealed class ChooseLanguageModel : PageModel
{
    public IActionResult OnGet(string code, [FromQuery(Name = SignInPaths.ReturnTo)] string? to)
    {
        if (code is not (Language.English or Language.Welsh or Language.Pseudo))
        {
            return NotFound();
        }
        Response.Cookies.Append(
            Language.Cookie,
            code,
            new()
            {
                MaxAge = TimeSpan.FromDays(365),
                HttpOnly = true,
                Secure = Request.IsHttps,
                SameSite = SameSiteMode.Lax,
            }
        );
        return LocalRedirect(SignInChallenge.IsLocal(to) ? to! : "/");
    }
}
