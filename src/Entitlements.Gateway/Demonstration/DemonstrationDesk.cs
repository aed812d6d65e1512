using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Demonstration;

/// <summary>Submits and votes like anybody else: every row of the demonstration came in by the product's own rules. What is refused ends the start.</summary>
internal sealed class DemonstrationDesk(ChangeDesk desk, CastVote votes, CallerResolver callers, EntitlementsDb db)
{
    public required string Issuer { get; init; }

    /// <summary>Nobody signed in: the host does all this by itself, and the audit records say that no strong sign-in was proven.</summary>
    public static SignIn NoSignIn { get; } = SignIn.Unknown with { Rule = SignIn.Unknown.Rule with { AdmitsUnproven = true } };

    /// <summary>What narrows, or widens nothing: in force at once.</summary>
    public async Task DoAsync(Caller caller, Alteration alteration) =>
        Expect<WriteOutcome.Done>(await desk.SubmitAsync(Because(caller), alteration), alteration);

    /// <summary>What widens: proposed by one, voted on by the others.</summary>
    public async Task DecideAsync(Caller proposer, Alteration alteration, params Caller[] voters) =>
        await VoteAsync(Expect<WriteOutcome.Proposed>(await desk.SubmitAsync(Because(proposer), alteration), alteration).Change, voters);

    /// <summary>Each votes on what the change says, in turn; the last vote must publish it.</summary>
    public async Task VoteAsync(string id, params Caller[] voters)
    {
        foreach (var voter in voters)
        {
            var change = await db.Changes.AsNoTracking().SingleAsync(c => c.Id == id);
            Expect<WriteOutcome.Done>(
                await votes.CastAsync(Because(voter), id, new(true, change.Hash, change.AudienceBefore, change.AudienceAfter, "Demonstration.")),
                id
            );
        }
        if (await db.Changes.Where(c => c.Id == id).Select(c => c.State).SingleAsync() != ChangeState.Published)
        {
            throw new InvalidOperationException($"The demonstration's change {id} needs more votes than it was given.");
        }
    }

    /// <summary>The person as the records know them now, with the functions they hold now.</summary>
    public async Task<Caller> PersonAsync(string subject) =>
        await callers.ResolveAsync(
            new(Issuer, "rfc9068", subject, null, false, new HashSet<string>(), DateTimeOffset.UnixEpoch, Identity.BuiltIn.DemonstrationClients.Tenants)
            {
                SignIn = NoSignIn,
            }
        ) ?? throw new InvalidOperationException($"The demonstration has no {subject}.");

    public static WriteRequest Because(Caller caller) => new(caller, "Demonstration.");

    public static T Expect<T>(WriteOutcome outcome, object what)
        where T : WriteOutcome =>
        outcome as T
        ?? throw new InvalidOperationException(
            $"The demonstration data was refused: {(outcome as WriteOutcome.Refused)?.Because.Detail ?? outcome.GetType().Name}. It was {what}."
        );
}
