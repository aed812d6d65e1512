using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.MutualAid;

/// <summary><c>/v1/tenants/{tenant}/aid</c>: people whom other forces lend to the tenant, and those whom it lends.</summary>
internal static class AidEndpoints
{
    private const int LongestIncident = 100;

    public static void MapAid(this IEndpointRouteBuilder routes)
    {
        var aid = routes.MapGroup("/v1/tenants/{tenant}/aid").WithTags("Mutual aid");
        aid.MapGet("", ListAsync)
            .WithName("ListAid")
            .WithSummary("Aid that the tenant receives and gives, past aid included; a person without a function sees their own.")
            .Produces<Page<AidView>>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .Permit(Scopes.Manage, anyPerson: true, AidList.Readers);
        aid.MapPost("", GiveAsync)
            .WithName("ProposeAid")
            .WithSummary("The host asks for somebody of another force: a change on which an approver of either votes.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
        aid.MapDelete("{aid}", EndAsync)
            .WithName("EndAid")
            .WithSummary("Ends aid at once: either force's role-admin, or the person handing it back.")
            .ProducesWrite()
            .Permit(Scopes.Manage, anyPerson: true, Function.RoleAdmin);
    }

    /// <summary>404 to who has no function there and never was lent to, or by, that tenant: to them it does not exist.</summary>
    private static async Task<IResult> ListAsync(NameId tenant, Caller caller, PageQuery page, AidList list)
    {
        var views = await list.ReadAsync(caller, tenant.Value, page.After, page.Limit + 1);
        return views.Count == 0 && page.After is null && !AidList.MayRead(caller, tenant.Value)
            ? Problems.NotFound()
            : TypedResults.Ok(page.Of(views, view => view.Id));
    }

    private static async Task<IResult> GiveAsync(
        NameId tenant,
        WriteRequest request,
        Body<AidBody> body,
        TrustedProviders providers,
        EntitlementsDb db,
        ChangeDesk desk
    )
    {
        var given = body.Value;
        FaultsOf(given, tenant.Value).ThrowIfAny();
        if (Issuers.FaultOf(providers, given.Issuer, given.Home.Value, "/issuer") is { } fault)
        {
            return fault;
        }
        var (host, role, home) = (tenant.Value, given.Role.Value, given.Home.Value);
        var equivalent = await db.Equivalents.Where(e => e.Tenant == host && e.Role == role && e.Home == home).Select(e => e.HomeRole).SingleOrDefaultAsync(); // the desk looks again
        var alteration = new AidAlteration(
            host,
            role,
            home,
            equivalent ?? "",
            given.Subject.Value,
            given.Issuer,
            given.From?.Cut(),
            given.Until.Cut(),
            given.Reason.Trim(),
            given.Incident?.Trim()
        )
        {
            IsAsked = true,
        };
        return (await desk.SubmitAsync(request.For(alteration.Reason), alteration)).ToResult();
    }

    private static async Task<IResult> EndAsync(NameId tenant, string aid, WriteRequest request, EntitlementsDb db, ChangeDesk desk)
    {
        var row = await db.Aids.AsNoTracking().SingleOrDefaultAsync(a => a.Id == aid && (a.Host == tenant.Value || a.Home == tenant.Value));
        var may = request.Caller.Holds(Function.RoleAdmin, tenant.Value) || (request.Caller is Caller.Person { SubjectKey: { } own } && own == row?.SubjectKey);
        return row is null || !may ? Problems.NotFound() : (await desk.SubmitAsync(request, new AidEnd(row.Host, row.Home, row.Id))).ToResult();
    }

    private static IEnumerable<(string Pointer, string Error)> FaultsOf(AidBody body, string tenant)
    {
        if (body.Home.Value == tenant)
        {
            yield return ("/home", "must be another force: the tenant's own people are assigned its roles");
        }
        if (body.From >= body.Until)
        {
            yield return ("/until", "must come after from");
        }
        if (body.Incident is { } incident && !Text.IsLine(incident, LongestIncident))
        {
            yield return ("/incident", FormattableString.Invariant($"must be 1 to {LongestIncident} characters on one line"));
        }
        foreach (var fault in Text.ReasonFaults(body.Reason, required: true))
        {
            yield return fault;
        }
    }

    internal sealed record AidBody
    {
        /// <summary>The person, as their own force knows them.</summary>
        public required OpaqueId Subject { get; init; }

        /// <summary>Their provider, where it is not their force's home issuer.</summary>
        public string? Issuer { get; init; }

        /// <summary>Their own force.</summary>
        public required NameId Home { get; init; }

        /// <summary>The role of this tenant; declared equivalent to one that they hold at home.</summary>
        public required NameId Role { get; init; }

        /// <summary>First instant in force; left out or past: with the deciding vote.</summary>
        public DateTimeOffset? From { get; init; }

        /// <summary>First instant no longer in force; at most 14 days later, and not after the right at home ends.</summary>
        public required DateTimeOffset Until { get; init; }

        /// <summary>Why; kept in both forces' evidence.</summary>
        public required string Reason { get; init; }

        /// <summary>The incident or operation that it is for.</summary>
        public string? Incident { get; init; }
    }
}
