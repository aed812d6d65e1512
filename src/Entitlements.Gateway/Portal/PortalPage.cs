using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Portal.Forms;
using Entitlements.Gateway.Portal.SignIn;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Entitlements.Gateway.Portal;

/// <summary>A page for people who are signed in: it asks the product's own API as them, and shows what that says.</summary>
internal abstract class PortalPage : PageModel
{
    private const string NoticeKey = "notice";

    /// <summary>Who looks at it.</summary>
    public Caller.Person Person => (Caller.Person)HttpContext.Features.Get<Caller>()!;

    /// <summary>The language of the page.</summary>
    public Language L => HttpContext.RequestServices.GetRequiredService<Language>();

    public OwnApi Api => field ??= HttpContext.RequestServices.GetRequiredService<OwnApiPipeline>().For(HttpContext);

    /// <summary>What stands in the fields.</summary>
    public Form Form { get; private set; } = new();

    /// <summary>Of a list: where the page before ended.</summary>
    [BindProperty(SupportsGet = true, Name = "cursor")]
    public string? Cursor { get; set; }

    /// <summary>The instant at which the page is drawn.</summary>
    public DateTimeOffset Now => HttpContext.RequestServices.GetRequiredService<TimeProvider>().Now();

    /// <summary>What the page before has to tell: shown once.</summary>
    public string? Notice => TempData[NoticeKey] as string;

    /// <summary>What was typed before somebody had to sign in again stands in the fields.</summary>
    public bool IsGivenBack { get; private set; }

    /// <summary>Reads what the page shows; also before it is shown again with what is wrong.</summary>
    protected abstract Task LoadAsync();

    public virtual async Task<IActionResult> OnGetAsync()
    {
        IsGivenBack = HttpContext.RequestServices.GetRequiredService<KeptForm>().GiveBack(HttpContext, Person, Form);
        return await ShowAsync();
    }

    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (Request.HasFormContentType)
        {
            Form = Form.Of(await Request.ReadFormAsync());
        }
        await next();
    }

    protected async Task<IActionResult> ShowAsync()
    {
        await LoadAsync();
        return Page();
    }

    /// <summary>The page of a list that <see cref="Cursor"/> leads to.</summary>
    /// <param name="target">With a query already.</param>
    protected Task<Page<T>> ListAsync<T>(string target) => Api.GetAsync<Page<T>>(After(target));

    /// <summary>The address of the page that <see cref="Cursor"/> leads to.</summary>
    protected string After(string target) => Cursor is null ? target : target + OwnApi.Target($"&cursor={Cursor}");

    /// <summary>Sends what the form says to the API; goes on where it did it, and shows the page again with what is wrong where it did not.</summary>
    protected async Task<IActionResult> SendAsync(HttpMethod method, string target, object? body, Func<ApiAnswer, IActionResult> done)
    {
        var answer = await Api.SendAsync(method, target, body, Form.Key, Form.Version);
        return answer.Succeeded ? done(answer) : await RefusedAsync(answer);
    }

    /// <summary>To the provider for a recent strong sign-in where that is all that is missing; else the page again, with what is wrong and all that was typed.</summary>
    protected async Task<IActionResult> RefusedAsync(ApiAnswer answer)
    {
        var problem = answer.Problem!;
        if (answer.Status == StatusCodes.Status401Unauthorized)
        {
            return SignInAgain(TimeSpan.FromSeconds(problem.MaxAge ?? 0), problem.AcrValues);
        }
        Form.Refuse(problem);
        return await WrongAsync(answer.Status);
    }

    /// <summary>To the provider, for a sign-in that is no older; what was typed stands in the fields again afterwards.</summary>
    protected ChallengeResult SignInAgain(TimeSpan maxAge, string? acrValues = null)
    {
        HttpContext.RequestServices.GetRequiredService<KeptForm>().Keep(HttpContext, Person.Key, Form);
        var providers = HttpContext.RequestServices.GetRequiredService<TrustedProviders>();
        return Challenge(
            SignInChallenge.Again(Person, (long)maxAge.TotalSeconds, acrValues, Request.Path + Request.QueryString),
            SignInChallenge.SchemeOf(providers, Person)
        );
    }

    /// <summary>The page again, with what is wrong.</summary>
    protected async Task<IActionResult> WrongAsync(int status = StatusCodes.Status400BadRequest)
    {
        await LoadAsync();
        Response.StatusCode = status;
        return Page();
    }

    /// <summary>
    /// After a write: on to <paramref name="to"/>, where it is done; to the change, where others vote on it. What has been taken away is said to be gone only once
    /// every replica has confirmed that.
    /// </summary>
    /// <param name="proposed">What to say where others vote on it; left out: that they do.</param>
    protected LocalRedirectResult Written(ApiAnswer answer, string to, string inForce, string? proposed = null) =>
        answer switch
        {
            { Made: { } change } => Go(
                $"/changes/{change}",
                proposed ?? L["Proposed. It takes effect when others have voted for it.", "Cynigiwyd. Daw i rym pan fydd eraill wedi pleidleisio drosto."]
            ),
            { Status: StatusCodes.Status202Accepted } => Go(
                to,
                L[
                    "Done, but not yet confirmed everywhere. Do it again to wait for that.",
                    "Wedi'i wneud, ond heb ei gadarnhau ym mhobman eto. Gwnewch ef eto i aros am hynny."
                ]
            ),
            _ => Go(to, inForce),
        };

    /// <summary>On to another page of the portal, which tells <paramref name="notice"/>.</summary>
    protected LocalRedirectResult Go(string to, string? notice = null)
    {
        if (notice is not null)
        {
            TempData[NoticeKey] = notice;
        }
        return LocalRedirect(to);
    }

    /// <summary>There is nothing here for this person.</summary>
    protected static ProblemException Nothing() => new(Problems.NotFound());
}
