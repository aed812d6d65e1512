using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Entitlements.Gateway.Portal.Account;

/// <summary>After the session.</summary>
[AllowAnonymous]
internal sealed class SignedOutModel : PageModel;
