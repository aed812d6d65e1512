using System.Globalization;
using System.Text.Json.Nodes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Publications;

/// <summary><c>/v1/apps/{app}/publications/{tenant}</c>: how an app came to be open to whom, for good.</summary>
internal static class PublicationEndpoints
{
    public static void MapPublications(this IEndpointRouteBuilder routes)
    {
        var publications = routes.MapGroup("/v1/apps/{app}/publications/{tenant}").WithTags("Publications").InExercises();
        publications
            .MapGet("", ListAsync)
            .WithName("ListPublications")
            .WithSummary("Published changes to an app in a tenant, newest first.")
            .Produces<Page<PublicationSummary>>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(CatalogueAccess.RuleReaders);
        publications
            .MapGet("{change}", ReadAsync)
            .WithName("GetPublication")
            .WithSummary("Who opened what to whom, when, why and on what grounds, and what each voter was shown; as a page where text/html is accepted.")
            .Produces<PublicationView>()
            .Produces<string>(contentType: "text/html")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(CatalogueAccess.RuleReaders);
        publications
            .MapGet("{change}/audience", ListAudienceAsync)
            .WithName("ListPublicationAudience")
            .WithSummary("Everyone whom the app's rules reached at that instant, by name.")
            .Produces<Page<string>>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(Function.RoleAdmin, Function.DataProtectionOfficer);
    }

    private static async Task<IResult> ListAsync(NameId app, NameId tenant, PageQuery page, EntitlementsDb db)
    {
        if (await db.FindAppOfAsync(tenant.Value, Resource.App, app.Value) is null)
        {
            return Problems.NotFound();
        }
        var after = page.After is null ? null : await Of(db, app, tenant).SingleOrDefaultAsync(p => p.Change == page.After);
        if (page.After is not null && after is null)
        {
            return Problems.BadRequest("The cursor is none of this list's.", "invalid_cursor");
        }
        var (at, id) = (after?.At, after?.Change);
        var rows = await Of(db, app, tenant)
            .Where(p => at == null || p.At < at || (p.At == at && p.Change.CompareTo(id) > 0))
            .OrderByDescending(p => p.At)
            .ThenBy(p => p.Change)
            .Take(page.Limit + 1)
            .Join(db.Changes, p => p.Change, c => c.Id, (p, c) => new { Publication = p, Change = c })
            .ToListAsync();
        var summaries = rows.ConvertAll(r => new PublicationSummary(
            r.Change.Id,
            r.Change.Kind,
            r.Publication.At,
            r.Change.ProposerPerson,
            r.Change.Reason,
            new(r.Change.AudienceBefore, r.Change.AudienceAfter),
            r.Publication.ReadContent().Reached
        ));
        return TypedResults.Ok(page.Of(summaries, s => s.Change));
    }

    private static async Task<IResult> ReadAsync(
        NameId app,
        NameId tenant,
        string change,
        HttpContext http,
        Caller caller,
        EntitlementsDb db,
        AlterationKinds kinds,
        TimeProvider clock
    )
    {
        if (await Of(db, app, tenant).SingleOrDefaultAsync(p => p.Change == change) is not { } row)
        {
            return Problems.NotFound();
        }
        var published = await db.Changes.AsNoTracking().SingleAsync(c => c.Id == change);
        var votes = await db.Votes.AsNoTracking().Where(v => v.Change == change).OrderBy(v => v.At).ToListAsync();
        var view = new PublicationView(
            row.App,
            row.Tenant,
            row.At,
            await ChangeVisibility.ViewAsync(db, kinds, caller, published, votes, clock.Now()),
            [.. votes.Select(v => new ShownView(v.Person, v.Function, v.At, JsonNode.Parse(v.Shown)))],
            row.ReadContent()
        );
        return http.Request.GetTypedHeaders().Accept.Any(a => a.MediaType == "text/html")
            ? new RazorComponentResult<PublicationPage>(new { Record = view })
            : TypedResults.Ok(view);
    }

    private static async Task<IResult> ListAudienceAsync(NameId app, NameId tenant, string change, PageQuery page, EntitlementsDb db)
    {
        var after = page.AfterNumber ?? 0;
        if (await Of(db, app, tenant).SingleOrDefaultAsync(p => p.Change == change) is not { } row)
        {
            return Problems.NotFound();
        }
        var keys = PublicationRow.Unpack(row.Reached).Where(key => key > after).Take(page.Limit + 1).ToList();
        var names = await Subjects.IdsAsync(db, keys);
        var shown = page.Of(keys, key => key.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(new Page<string>([.. shown.Items.Select(key => names[key])], shown.NextCursor));
    }

    private static IQueryable<PublicationRow> Of(EntitlementsDb db, NameId app, NameId tenant)
    {
        var (id, force) = (app.Value, tenant.Value);
        return db.Publications.AsNoTracking().Where(p => p.App == id && p.Tenant == force);
    }
}
