using System.Globalization;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Rotas;

/// <summary>Shifts of a rota, and who is on duty.</summary>
internal static class ShiftEndpoints
{
    public static void MapShifts(this IEndpointRouteBuilder routes)
    {
        var rota = routes.MapGroup("/v1/rotas/{rota}").WithTags("Rotas").InExercises();
        rota.MapPost("shifts", FeedAsync)
            .WithName("FeedRota")
            .WithSummary(
                "A registered feeder says who is on duty (JSON, CSV or iCalendar): all that is so within the window, or what is new. A role-admin adds by hand."
            )
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
        rota.MapGet("shifts", ListAsync)
            .WithName("ListShifts")
            .WithSummary("Shifts that meet a span of time, and whose they are; to people of the pool and officers.")
            .Produces<Page<ShiftView>>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .Permit(Scopes.Manage, anyPerson: true, Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor);
        rota.MapDelete("shifts/{shift}", EndAsync)
            .WithName("EndShift")
            .WithSummary("Ends a shift at once, and what was taken over of it.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
        rota.MapGet("on-duty", OnDutyAsync)
            .WithName("GetOnDuty")
            .WithSummary("Who is on duty now, or at an instant; by number only where the pool is sensitive and the reader need not know.")
            .Produces<OnDutyView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .Permit(Scopes.Manage, anyPerson: true, [.. Function.OfTenant]);
    }

    private static async Task<IResult> FeedAsync(
        NameId rota,
        WriteRequest request,
        ShiftFeed feed,
        TakeShifts take,
        string? tenant,
        DateTimeOffset? from,
        DateTimeOffset? until,
        string? mode,
        int? confirm
    )
    {
        if (request.Caller.TenantFor(tenant, Function.RoleAdmin) is not { } of)
        {
            return RotaSight.NoTenant(request.Caller, tenant);
        }
        var isPerson = request.Caller is Caller.Person;
        return mode is null or "full" or "partial"
            ? (
                await take.TakeAsync(
                    request,
                    new(of, rota.Value, (mode ?? (isPerson ? "partial" : "full")) == "full" ? FeedMode.Full : FeedMode.Partial, from, until, confirm),
                    feed
                )
            ).ToResult()
            : Problems.BadRequest("mode must be full or partial.", "invalid_mode");
    }

    private static async Task<IResult> EndAsync(NameId rota, string shift, WriteRequest request, TakeShifts take, string? tenant) =>
        request.Caller.TenantFor(tenant, Function.RoleAdmin) is not { } of ? RotaSight.NoTenant(request.Caller, tenant)
        : IdOf(shift) is { } id ? (await take.EndAsync(request, of, rota.Value, id)).ToResult()
        : Problems.NotFound();

    private static async Task<IResult> ListAsync(
        NameId rota,
        Caller caller,
        PageQuery page,
        EntitlementsDb db,
        TimeProvider clock,
        string? tenant,
        DateTimeOffset? from,
        DateTimeOffset? until,
        bool? mine
    )
    {
        var now = clock.Now();
        if (RotaSight.TenantOf(caller, tenant, Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor) is not { } of)
        {
            return RotaSight.NoTenant(caller, tenant);
        }
        if (await RotaSight.FindAsync(db, of, rota.Value) is not { } row || !await MayListAsync(db, caller, row, now))
        {
            return Problems.NotFound();
        }
        var after = page.AfterNumber ?? 0;
        var window = new Window(from?.Cut() ?? now, until?.Cut() ?? (from?.Cut() ?? now) + Window.Longest);
        var own = mine == true ? (caller as Caller.Person)?.SubjectKey ?? 0 : (long?)null;
        var shifts = await db.Standing(of, row.Id, window)
            .Where(s => s.Id > after)
            .Where(s => own == null || s.SubjectKey == own || db.RotaSwaps.Any(w => w.Shift == s.Id && w.TakerKey == own && w.State == SwapState.Accepted))
            .OrderBy(s => s.Id)
            .Take(page.Limit + 1)
            .ToListAsync();
        return TypedResults.Ok(page.Of(await ViewsAsync(db, shifts), v => v.Shift.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<IResult> OnDutyAsync(NameId rota, Caller caller, EntitlementsDb db, TimeProvider clock, string? tenant, DateTimeOffset? at)
    {
        if (RotaSight.TenantOf(caller, tenant, Function.OfTenant) is not { } of)
        {
            return RotaSight.NoTenant(caller, tenant);
        }
        var (now, asked) = (clock.Now(), at?.Cut() ?? clock.Now());
        return await DutySight.ReadAsync(db, caller, of, rota.Value, asked, now) is { } duty ? TypedResults.Ok(duty) : Problems.NotFound();
    }

    /// <summary>An auditor reads whose shifts they are only where that tells nothing sensitive.</summary>
    private static async Task<bool> MayListAsync(EntitlementsDb db, Caller caller, RotaRow rota, DateTimeOffset now) =>
        await RotaSight.IsInPoolAsync(db, caller, rota, now)
        || (
            caller.TenantsHolding(Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor).Contains(rota.Tenant)
            && await RotaSight.MayNameAsync(db, caller, rota, now)
        );

    private static async Task<List<ShiftView>> ViewsAsync(EntitlementsDb db, List<ShiftRow> shifts)
    {
        var taken = await db.TakenOfAsync(shifts);
        var pieces = shifts.ConvertAll(s => (Shift: s, Pieces: ShiftPieces.Of(s, taken[s.Id])));
        var keys = pieces.SelectMany(p => p.Pieces.Select(q => q.SubjectKey).Append(p.Shift.SubjectKey)).Distinct().ToList();
        var ids = await Assignments.Subjects.IdsAsync(db, keys);
        return pieces.ConvertAll(p => new ShiftView(
            p.Shift.Id,
            ids[p.Shift.SubjectKey],
            p.Shift.NotBefore,
            p.Shift.NotAfter,
            p.Shift.Source,
            [.. p.Pieces.Select(q => new PieceView(ids[q.SubjectKey], q.From, q.Until))]
        ));
    }

    /// <summary>Null for what is no number that we give.</summary>
    public static long? IdOf(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
}

/// <param name="Subject">Whom the rota gave it to.</param>
/// <param name="Duty">Whose it is, stretch by stretch, after swaps.</param>
internal sealed record ShiftView(long Shift, string Subject, DateTimeOffset From, DateTimeOffset Until, ShiftSource Source, IReadOnlyList<PieceView> Duty);

internal sealed record PieceView(string Subject, DateTimeOffset From, DateTimeOffset Until);
