using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Guidance as it is proposed.</summary>
internal sealed record GuidanceBody
{
    /// <summary>Higher than the one in force.</summary>
    public required int Version { get; init; }

    /// <summary>The text in English.</summary>
    public required string En { get; init; }

    /// <summary>The text in Welsh.</summary>
    public required string Cy { get; init; }
    public string? Reason { get; init; }
}

internal sealed record AcceptanceBody
{
    /// <summary>The version that was read.</summary>
    public required int Version { get; init; }
}

/// <param name="Version">Of the text; the ETag is the resource's.</param>
internal sealed record GuidanceView(string App, string Tenant, int Version, string En, string Cy);

/// <summary><c>/v1/apps/{app}/guidance/{tenant}</c> and its acceptance.</summary>
internal static class GuidanceEndpoints
{
    private const int LongestText = 20_000;

    public static void MapGuidance(this IEndpointRouteBuilder routes)
    {
        var guidance = routes.MapGroup("/v1/apps/{app}/guidance/{tenant}").WithTags("Guidance").InExercises();
        guidance
            .MapGet("", GetAsync)
            .Permit(Scopes.Manage, anyPerson: true, Function.OfTenant.ToArray())
            .WithName("GetGuidance")
            .WithSummary("The text that people of the tenant accept before they get the app.")
            .Produces<GuidanceView>();
        guidance.MapPut("", PutAsync).PermitManaging(Function.AppOwner).WithName("PutGuidance").WithSummary("Proposes another text.").ProducesWrite();
        guidance
            .MapPut("/acceptance", AcceptAsync)
            .Permit(anyPerson: true)
            .WithName("AcceptGuidance")
            .WithSummary("The person accepts the version in force, for themself and with their own token.")
            .Produces<WriteReceipt>();
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        Caller caller,
        NameId app,
        NameId tenant,
        EntitlementsDb db,
        AppSight sight,
        CancellationToken cancellation
    )
    {
        var row = await MayReadAsync(caller, app.Value, tenant.Value, sight)
            ? await db.Guidance.AsNoTracking().SingleOrDefaultAsync(g => g.App == app.Value && g.Tenant == tenant.Value, cancellation)
            : null;
        if (row is null)
        {
            return Problems.NotFound();
        }
        return WriteResults.OfResource(http, new GuidanceView(row.App, row.Tenant, row.TextVersion, row.English, row.Welsh), row.Version);
    }

    private static async Task<bool> MayReadAsync(Caller caller, string app, string tenant, AppSight sight) =>
        Function.OfTenant.Any(f => caller.Holds(f, tenant)) || (caller is Caller.Person person && await sight.SeesAsync(person, tenant, app));

    private static async Task<IResult> PutAsync(WriteRequest request, NameId app, NameId tenant, Body<GuidanceBody> body, ChangeDesk desk)
    {
        Faults(body.Value).ThrowIfAny();
        var guidance = new SetGuidance(app.Value, tenant.Value, body.Value.Version, body.Value.En, body.Value.Cy);
        return (await desk.SubmitAsync(request.For(body.Value.Reason), guidance)).ToResult();
    }

    private static async Task<IResult> AcceptAsync(WriteRequest request, NameId app, NameId tenant, Body<AcceptanceBody> body, AcceptGuidance accept) =>
        (await accept.AcceptAsync(request, app.Value, tenant.Value, body.Value.Version)).ToResult();

    private static IEnumerable<(string, string)> Faults(GuidanceBody body)
    {
        if (body.Version < 1)
        {
            yield return ("/version", "must be 1 or more");
        }
        if (!Text.IsParagraph(body.En, LongestText))
        {
            yield return ("/en", "must be 1 to 20000 characters");
        }
        if (!Text.IsParagraph(body.Cy, LongestText))
        {
            yield return ("/cy", "must be 1 to 20000 characters");
        }
        foreach (var fault in Text.ReasonFaults(body.Reason))
        {
            yield return fault;
        }
    }
}
