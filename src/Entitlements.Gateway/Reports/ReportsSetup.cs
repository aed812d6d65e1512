using System.Globalization;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Reports;

/// <summary>What was found in a tenant's store at one instant.</summary>
internal sealed record StoreHealthView(string Tenant, DateTimeOffset At, IReadOnlyList<Finding> Findings);

/// <summary><c>/v1/reports</c>: of one tenant, <c>?tenant=</c> where the caller has functions in several.</summary>
internal static class ReportsSetup
{
    internal static readonly string[] Overseers = [Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor];

    public static void AddReports(this WebApplicationBuilder builder) =>
        builder.Services.AddScoped<StoreHealth>().AddScoped<AssessmentQueue>().AddScoped<RequestReport>().AddScoped<AppAsOf>().AddScoped<PersonAsOf>();

    public static void MapReports(this WebApplication app)
    {
        var reports = app.MapGroup("/v1/reports").WithTags("Reports");
        reports
            .MapGet("/store-health", ReadAsync)
            .WithName("GetStoreHealth")
            .WithSummary("What was right when it was decided and may not be any more, each with its formula.")
            .Produces<StoreHealthView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(CatalogueAccess.RuleReaders)
            .InExercises();
        reports
            .MapGet("/assessments", AssessmentsAsync)
            .WithName("ListAssessments")
            .WithSummary("How every app of a tenant stands with its data protection impact assessment, the worst first.")
            .Produces<Page<AssessmentInQueue>>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(CatalogueAccess.RuleReaders);
        reports
            .MapGet("/requests", RequestsAsync)
            .WithName("GetRequestReport")
            .WithSummary("Requests by month, outcome and urgency, and how long it took to decide them.")
            .Produces<RequestReportView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(Overseers);
        reports.MapAsOf();
    }

    private static async Task<IResult> ReadAsync(Caller caller, StoreHealth health, TimeProvider clock, string? tenant)
    {
        if (caller.TenantFor(tenant, CatalogueAccess.RuleReaders) is not { } own)
        {
            return Elsewhere(tenant);
        }
        var findings = await health.LookAsync(own);
        var mayName = caller.Holds(Function.RoleAdmin, own) || caller.Holds(Function.DataProtectionOfficer, own);
        return TypedResults.Ok(new StoreHealthView(own, clock.GetUtcNow(), mayName ? findings : [.. findings.Select(f => f with { Subject = null })]));
    }

    private static async Task<IResult> AssessmentsAsync(Caller caller, PageQuery page, AssessmentQueue queue, TimeProvider clock, string? tenant)
    {
        if (caller.TenantFor(tenant, CatalogueAccess.RuleReaders) is not { } own)
        {
            return Elsewhere(tenant);
        }
        var all = await queue.ReadAsync(own, clock.Now());
        var after = page.After is null ? -1 : all.FindIndex(a => a.App == page.After);
        return page.After is not null && after < 0
            ? Problems.BadRequest("The cursor is none of this list's.", "invalid_cursor")
            : TypedResults.Ok(page.Of([.. all.Skip(after + 1).Take(page.Limit + 1)], a => a.App));
    }

    /// <param name="from">First month, <c>yyyy-MM</c>; left out: eleven before the last.</param>
    /// <param name="to">Last month; left out: this one.</param>
    private static async Task<IResult> RequestsAsync(Caller caller, RequestReport report, TimeProvider clock, string? tenant, string? from, string? to)
    {
        var (last, first) = (to is null ? DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime) : MonthOf(to), from is null ? null : MonthOf(from));
        if (last is not { } end || (from is not null && first is null))
        {
            return Problems.BadRequest("from and to are months, for instance 2026-12.", "invalid_filter");
        }
        end = new(end.Year, end.Month, 1);
        var start = first ?? end.AddMonths(-11);
        if (start > end || start.AddMonths(RequestReport.LongestMonths) <= end)
        {
            return Problems.BadRequest(
                FormattableString.Invariant($"from is not after to, and they are {RequestReport.LongestMonths} months at most."),
                "invalid_filter"
            );
        }
        return caller.TenantFor(tenant, Overseers) is { } own ? TypedResults.Ok(await report.ReadAsync(own, start, end)) : Elsewhere(tenant);
    }

    private static DateOnly? MonthOf(string text) =>
        DateOnly.TryParseExact(text + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month) && month.Year is > 1970 and < 9000
            ? month
            : null;

    internal static IResult Elsewhere(string? tenant) =>
        tenant is null ? Problems.BadRequest("Say which tenant: ?tenant=.", "tenant_required") : Problems.NotFound();
}
