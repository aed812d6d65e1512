using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Rotas;

/// <summary>Passes shifts on: the one whose it is offers, the other takes. Two persons of one pool, so no third is asked.</summary>
internal sealed class SwapDesk(Writes writes)
{
    private const int MostOpen = 20;

    public Task<WriteOutcome> OfferAsync(WriteRequest request, string tenant, string rota, OfferBody offer) =>
        ActAsync(
            request,
            tenant,
            rota,
            async (scope, giver) =>
            {
                var (shift, pieces) = await ShiftAsync(scope, tenant, rota, offer.Shift);
                var (from, until) = SpanOf(offer, giver, pieces, scope.Now);
                var taker = await Subjects.FindAsync(scope.Db, tenant, issuer: null, offer.To.Value);
                if (taker is null || !await IsInPoolAsync(scope, tenant, rota, taker.Key))
                {
                    throw Refused("not_in_pool", "Only somebody of the rota's pool can take a shift over.");
                }
                if (taker.Person == giver.Person)
                {
                    throw Refused("own_account", "A shift goes to another person, not to one's other account.");
                }
                if (await scope.Db.RotaSwaps.CountAsync(w => w.Shift == shift.Id && w.State == SwapState.Offered) >= MostOpen)
                {
                    throw Refused("too_many_offers", FormattableString.Invariant($"A shift has at most {MostOpen} open offers."));
                }
                var row = new SwapRow
                {
                    Shift = shift.Id,
                    GiverKey = giver.Key,
                    TakerKey = taker.Key,
                    NotBefore = from,
                    NotAfter = until,
                    Reason = offer.Reason?.Trim(),
                    OfferedAt = scope.Now,
                };
                scope.Db.RotaSwaps.Add(row);
                await scope.Db.SaveChangesAsync(); // its number
                Record(scope, request, tenant, rota, row, "rota.swap.offered");
                scope.TellPerson(taker.Key, PersonMessage.Notice, isUrgent: false, ReferenceOf(row));
                return new WriteOutcome.Created(FormattableString.Invariant($"/v1/rotas/{rota}/swaps/{row.Id}"), new SwapReceipt(row.Id, from, until));
            }
        );

    /// <summary>Accepts or declines, by whom it was offered to, or withdraws, by who offered it.</summary>
    public Task<WriteOutcome> AnswerAsync(WriteRequest request, string tenant, string rota, long id, SwapState answer) =>
        ActAsync(
            request,
            tenant,
            rota,
            async (scope, own) =>
            {
                var row = await scope.Db.RotaSwaps.SingleOrDefaultAsync(w =>
                    w.Id == id && scope.Db.RotaShifts.Any(s => s.Id == w.Shift && s.Tenant == tenant && s.Rota == rota)
                );
                var mine = answer == SwapState.Withdrawn ? row?.GiverKey : row?.TakerKey;
                if (row is null || mine != own.Key)
                {
                    throw new RefusedException(Weight.NotFound.Refusal!);
                }
                if (row.State != SwapState.Offered || row.NotAfter <= scope.Now)
                {
                    throw Refused("offer_over", "This offer is no longer open.");
                }
                if (answer == SwapState.Accepted)
                {
                    await TakeOverAsync(scope, tenant, rota, row, own);
                }
                row.State = answer;
                row.Version++;
                Record(
                    scope,
                    request,
                    tenant,
                    rota,
                    row,
                    $"rota.swap.{(answer == SwapState.Accepted ? "accepted" : answer == SwapState.Declined ? "declined" : "withdrawn")}"
                );
                await scope.TakeBackAsync(ReferenceOf(row));
                if (answer != SwapState.Withdrawn)
                {
                    scope.TellPerson(row.GiverKey, PersonMessage.Answer, isUrgent: false, ReferenceOf(row));
                }
                return new WriteOutcome.Done(scope.Revision, Narrowed: false, Version: 0, new { swap = row.Id, state = answer });
            }
        );

