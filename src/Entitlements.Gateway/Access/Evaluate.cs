using System.Data.Common;
using System.Diagnostics;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Access;

/// <summary>How one question came out.</summary>
internal abstract record Evaluation
{
    private Evaluation() { }

    public bool IsAllowed => this is Judged { Decision: Decision.Allow };

    /// <param name="Id">Names the evaluation for good: <c>ev_</c> and 128 random bits.</param>
    internal sealed record Judged(string Id, Question.Asked Asked, Decision Decision, Truth Truth, DateTimeOffset At) : Evaluation
    {
        /// <summary>The revision it holds at: later than the truth's, where nothing since then has touched it.</summary>
        public long Revision { get; init; } = Truth.Revision;

        /// <summary>Where a denial can be asked to be otherwise; null: nowhere.</summary>
        public AccessRequestOffer? Offer { get; init; }

        /// <summary>What to do about a denial that came in spite of an approval; null where none was shown.</summary>
        public ApprovalNote? Approval { get; init; }
    }

    /// <summary>Counts as a denial.</summary>
    internal sealed record Broken(IReadOnlyList<(string Pointer, string Error)> Errors) : Evaluation;
}

/// <summary>How a run of questions came out.</summary>
internal abstract record EvaluationOutcome
{
    private EvaluationOutcome() { }

    /// <summary>In the order asked; shorter than the questions only where the semantic ends the run.</summary>
    internal sealed record Decided(IReadOnlyList<Evaluation> Evaluations) : EvaluationOutcome;

    /// <summary>The truth could not be read, is not as fresh as asked, or what must be recorded could not be.</summary>
    internal sealed record Undecidable : EvaluationOutcome;
}

/// <summary>Answers a run of questions, each by the truth at its own instant, and keeps the record that they leave.</summary>
/// <remarks>Cannot be cancelled: every wait in it is a short one, and to watch each caller for leaving costs more than the few who do.</remarks>
internal sealed partial class Evaluate(
    DecisionCache decisions,
    Replica replica,
    AttemptLog attempts,
    DecisionTelemetry telemetry,
    RequestableDenials denials,
    TimeProvider clock,
    ILogger<Evaluate> log
)
{
    /// <summary>Longest wait for a revision that has not come yet.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>One question alone; null when it cannot be decided now.</summary>
    public async ValueTask<Evaluation.Judged?> RunAsync(Caller caller, Question.Asked question)
    {
        using var span = DecisionTelemetry.Start(1);
        try
        {
            var judged = await JudgeAsync(caller, question, Stopwatch.GetTimestamp());
            if (judged is not null && AttemptLog.IsToBeKept(judged))
            {
                await attempts.KeepAsync(caller, [judged]);
            }
            return judged;
        }
        catch (Exception fault) when (IsOfTheDatabase(fault))
        {
            Unreadable(fault);
            return null;
        }
    }

    public async Task<EvaluationOutcome> RunAsync(Caller caller, IEnumerable<Question> questions, EvaluationsSemantic semantic)
    {
        using var span = DecisionTelemetry.Start(questions.TryGetNonEnumeratedCount(out var count) ? count : 0);
        var evaluations = new List<Evaluation>();
        var began = Stopwatch.GetTimestamp();
        try
        {
            foreach (var question in questions)
            {
                if (await AnswerAsync(caller, question, began) is not { } evaluation)
                {
                    return new EvaluationOutcome.Undecidable();
                }
                evaluations.Add(evaluation);
                if (Ends(semantic, evaluation))
                {
                    break;
                }
            }
            await attempts.KeepAsync(caller, [.. evaluations.OfType<Evaluation.Judged>()]);
        }
        catch (Exception fault) when (IsOfTheDatabase(fault))
        {
            Unreadable(fault);
            return new EvaluationOutcome.Undecidable();
        }
        return new EvaluationOutcome.Decided(evaluations);
    }

    private static bool IsOfTheDatabase(Exception fault) => fault is DbException or DbUpdateException or TimeoutException;

    private static bool Ends(EvaluationsSemantic semantic, Evaluation evaluation) =>
        semantic switch
        {
            EvaluationsSemantic.ExecuteAll => false,
            EvaluationsSemantic.DenyOnFirstDeny => !evaluation.IsAllowed,
            EvaluationsSemantic.PermitOnFirstPermit => evaluation.IsAllowed,
        };

    private async ValueTask<Evaluation?> AnswerAsync(Caller caller, Question question, long began) =>
        question switch
        {
            Question.Asked asked => await JudgeAsync(caller, asked, began),
            Question.Broken broken => new Evaluation.Broken(broken.Errors),
            _ => throw new UnreachableException(),
        };

    /// <summary>Null when the revision asked for does not come in time, counted from <paramref name="began"/>.</summary>
    private async ValueTask<Evaluation.Judged?> JudgeAsync(Caller caller, Question.Asked asked, long began)
    {
        var started = Stopwatch.GetTimestamp();
        var request = asked.Request;
        var view = await replica.ViewAsync(request.Context.MinimumRevision); // read once: everything below is judged under it
        var ruling = await decisions.DecideAsync(request, view);
        while (RevisionOf(ruling, view) < request.Context.MinimumRevision)
        {
            if (Stopwatch.GetElapsedTime(began) >= LongestWait)
            {
                return null;
            }
            await Task.Delay(Poll, clock);
            ruling = await decisions.DecideAsync(request, view);
        }
        asked = OnlyThemself(caller, asked, ruling.Truth);
        var at = clock.Now();
        var decision = asked.MayAsk ? ruling.Decision : Evaluator.Evaluate(request, new Facts(), at);
        if (!caller.IsExercise(request.Tenant))
        {
            telemetry.Decided(decision, started);
        }
        var id = RandomIds.New("ev_");
        return new(id, asked, decision, ruling.Truth, at)
        {
            Revision = RevisionOf(ruling, view),
            Offer = asked.MayAsk ? denials.OfferFor(caller, request, decision, ruling.Truth, id, at) : null,
        };
    }

    /// <summary>What was decided earlier, and nothing up to the view's revision has touched, holds at the view's revision.</summary>
    private static long RevisionOf(Ruling ruling, View view) => Math.Max(ruling.Truth.Revision, view.Applied);

    /// <summary>To a person other people do not exist: the denial of an unknown subject, not 403, which would say that the rest of the question was fine.</summary>
    private static Question.Asked OnlyThemself(Caller caller, Question.Asked asked, Truth truth) =>
        caller is Caller.Person person && asked.MayAsk && (truth.SubjectKey is not { } key || key != person.SubjectKey) ? asked with { MayAsk = false } : asked;

    [LoggerMessage(LogLevel.Error, "A decision could not be made: the database did not answer.")]
    private partial void Unreadable(Exception fault);
}
