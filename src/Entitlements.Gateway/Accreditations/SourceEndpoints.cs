using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Accreditations;

/// <summary><c>/v1/tenants/{tenant}/accreditation-sources</c>: who may say which accreditations the tenant's people hold.</summary>
internal static class SourceEndpoints
{
    private const int MostAccreditations = 100;
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static void MapSources(this IEndpointRouteBuilder routes)
    {
        var sources = routes.MapGroup("/v1/tenants/{tenant}/accreditation-sources").WithTags("Accreditations").InExercises();
        string[] readers = [Function.RoleAdmin, Function.Approver, Function.DataProtectionOfficer, Function.Auditor];
        sources
            .MapGet("", ListAsync)
            .WithName("ListAccreditationSources")
            .WithSummary("The tenant's sources of accreditations, when each last reported, and whether it is stale.")
            .Produces<Page<SourceView>>()
            .PermitManaging(readers);
        sources
            .MapGet("{source}", ReadAsync)
            .WithName("GetAccreditationSource")
            .WithSummary("One source.")
            .Produces<SourceView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(readers);
        sources
            .MapPut("{source}", WriteAsync)
            .WithName("PutAccreditationSource")
            .WithSummary("Registers a source, or lets it say more: a change. Letting it say less ends what it said of the rest, at once.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
        sources
            .MapDelete("{source}", RemoveAsync)
            .WithName("DeleteAccreditationSource")
            .WithSummary("Takes a source out: what it said ends at once.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
    }

    private static async Task<IResult> ListAsync(NameId tenant, PageQuery page, EntitlementsDb db, TimeProvider clock)
    {
        var now = clock.Now();
        var rows = await db.AccreditationSources.AsNoTracking().Where(s => s.Tenant == tenant.Value && !s.Removed).ToListAsync();
        var shown = rows.OrderBy(s => s.Id, StringComparer.Ordinal).Where(s => page.After is null || string.CompareOrdinal(s.Id, page.After) > 0);
        return TypedResults.Ok(page.Of([.. shown.Take(page.Limit + 1).Select(s => SourceView.Of(s, now))], s => s.Source));
    }

    private static async Task<IResult> ReadAsync(NameId tenant, NameId source, HttpContext context, EntitlementsDb db, TimeProvider clock)
    {
        var row = await db.AccreditationSources.AsNoTracking().SingleOrDefaultAsync(s => s.Tenant == tenant.Value && s.Id == source.Value && !s.Removed);
        return WriteResults.OfResource(context, row is null ? null : SourceView.Of(row, clock.Now()), row?.Version ?? 0);
    }

    private static async Task<IResult> WriteAsync(
        NameId tenant,
        NameId source,
        WriteRequest request,
        Body<SourceBody> body,
        TrustedProviders providers,
        ChangeDesk desk
    )
    {
        var given = body.Value;
        var faults = FaultsOf(given, providers).ToList();
        if (faults.Count > 0)
        {
            return Problems.BadRequest(faults);
        }
        var issuer = given.Client is null ? null : given.ClientIssuer ?? providers.All.First().Issuer;
        return (
            await desk.SubmitAsync(
                request,
                new SourceAlteration(
                    tenant.Value,
                    source.Value,
                    issuer,
                    given.Client?.Value,
                    KnownAccreditations.Sorted(given.Accreditations),
                    given.ReportEvery
                )
            )
        ).ToResult();
    }

    private static async Task<IResult> RemoveAsync(NameId tenant, NameId source, WriteRequest request, ChangeDesk desk) =>
        (await desk.SubmitAsync(request, new SourceRemoval(tenant.Value, source.Value))).ToResult();

    private static IEnumerable<(string, string)> FaultsOf(SourceBody body, TrustedProviders providers)
    {
        if (body.Accreditations.Count is 0 or > MostAccreditations)
        {
            yield return ("/accreditations", FormattableString.Invariant($"must be 1 to {MostAccreditations}"));
        }
        if (body.ReportEvery < Shortest || body.ReportEvery > Longest || body.ReportEvery.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            yield return ("/report_every", "must be from PT1M to P366D, in whole seconds");
        }
        if (body.ClientIssuer is not null && body.Client is null)
        {
            yield return ("/client_issuer", "needs a client");
        }
        if (body.Client is not null && body.ClientIssuer is null && providers.All.Count != 1)
        {
            yield return ("/client_issuer", "is required: more than one provider is configured");
        }
        if (body.ClientIssuer is { } issuer && providers.ByIssuer(issuer) is null)
        {
            yield return ("/client_issuer", "must be a configured provider");
        }
    }

    internal sealed record SourceBody
    {
        /// <summary>The client that reports; left out where the tenant's role-admins do by hand, never about themselves.</summary>
        public OpaqueId? Client { get; init; }

        /// <summary>The client's issuer; may be left out with one provider.</summary>
        public string? ClientIssuer { get; init; }

        /// <summary>The accreditations that it may say are held.</summary>
        public required IReadOnlyList<NameId> Accreditations { get; init; }

        /// <summary>How often it will report, at least (ISO 8601, PT1M to P366D). Later than that it is stale, which is told and extends nothing.</summary>
        public required TimeSpan ReportEvery { get; init; }
    }

    /// <param name="CompleteAsOf">Up to when its last report is complete; null before the first.</param>
    /// <param name="Stale">It has not reported for longer than it said.</param>
    internal sealed record SourceView(
        string Source,
        string? Client,
        string? ClientIssuer,
        IReadOnlyList<string> Accreditations,
        TimeSpan ReportEvery,
        DateTimeOffset? CompleteAsOf,
        bool Stale
    )
    {
        public static SourceView Of(AccreditationSourceRow row, DateTimeOffset now) =>
            new(row.Id, row.ClientId, row.ClientIssuer, row.Accreditations, row.ReportEvery, row.CompleteAsOf, row.StaleFrom <= now);
    }
}