    private static async Task TakeOverAsync(WriteScope scope, string tenant, string rota, SwapRow row, SubjectRow taker)
    {
        var (shift, pieces) = await ShiftAsync(scope, tenant, rota, row.Shift);
        row.NotBefore = row.NotBefore > scope.Now ? row.NotBefore : scope.Now; // what has been, has been
        if (!pieces.IsAllOf(row.GiverKey, Later(row.NotBefore, shift.NotBefore), Earlier(row.NotAfter, shift.NotAfter)))
        {
            throw Refused("offer_overtaken", "The shift is no longer whose it was when it was offered.");
        }
        var giver = await scope.Db.Subjects.AsNoTracking().SingleAsync(s => s.Key == row.GiverKey);
        if (!await IsInPoolAsync(scope, tenant, rota, taker.Key) || !await IsInPoolAsync(scope, tenant, rota, giver.Key))
        {
            throw Refused("not_in_pool", "Both must be of the rota's pool.");
        }
        if (giver.Person == taker.Person)
        {
            throw Refused("own_account", "A shift goes to another person, not to one's other account.");
        }
        row.Taken = 1 + (await scope.Db.RotaSwaps.Where(w => w.Shift == shift.Id).MaxAsync(w => w.Taken) ?? 0);
    }

    /// <summary>One after another on one rota, by a person with an employee number on record.</summary>
    private Task<WriteOutcome> ActAsync(WriteRequest request, string tenant, string rota, Func<WriteScope, SubjectRow, Task<WriteOutcome>> act) =>
        writes.RecordAsync(async scope =>
        {
            try
            {
                if (await Idempotency.FindAsync(scope, request) is { } earlier)
                {
                    return earlier.Keep(scope);
                }
                await RotaWrite.LockAsync(scope, tenant, rota);
                if (
                    request.Caller is not Caller.Person { SubjectKey: { } key }
                    || !await OnDuty.ExistsAsync(scope.Db, tenant, rota)
                    || await scope.Db.Subjects.AsNoTracking().SingleOrDefaultAsync(s => s.Key == key && s.Active && !s.Suspended && s.Person != null)
                        is not { } own
                )
                {
                    throw new RefusedException(Weight.NotFound.Refusal!);
                }
                var outcome = await act(scope, own);
                Idempotency.Keep(scope, request, outcome);
                return outcome;
            }
            catch (RefusedException refused)
            {
                return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(refused.Because));
            }
        });

    private static async Task<(ShiftRow Shift, List<Piece> Pieces)> ShiftAsync(WriteScope scope, string tenant, string rota, long id)
    {
        var shift = await scope.Db.RotaShifts.AsNoTracking().SingleOrDefaultAsync(s => s.Id == id && s.Tenant == tenant && s.Rota == rota && !s.Ended);
        return shift is null || shift.NotAfter <= scope.Now
            ? throw new RefusedException(Weight.NotFound.Refusal!)
            : (shift, ShiftPieces.Of(shift, (await scope.Db.TakenOfAsync([shift]))[shift.Id]));
    }

    /// <summary>What is offered: within what is the giver's own, and not over.</summary>
    private static (DateTimeOffset From, DateTimeOffset Until) SpanOf(OfferBody offer, SubjectRow giver, List<Piece> pieces, DateTimeOffset now)
    {
        var own = pieces.FindAll(p => p.SubjectKey == giver.Key && p.Until > now);
        if (own.Count == 0)
        {
            throw new RefusedException(Weight.NotFound.Refusal!);
        }
        var from = Later(offer.From?.Cut() ?? own[0].From, now);
        var until = offer.Until?.Cut() ?? own.Find(p => p.Until > from).Until;
        return from < until && own.IsAllOf(giver.Key, from, until)
            ? (from, until)
            : throw Refused("not_own_shift", "from and until must lie in a stretch of the shift that is one's own, from before until.");
    }

    private static Task<bool> IsInPoolAsync(WriteScope scope, string tenant, string rota, long subject) =>
        OnDuty.InPool(scope.Db, tenant, rota, scope.Now).AnyAsync(s => s.Key == subject);

    private static void Record(WriteScope scope, WriteRequest request, string tenant, string rota, SwapRow row, string kind) =>
        scope.Audit(
            kind,
            tenant,
            request.Caller.Key,
            FormattableString.Invariant($"tenant/{tenant}/rota/{rota}/swap/{row.Id}"),
            new
            {
                row.Shift,
                from = row.NotBefore,
                until = row.NotAfter,
                row.Reason,
            }
        );

    private static string ReferenceOf(SwapRow row) => FormattableString.Invariant($"swap/{row.Id}");

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static RefusedException Refused(string code, string detail) => new(new(code, detail, StatusCodes.Status409Conflict));
}
