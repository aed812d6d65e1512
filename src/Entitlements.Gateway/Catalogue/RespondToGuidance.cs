using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>What somebody said to the guidance.</summary>
internal enum GuidanceResponse
{
    /// <summary>Accepted it, with every answer right.</summary>
    Accepted,

    /// <summary>Would have accepted it; an answer was wrong.</summary>
    AnsweredWrong,

    /// <summary>Will not have it so.</summary>
    Refused,
}

/// <summary>
/// A person accepts the guidance in force, having understood it, or refuses it, with their own token and for themself. Nobody else's vote is asked: the
/// step is the person's own. Each response is kept, with the answers that were given.
/// </summary>
internal sealed class RespondToGuidance(Writes writes, AppSight sight)
{
    /// <summary>Attempts with a wrong answer within <see cref="Wait"/>, after which the text wants reading, not guessing.</summary>
    public const int MostWrong = 5;
    public static readonly TimeSpan Wait = TimeSpan.FromHours(1);

    /// <param name="answers">The number of the choice taken, from 1, question by question.</param>
    public Task<WriteOutcome> AcceptAsync(WriteRequest request, string app, string tenant, int version, IReadOnlyList<int> answers) =>
        RespondAsync(request, app, tenant, version, (scope, text, person) => AcceptAsync(scope, text, person, answers));

    /// <summary>Puts on record that the person refuses. What they accepted before no longer counts.</summary>
    /// <param name="reason">In their own words; null where they gave none.</param>
    public Task<WriteOutcome> RefuseAsync(WriteRequest request, string app, string tenant, int version, string? reason) =>
        RespondAsync(request, app, tenant, version, (scope, text, person) => RefuseAsync(scope, text, person, reason));

    private async Task<WriteOutcome> RespondAsync(
        WriteRequest request,
        string app,
        string tenant,
        int version,
        Func<WriteScope, GuidanceTextRow, Caller.Person, Task<WriteOutcome>> respond
    )
    {
        if (request.Caller is not Caller.Person { SubjectKey: not null } person)
        {
            return WriteOutcome.Refuse(
                "person_required",
                "Guidance is accepted or refused by the person alone, with their own token.",
                StatusCodes.Status403Forbidden
            );
        }
        return await sight.SeesAsync(person, tenant, app)
            ? await writes.ReviseWriteAsync(scope => RecordAsync(scope, request, app, tenant, version, text => respond(scope, text, person)))
            : new WriteOutcome.Refused(Weight.NotFound.Refusal!);
    }

