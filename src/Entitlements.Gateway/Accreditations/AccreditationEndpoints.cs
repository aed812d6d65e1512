using System.Globalization;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Accreditations;

/// <summary><c>/v1/accreditations</c>: what sources report, and who holds what until when.</summary>
internal static class AccreditationEndpoints
{
    /// <summary>What a source's clock may be ahead of ours.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    public static void MapFeed(this IEndpointRouteBuilder routes)
    {
        var accreditations = routes.MapGroup("/v1/accreditations").WithTags("Accreditations").InExercises();
        accreditations
            .MapPost("", ReportAsync)
            .WithName("ReportAccreditations")
            .WithSummary("A registered source reports who holds what until when: all that it says (full) or what is new (partial). At once, all or nothing.")
            .ProducesWrite()
            .WithMetadata(new RequestSizeLimitAttribute(8L << 20)) // 20,000 items are some 5 MiB
            .PermitManaging(Function.RoleAdmin);
        accreditations
            .MapGet("", ListAsync)
            .WithName("ListAccreditations")
            .WithSummary("Who holds what until when; a person without a function sees their own.")
            .Produces<Page<AccreditationView>>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .Permit(Scopes.Manage, anyPerson: true, [.. AccreditationSight.Readers]);
    }

    private static async Task<IResult> ReportAsync(WriteRequest request, Body<FeedBody> body, TakeFeed take, TimeProvider clock)
    {
        body.Value.Faults(clock.Now() + Skew).ThrowIfAny();
        if (request.Caller.TenantFor(body.Value.Tenant?.Value, Function.RoleAdmin) is not { } tenant)
        {
            return body.Value.Tenant is null ? Problems.BadRequest(("/tenant", "is required: the caller acts for several tenants")) : Problems.NotFound();
        }
        return (await take.TakeAsync(request, tenant, body.Value)).ToResult();
    }

    private static async Task<IResult> ListAsync(
        Caller caller,
        PageQuery page,
        EntitlementsDb db,
        TimeProvider clock,
        string? tenant,
        string? subject,
        string? issuer,
        string? accreditation,
        string? source,
        [FromQuery(Name = "expiring_before")] DateTimeOffset? expiringBefore,
        bool? ended
    )
    {
        if (await AccreditationSight.OfAsync(db, caller, tenant) is not { } sight)
        {
            return tenant is null && caller is Caller.Client
                ? Problems.BadRequest("Name the tenant: the caller acts for several.", "tenant_required")
                : Problems.NotFound();
        }
        long after = 0;
        if (page.After is not null && !long.TryParse(page.After, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            return Problems.BadRequest("The cursor is not one that this list gave.", "invalid_cursor");
        }
        var (now, before) = (clock.Now(), expiringBefore?.Cut());
        var holder = subject is null ? null : await Subjects.FindAsync(db, sight.Tenant, issuer, subject);
        if (subject is not null && holder is null)
        {
            return TypedResults.Ok(new Page<AccreditationView>([], null));
        }
        var rows = await sight
            .Of(db.Accreditations.AsNoTracking())
            .Where(a => a.Id > after)
            .Where(a => ended == true || (!a.Ended && a.NotAfter > now))
            .Where(a => holder == null || a.SubjectKey == holder.Key)
            .Where(a => accreditation == null || a.Accreditation == accreditation)
            .Where(a => source == null || a.Source == source)
            .Where(a => before == null || a.NotAfter < before)
            .OrderBy(a => a.Id)
            .Take(page.Limit + 1)
            .Join(db.Subjects, a => a.SubjectKey, s => s.Key, (a, s) => new { Row = a, Holder = s })
            .OrderBy(a => a.Row.Id)
            .ToListAsync();
        return TypedResults.Ok(page.Of(rows.ConvertAll(r => AccreditationView.Of(r.Row, r.Holder, now)), v => v.Id.ToString(CultureInfo.InvariantCulture)));
    }
}

/// <param name="Id">What warnings name it by.</param>
/// <param name="Source">Who said so.</param>
/// <param name="Ended">It is over, or its source took it back.</param>
internal sealed record AccreditationView(
    long Id,
    string Source,
    string Subject,
    string Issuer,
    string Accreditation,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    string? Reference,
    bool Ended
)
{
    public static AccreditationView Of(AccreditationRow row, SubjectRow holder, DateTimeOffset now) =>
        new(row.Id, row.Source, holder.Id, holder.Issuer, row.Accreditation, row.NotBefore, row.NotAfter, row.Reference, !FeedDifference.IsStanding(row, now));
}
