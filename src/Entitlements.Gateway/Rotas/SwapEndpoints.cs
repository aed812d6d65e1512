using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Rotas;

/// <summary><c>/v1/rotas/{rota}/swaps</c>: people of the pool pass shifts on to each other.</summary>
internal static class SwapEndpoints
{
    public static void MapSwaps(this IEndpointRouteBuilder routes)
    {
        var swaps = routes.MapGroup("/v1/rotas/{rota}/swaps").WithTags("Rotas").InExercises();
        swaps
            .MapGet("", ListAsync)
            .Permit(anyPerson: true)
            .WithName("ListSwaps")
            .WithSummary("Offers that one made or was made, the open ones first of all that are not over.")
            .Produces<Page<SwapView>>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        swaps
            .MapPost("", OfferAsync)
            .Permit(anyPerson: true)
            .WithName("OfferSwap")
            .WithSummary("Offers one's shift, or a part of it, to another person of the pool.")
            .Produces<SwapReceipt>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        Answer("accept", "AcceptSwap", "Takes what was offered over, at once.", SwapState.Accepted);
        Answer("decline", "DeclineSwap", "Does not take it.", SwapState.Declined);
        Answer("withdraw", "WithdrawSwap", "Takes one's offer back.", SwapState.Withdrawn);

        void Answer(string verb, string name, string summary, SwapState state) =>
            swaps
                .MapPost(
                    $"{{swap}}/{verb}",
                    async (NameId rota, string swap, WriteRequest request, SwapDesk desk) =>
                        HomeOf(request.Caller) is { } tenant && ShiftEndpoints.IdOf(swap) is { } id
                            ? (await desk.AnswerAsync(request, tenant, rota.Value, id, state)).ToResult()
                            : Problems.NotFound()
                )
                .Permit(anyPerson: true)
                .WithName(name)
                .WithSummary(summary)
                .ProducesWrite();
    }

    private static async Task<IResult> OfferAsync(NameId rota, WriteRequest request, Body<OfferBody> body, SwapDesk desk)
    {
        Text.ReasonFaults(body.Value.Reason).ThrowIfAny();
        return HomeOf(request.Caller) is { } tenant ? (await desk.OfferAsync(request, tenant, rota.Value, body.Value)).ToResult() : Problems.NotFound();
    }

    private static async Task<IResult> ListAsync(NameId rota, Caller caller, PageQuery page, EntitlementsDb db, TimeProvider clock)
    {
        var (now, own) = (clock.Now(), (caller as Caller.Person)?.SubjectKey ?? 0);
        if (HomeOf(caller) is not { } tenant || await RotaSight.FindAsync(db, tenant, rota.Value) is not { } row)
        {
            return Problems.NotFound();
        }
        var before = page.After is null ? long.MaxValue : ShiftEndpoints.IdOf(page.After) ?? 0;
        var views = await (
            from swap in db.RotaSwaps.AsNoTracking()
            join shift in db.RotaShifts on swap.Shift equals shift.Id
            join giver in db.Subjects on swap.GiverKey equals giver.Key
            join taker in db.Subjects on swap.TakerKey equals taker.Key
            where shift.Tenant == tenant && shift.Rota == row.Id && !shift.Ended && swap.NotAfter > now && swap.Id < before
            where swap.GiverKey == own || swap.TakerKey == own
            orderby swap.Id descending
            select new SwapView(swap.Id, swap.Shift, giver.Id, taker.Id, swap.NotBefore, swap.NotAfter, swap.State, swap.Reason)
        )
            .Take(page.Limit + 1)
            .ToListAsync();
        return TypedResults.Ok(page.Of(views, v => v.Swap.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static string? HomeOf(Caller caller) => (caller as Caller.Person)?.Tenant;
}

/// <param name="Shift">Number of the shift.</param>
/// <param name="To">The other person, of the tenant's home issuer.</param>
/// <param name="From">Left out: from where it is one's own, and not over.</param>
/// <param name="Until">First moment no longer offered; left out: all that is one's own from there.</param>
internal sealed record OfferBody(long Shift, OpaqueId To, DateTimeOffset? From = null, DateTimeOffset? Until = null, string? Reason = null);

internal sealed record SwapReceipt(long Swap, DateTimeOffset From, DateTimeOffset Until);

/// <param name="Giver">Who offers it.</param>
/// <param name="Taker">Who may take it.</param>
internal sealed record SwapView(long Swap, long Shift, string Giver, string Taker, DateTimeOffset From, DateTimeOffset Until, SwapState State, string? Reason);
