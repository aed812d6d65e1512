using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Rotas;

/// <summary>What a feed is, besides its shifts.</summary>
/// <param name="Mode">Full: all that is so within the window. Partial: what is new.</param>
/// <param name="Confirm">How many coming shifts it ends, as the refusal of a suspicious one told it.</param>
internal sealed record FeedTerms(string Tenant, string Rota, FeedMode Mode, DateTimeOffset? From, DateTimeOffset? Until, int? Confirm);

/// <summary>
/// Takes what a registered feeder, or a role-admin by hand, says: all of it or nothing, at once. Nobody votes on it: it is within a pool, and from people,
/// that were voted on (<see cref="RotaAlteration"/>).
/// </summary>
internal sealed class TakeShifts(Writes writes, IOptions<AccreditationOptions> options)
{
    /// <summary>Of those who were not matched so many are listed.</summary>
    private const int MostListed = 100;

    public Task<WriteOutcome> TakeAsync(WriteRequest request, FeedTerms terms, ShiftFeed feed) =>
        writes.RecordAsync(async scope =>
        {
            try
            {
                return await Idempotency.FindAsync(scope, request) is { } earlier ? earlier.Keep(scope) : await RecordAsync(scope, request, terms, feed);
            }
            catch (RefusedException refused)
            {
                return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(refused.Because));
            }
        });

    /// <summary>Ends one shift at once, and what was taken over of it.</summary>
    public Task<WriteOutcome> EndAsync(WriteRequest request, string tenant, string rota, long id) =>
        writes.RecordAsync(async scope =>
        {
            await RotaWrite.LockAsync(scope, tenant, rota);
            var shift = await scope.Db.RotaShifts.SingleOrDefaultAsync(s => s.Id == id && s.Tenant == tenant && s.Rota == rota);
            if (shift is not { Ended: false } || shift.NotAfter <= scope.Now)
            {
                return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(Weight.NotFound.Refusal!));
            }
            shift.Ended = true;
            shift.Version++;
            scope.Audit("rota.shift.ended", tenant, request.Caller.Key, $"tenant/{tenant}/rota/{rota}/shift/{id}", new { request.Reason });
            return new WriteOutcome.Done(scope.Revision, Narrowed: false, Version: 0, new { ended = 1 });
        });

    private async Task<WriteOutcome> RecordAsync(WriteScope scope, WriteRequest request, FeedTerms terms, ShiftFeed feed)
    {
        await RotaWrite.LockAsync(scope, terms.Tenant, terms.Rota);
        var rota = await scope.Db.Rotas.SingleOrDefaultAsync(r => r.Tenant == terms.Tenant && r.Id == terms.Rota && !r.Deleted);
        var source = SourceOf(request.Caller, rota);
        var window = WindowOf(terms, scope.Now);
        var said = feed.Read(TimeZoneInfo.FindSystemTimeZoneById(rota!.TimeZone), window);
        var people = await ShiftPeople.ReadAsync(scope.Db, terms.Tenant, said.Shifts);
        var matched = said.Shifts.Select(s => (Said: s, Whose: people.Find(s))).ToList();
        var named = Named(matched, window, scope.Now);
        var difference = ShiftDifference.Between(await BeforeAsync(scope, rota, source, window), named, window, terms.Mode, scope.Now);
        RefuseOwn(request.Caller, difference, matched);
        RefuseSuspicious(terms, difference);
        await WriteAsync(scope, rota, source, difference);
        (rota.FedAt, rota.StaleTold) = source == ShiftSource.Feed ? (scope.Now, false) : (rota.FedAt, rota.StaleTold);
        var pool = await OnDuty.InPool(scope.Db, terms.Tenant, terms.Rota, scope.Now).Select(s => s.Key).ToListAsync();
        var unmatched = matched.Where(m => m.Whose is null).Select(m => m.Said.Who).Distinct(StringComparer.Ordinal).ToList();
        var answer = new FeedAnswer(
            difference.Inserted.Count,
            difference.Moved.Count,
            difference.Dropped.Count,
            difference.Unchanged,
            said.Skipped,
            named.Keys.Select(k => k.Subject).Distinct().Except(pool).Count(),
            unmatched.Count,
            [.. unmatched.Take(MostListed)]
        );
        Evidence(scope, request, terms, difference, matched, answer);
        var outcome = new WriteOutcome.Done(scope.Revision, Narrowed: false, Version: 0, answer);
        Idempotency.Keep(scope, request, outcome);
        return outcome;
    }

    private static ShiftSource SourceOf(Caller caller, RotaRow? rota) =>
        (caller, rota) switch
        {
            (_, null) => throw new RefusedException(Weight.NotFound.Refusal!),
            (Caller.Person, _) => ShiftSource.Admin,
            (Caller.Client client, _) when rota.Feeders.Contains(new RotaFeeder(client.Issuer, client.ClientId).ToString()) => ShiftSource.Feed,
            _ => throw new RefusedException(new("feeder_not_registered", "This client is not registered to feed this rota.", StatusCodes.Status403Forbidden)),
        };

    private static Window WindowOf(FeedTerms terms, DateTimeOffset now)
    {
        var from = terms.From?.Cut() ?? now;
        var until = terms.Until?.Cut() ?? from + Window.Longest;
        return until > from && until <= from + Window.Longest && until > now && from <= now + Window.Longest
            ? new(from, until)
            : throw new RefusedException(
                new(
                    "invalid_window",
                    FormattableString.Invariant($"until must come after now and after from, at most {Window.Longest.Days} days; from at most as far ahead."),
                    StatusCodes.Status400BadRequest
                )
            );
    }

    /// <summary>What is said of people who were found, within the window and not over; of two that begin together the longer.</summary>
    private static Dictionary<(long Subject, DateTimeOffset From), DateTimeOffset> Named(
        List<(SaidShift Said, SubjectRow? Whose)> matched,
        Window window,
        DateTimeOffset now
    ) =>
        matched
            .Where(m => m.Whose is not null && window.Meets(m.Said.From.Cut(), m.Said.Until.Cut()) && m.Said.Until.Cut() > now)
            .GroupBy(m => (m.Whose!.Key, m.Said.From.Cut()), m => m.Said.Until.Cut())
            .ToDictionary(g => g.Key, g => g.Max());

    /// <summary>What the source said before, of all that begins where a shift in the window can.</summary>
    private static Task<List<ShiftRow>> BeforeAsync(WriteScope scope, RotaRow rota, ShiftSource source, Window window)
    {
        var earliest = window.From - ShiftRow.Longest;
        return scope
            .Db.RotaShifts.Where(s => s.Tenant == rota.Tenant && s.Rota == rota.Id && s.Source == source && !s.Ended)
            .Where(s => s.NotBefore >= earliest && s.NotBefore < window.Until)
            .ToListAsync();
    }

    /// <summary>Nobody puts themself on duty by hand, not even by their second account: being on duty is a vote.</summary>
    private static void RefuseOwn(Caller caller, ShiftDifference difference, List<(SaidShift Said, SubjectRow? Whose)> matched)
    {
        var given = difference.Inserted.Select(i => i.Subject).Concat(difference.Moved.Select(m => m.Shift.SubjectKey)).ToHashSet();
        if (
            caller is Caller.Person person
            && matched.Exists(m =>
                m.Whose is { } whose && given.Contains(whose.Key) && (whose.Key == person.SubjectKey || (person.HumanId is { } own && whose.Person == own))
            )
        )
        {
            throw new RefusedException(new("own_shift", "Nobody puts themself on duty: another role-admin does, or the feed.", StatusCodes.Status403Forbidden));
        }
    }

    /// <summary>A full feed that ends much is more often a broken export than the truth: somebody says yes to the very number.</summary>
    private void RefuseSuspicious(FeedTerms terms, ShiftDifference difference)
    {
        var (standing, lost) = (difference.Standing, difference.Dropped.Count);
        if (terms.Mode == FeedMode.Full && (difference.IsEmpty || lost > standing * options.Value.LargestLoss) && terms.Confirm != lost)
        {
            throw new RefusedException(
                new(
                    "feed_suspicious",
                    FormattableString.Invariant(
                        $"This feed would end {lost} of {standing} coming shifts. Nothing was changed. If it is right, send it again with ?confirm={lost}."
                    ),
                    StatusCodes.Status409Conflict
                )
                {
                    Members = new Dictionary<string, object?>(StringComparer.Ordinal) { ["standing"] = standing, ["ending"] = lost },
                }
            );
        }
    }

    private static async Task WriteAsync(WriteScope scope, RotaRow rota, ShiftSource source, ShiftDifference difference)
    {
        foreach (var shift in difference.Dropped)
        {
            shift.Ended = true;
            shift.Version++;
        }
        foreach (var (shift, until) in difference.Moved)
        {
            shift.NotAfter = until;
            shift.Version++;
        }
        await scope.Db.SaveChangesAsync();
        scope.Db.RotaShifts.AddRange(
            difference.Inserted.Select(i => new ShiftRow
            {
                Tenant = rota.Tenant,
                Rota = rota.Id,
                SubjectKey = i.Subject,
                NotBefore = i.From,
                NotAfter = i.Until,
                Source = source,
            })
        );
    }

    private static void Evidence(
        WriteScope scope,
        WriteRequest request,
        FeedTerms terms,
        ShiftDifference difference,
        List<(SaidShift Said, SubjectRow? Whose)> matched,
        FeedAnswer answer
    )
    {
        var ids = matched.Where(m => m.Whose is not null).Select(m => m.Whose!).DistinctBy(s => s.Key).ToDictionary(s => s.Key, s => s.Id);
        scope.Audit(
            "rota.fed",
            terms.Tenant,
            request.Caller.Key,
            $"tenant/{terms.Tenant}/rota/{terms.Rota}",
            new
            {
                terms.Mode,
                terms.From,
                terms.Until,
                terms.Confirm,
                answer.Unchanged,
                answer.Unmatched,
                given = difference.Inserted.Select(i => new
                {
                    subject = ids[i.Subject],
                    i.From,
                    i.Until,
                }),
                moved = difference.Moved.Select(m => new { shift = m.Shift.Id, m.Until }),
                ended = difference.Dropped.Select(s => s.Id),
            }
        );
    }
}

/// <summary>What a feed did.</summary>
/// <param name="Changed">Shifts that end at another time than before.</param>
/// <param name="Ended">Left out of a full feed, and so over.</param>
/// <param name="Skipped">Events that are no shift: cancelled, tentative, declined, free time, without length or without a person.</param>
/// <param name="OutsidePool">People with a shift who do not hold the pool role now: they are not on duty unless they do then.</param>
/// <param name="Unmatched">People whom nobody here, or more than one, is: they are on no duty.</param>
internal sealed record FeedAnswer(
    int Inserted,
    int Changed,
    int Ended,
    int Unchanged,
    int Skipped,
    int OutsidePool,
    int Unmatched,
    IReadOnlyList<string> UnmatchedPeople
);