    private static async Task<WriteOutcome> RecordAsync(
        WriteScope scope,
        WriteRequest request,
        string app,
        string tenant,
        int version,
        Func<GuidanceTextRow, Task<WriteOutcome>> respond
    )
    {
        if (await Idempotency.FindAsync(scope, request) is { } earlier)
        {
            return earlier.Keep(scope);
        }
        var inForce = await scope.Db.Guidance.AsNoTracking().SingleOrDefaultAsync(g => g.App == app && g.Tenant == tenant);
        if (inForce is null)
        {
            return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(Weight.NotFound.Refusal!));
        }
        if (inForce.TextVersion != version)
        {
            return scope.Abandon(WriteOutcome.Refuse("guidance_not_in_force", "Another version of the guidance is in force: read it and answer to that one."));
        }
        var outcome = await respond(
            await scope.Db.GuidanceTexts.AsNoTracking().SingleAsync(t => t.App == app && t.Tenant == tenant && t.TextVersion == version)
        );
        Idempotency.Keep(scope, request, outcome);
        return outcome;
    }

    private static async Task<WriteOutcome> AcceptAsync(WriteScope scope, GuidanceTextRow text, Caller.Person person, IReadOnlyList<int> answers)
    {
        var subject = person.SubjectKey!.Value;
        var done = new WriteOutcome.Done(scope.Revision, Narrowed: false, text.TextVersion, new { version = text.TextVersion });
        if (await AcceptedBy(scope.Db, text, subject).AnyAsync(a => a.TextVersion == text.TextVersion))
        {
            return done; // again is harmless
        }
        var questions = text.ReadQuestions();
        if (answers.Count != questions.Count)
        {
            return scope.Abandon(
                WriteOutcome.Refuse("answers_missing", FormattableString.Invariant($"Answer each of the {questions.Count} questions, in their order."))
            );
        }
        var since = scope.Now - Wait;
        var wrong = scope.Db.GuidanceResponses.Where(r =>
            r.SubjectKey == subject && r.App == text.App && r.Tenant == text.Tenant && r.Response == GuidanceResponse.AnsweredWrong && r.At > since
        );
        if (await wrong.CountAsync() >= MostWrong)
        {
            return scope.Abandon(WriteOutcome.Refuse("answers_wait", "Too many wrong answers within an hour: read the guidance, and answer later."));
        }
        var right = questions.Zip(answers).Count(pair => pair.First.Right == pair.Second);
        if (right < questions.Count)
        {
            Keep(scope, text, subject, GuidanceResponse.AnsweredWrong, answers);
            scope.Audit(
                "guidance.answered_wrong",
                text.Tenant,
                person.Key,
                Target(text),
                new
                {
                    version = text.TextVersion,
                    right,
                    questions = questions.Count,
                }
            );
            return new WriteOutcome.Refused(
                new(
                    "answers_wrong",
                    FormattableString.Invariant($"{right} of {questions.Count} answers are right. Read the guidance again."),
                    StatusCodes.Status409Conflict
                )
                {
                    Members = new Dictionary<string, object?>(StringComparer.Ordinal) { ["right"] = right, ["questions"] = questions.Count },
                }
            ); // on record all the same
        }
        Keep(scope, text, subject, GuidanceResponse.Accepted, answers);
        scope.Db.Acknowledgements.Add(
            new()
            {
                App = text.App,
                Tenant = text.Tenant,
                TextVersion = text.TextVersion,
                SubjectKey = subject,
                At = scope.Now,
            }
        );
        await Requests.OpenRequests.RequesterActedAsync(scope, subject);
        scope.Invalidate(Evidence.Person(text.Tenant, person.Subject));
        scope.Audit("guidance.accepted", text.Tenant, person.Key, Target(text), new { version = text.TextVersion });
        scope.Tell("access.changed", text.Tenant, new { what = "guidance_acceptance" });
        return done;
    }

    private static async Task<WriteOutcome> RefuseAsync(WriteScope scope, GuidanceTextRow text, Caller.Person person, string? reason)
    {
        var subject = person.SubjectKey!.Value;
        Keep(scope, text, subject, GuidanceResponse.Refused, [], reason);
        var withdrawn = await AcceptedBy(scope.Db, text, subject).ExecuteDeleteAsync() > 0;
        scope.Invalidate(Evidence.Person(text.Tenant, person.Subject));
        scope.Audit("guidance.refused", text.Tenant, person.Key, Target(text), new { version = text.TextVersion, withdrawn });
        scope.Tell("guidance.refused", text.Tenant, new { app = text.App, version = text.TextVersion });
        return new WriteOutcome.Done(scope.Revision, Narrowed: true, text.TextVersion, new { version = text.TextVersion, withdrawn });
    }

    private static IQueryable<AcknowledgementRow> AcceptedBy(EntitlementsDb db, GuidanceTextRow text, long subject) =>
        db.Acknowledgements.Where(a => a.App == text.App && a.Tenant == text.Tenant && a.SubjectKey == subject);

    private static void Keep(
        WriteScope scope,
        GuidanceTextRow text,
        long subject,
        GuidanceResponse response,
        IReadOnlyList<int> answers,
        string? reason = null
    ) =>
        scope.Db.GuidanceResponses.Add(
            new()
            {
                App = text.App,
                Tenant = text.Tenant,
                TextVersion = text.TextVersion,
                SubjectKey = subject,
                Response = response,
                Answers = StoredJson.Write(answers),
                Reason = reason,
                At = scope.Now,
            }
        );

    private static string Target(GuidanceTextRow text) => $"app/{text.App}/guidance/{text.Tenant}";
}
