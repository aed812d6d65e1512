using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

internal sealed record CatalogueBody
{
    public required SubjectPart Subject { get; init; }
    public StoreDevice? Device { get; init; }

    /// <summary>Only releases for this platform count, for instance <c>android</c>.</summary>
    public NameId? Platform { get; init; }

    /// <summary>For clients of several tenants.</summary>
    public NameId? Tenant { get; init; }
}

/// <param name="Until">When the answer may be another by time alone; null when time changes nothing.</param>
internal sealed record ListingView(
    string App,
    string Name,
    Distribution Distribution,
    Standing Standing,
    IReadOnlyList<ReasonView> Reasons,
    Words ReasonUser,
    DateTimeOffset? Until,
    ListedRelease? Release
);

internal sealed record ReasonView(string Code);

internal sealed record ListedRelease(string Version, string Platform, string? Sha256, long? Size);

internal sealed record UpdatesBody
{
    public required StoreDevice Device { get; init; }
    public required IReadOnlyList<InstalledPart> Installed { get; init; }

    /// <summary>Default: whose device it is.</summary>
    public SubjectPart? Subject { get; init; }
    public NameId? Platform { get; init; }
    public NameId? Tenant { get; init; }
}

internal sealed record InstalledPart
{
    public required NameId App { get; init; }
    public required string Version { get; init; }
}

internal sealed record UpdatesView(IReadOnlyList<UpdateView> Items);

internal sealed record UpdateView(string App, UpdateAction Action, string? Version, IReadOnlyList<ReasonView> Reasons);

/// <summary>What a store page or an updater asks: <c>/v1/catalogue</c>, <c>/v1/updates</c>. A person asks for themself; a client for the people of its tenants.</summary>
internal static class StoreEndpoints
{
    public static void MapStore(this IEndpointRouteBuilder routes)
    {
        var store = routes.MapGroup("/v1").WithTags("Store");
        store
            .MapPost("/catalogue", CatalogueAsync)
            .Permit(Scopes.Evaluate, anyPerson: true)
            .InExercises()
            .WithName("ListCatalogue")
            .WithSummary("Apps listed to a person: may have, may request, may not, and why.")
            .Produces<Page<ListingView>>();
        store
            .MapPost("/updates", UpdatesAsync)
            .Permit(Scopes.Evaluate, anyPerson: true)
            .InExercises()
            .WithName("PlanUpdates")
            .WithSummary("For what is on a device: what to install, remove or leave.")
            .Produces<UpdatesView>();
        store.MapResolve();
    }

    private static async Task<IResult> CatalogueAsync(
        Caller caller,
        Body<CatalogueBody> body,
        PageQuery page,
        ListCatalogue catalogue,
        CancellationToken cancellation
    )
    {
        var (asked, call) = (body.Value, StoreCall.Of(caller, body.Value.Tenant));
        if (!call.Covers(caller, asked.Subject))
        {
            return Results.Ok(new Page<ListingView>([], null));
        }
        var shopper = new Shopper(call.Tenant, IssuerOf(caller, call, asked.Subject), asked.Subject.Id.Value, asked.Device?.Id.Value, asked.Platform?.Value);
        if (await catalogue.ListAsync(caller, shopper, page.After, page.Limit, cancellation) is not var (listings, more))
        {
            return Problems.Undecidable();
        }
        return Results.Ok(new Page<ListingView>([.. listings.Select(View)], more is null ? null : PageQuery.CursorOf(more)));
    }

    private static async Task<IResult> UpdatesAsync(
        Caller caller,
        Body<UpdatesBody> body,
        EntitlementsDb db,
        PlanUpdates plan,
        TimeProvider clock,
        CancellationToken cancellation
    )
    {
        var (asked, call) = (body.Value, StoreCall.Of(caller, body.Value.Tenant));
        Faults(asked).ThrowIfAny();
        var shopper = await ShopperAsync(caller, call, asked, db, clock);
        var updates = await plan.PlanAsync(caller, shopper, [.. asked.Installed.Select(i => new Installed(i.App.Value, i.Version))], cancellation);
        return updates is null
            ? Problems.Undecidable()
            : Results.Ok(new UpdatesView([.. updates.Select(u => new UpdateView(u.App, u.Action, u.Version, Codes(u.Reasons)))]));
    }

    /// <summary>Who the updates are for: the person asking, whoever was named, or whose device it is.</summary>
    private static async Task<Shopper?> ShopperAsync(Caller caller, StoreCall call, UpdatesBody asked, EntitlementsDb db, TimeProvider clock)
    {
        var (device, platform) = (asked.Device.Id.Value, asked.Platform?.Value);
        if (asked.Subject is { } named)
        {
            return call.Covers(caller, named) ? new(call.Tenant, IssuerOf(caller, call, named), named.Id.Value, device, platform) : null;
        }
        if (!call.MayAsk || caller is Caller.Person)
        {
            return call.MayAsk && caller is Caller.Person person ? new(call.Tenant, person.Issuer, person.Subject, device, platform) : null;
        }
        var now = clock.Now();
        var owner = await (
            from row in db.Devices
            join subject in db.Subjects on row.SubjectKey equals subject.Key
            where row.Tenant == call.Tenant && row.Id == device && (row.UsableUntil == null || row.UsableUntil > now)
            select new { subject.Issuer, subject.Id }
        ).SingleOrDefaultAsync();
        return owner is null ? null : new(call.Tenant, owner.Issuer, owner.Id, device, platform);
    }

    private static string? IssuerOf(Caller caller, StoreCall call, SubjectPart subject) =>
        caller is Caller.Person person ? person.Issuer : call.IssuerOf(caller, subject);

    private static ListingView View(Listing listing) =>
        new(
            listing.App.Id,
            listing.App.Name,
            listing.App.Distribution,
            listing.Standing,
            Codes(listing.Reasons),
            StoreWords.Of(listing),
            listing.Until == DateTimeOffset.MaxValue ? null : listing.Until,
            listing.Standing == Standing.MayHave && listing.Truth.Release is { } release
                ? new(release.Version, release.Platform, release.Sha256, release.Size)
                : null
        );

    private static List<ReasonView> Codes(DenyReasons reasons) => [.. reasons.InOrder().Select(r => new ReasonView(r.Code))];

    private static IEnumerable<(string, string)> Faults(UpdatesBody body)
    {
        if (body.Installed.Count > 500)
        {
            yield return ("/installed", "at most 500 apps");
        }
        for (var i = 0; i < body.Installed.Count; i++)
        {
            if (!Text.IsLine(body.Installed[i].Version, 128))
            {
                yield return (FormattableString.Invariant($"/installed/{i}/version"), "must be 1 to 128 characters on one line");
            }
        }
    }
}
