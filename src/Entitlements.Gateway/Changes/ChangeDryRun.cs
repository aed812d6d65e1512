using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Microsoft.EntityFrameworkCore;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Gateway.Changes;

/// <summary>An account that would hear otherwise if it asked again, with the same device or without any.</summary>
/// <param name="Device">Null where none was named.</param>
/// <param name="Asked">How often it did, attempts and issues alike.</param>
/// <param name="ReasonsBefore">Why it is refused as things stand: codes; empty where it is allowed.</param>
/// <param name="ReasonsAfter">Why it would be refused with the change made.</param>
internal sealed record DryRunItem(
    string Subject,
    string? Device,
    string App,
    AudienceEffect Effect,
    int Asked,
    DateTimeOffset LastAskedAt,
    IReadOnlyList<string> ReasonsBefore,
    IReadOnlyList<string> ReasonsAfter
);

/// <summary>How a change would answer what was asked of late.</summary>
/// <param name="Questions">How many were judged: each account, app and device once.</param>
/// <param name="LeftOut">Those asked longest ago, beyond the most that are judged.</param>
/// <param name="Gains">Distinct accounts.</param>
/// <param name="Loses">Distinct accounts; who gains one app and loses another counts in both.</param>
/// <param name="Moves">By a key, in its order: the account's, then app and device.</param>
internal sealed record DryRun(
    DateTimeOffset Since,
    DateTimeOffset Until,
    int Questions,
    int LeftOut,
    int Gains,
    int Loses,
    IReadOnlyList<(string Key, DryRunItem Item)> Moves
);

/// <summary>
/// Asks again what was asked of late about the apps that a change moves, as things stand and with the change made, at one instant. Unlike the audience it is a judgement:
/// devices, guidance and accreditations count.
/// </summary>
internal static class ChangeDryRun
{
    private static readonly TimeSpan LookBack = TimeSpan.FromDays(90);

    /// <summary>Most questions that are judged.</summary>
    private const int Most = 20_000;

    /// <summary>Questions to a trial: the rows that the change alters are locked while it lasts, and free again before the next.</summary>
    private const int Portion = 4096;

    public static async Task<DryRun> CompareAsync(Trial trial)
    {
        var (since, until) = (trial.Now - LookBack, trial.Now);
        var asked = await AskedLately.ReadAsync(trial.Db, trial.Tenant, trial.Apps, since, Most);
        var questions = await QuestionsAsync(trial, asked.Latest);
        var moved = new List<(AskedQuestion Asked, DryRunItem Item)>();
        foreach (var some in questions.Chunk(Portion))
        {
            var before = await JudgeAsync(trial, some); // first: nothing is locked yet
            var after = await trial.WithItAsync(() => JudgeAsync(trial, some));
            moved.AddRange(
                some.Zip(before, after)
                    .Where(q => q.Second is Decision.Allow != q.Third is Decision.Allow)
                    .Select(q => (q.First.Asked, ItemOf(q.First, q.Second, q.Third)))
            );
        }
        int Accounts(AudienceEffect effect) => moved.Where(m => m.Item.Effect == effect).DistinctBy(m => m.Asked.SubjectKey).Count();
        var moves = moved.Select(m => (Key: KeyOf(m.Asked), m.Item)).OrderBy(m => m.Key, StringComparer.Ordinal);
        return new(since, until, questions.Count, asked.LeftOut, Accounts(AudienceEffect.Gains), Accounts(AudienceEffect.Loses), [.. moves]);
    }

    /// <summary>The questions as stores ask them, of the app's current release; whose account is gone asks no more.</summary>
    private static async Task<List<Question>> QuestionsAsync(Trial trial, IReadOnlyList<AskedQuestion> asked)
    {
        var keys = asked.Select(a => a.SubjectKey).Distinct().ToList();
        var people = await trial
            .Db.Subjects.Where(s => EF.Parameter(keys).Contains(s.Key))
            .Select(s => new
            {
                s.Key,
                s.Id,
                s.Issuer,
            })
            .ToDictionaryAsync(s => s.Key);
        return
        [
            .. from one in asked
            where people.ContainsKey(one.SubjectKey)
            let person = people[one.SubjectKey]
            let issuer = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["iss"] = JsonSerializer.SerializeToElement(person.Issuer) }
            select new Question(
                one,
                new(
                    trial.Tenant,
                    new("user", person.Id, new(issuer)),
                    new(Action.Download, Properties.None),
                    new(Resource.App, one.App, Properties.None),
                    new(one.Device)
                )
            ),
        ];
    }

    private static async Task<List<Decision>> JudgeAsync(Trial trial, Question[] questions)
    {
        var decisions = new List<Decision>(questions.Length);
        await foreach (var truth in TriedFacts.ReadAsync(trial.Db, [.. questions.Select(q => q.Request)], trial.Now))
        {
            decisions.Add(Evaluator.Evaluate(questions[decisions.Count].Request, truth.Facts, trial.Now));
        }
        return decisions;
    }

    private static DryRunItem ItemOf(Question question, Decision before, Decision after) =>
        new(
            question.Request.Subject.Id,
            question.Asked.Device,
            question.Asked.App,
            after is Decision.Allow ? AudienceEffect.Gains : AudienceEffect.Loses,
            question.Asked.Times,
            question.Asked.LastAt,
            AttemptLog.CodesOf(before),
            AttemptLog.CodesOf(after)
        );

    private static string KeyOf(AskedQuestion asked) => FormattableString.Invariant($"{asked.SubjectKey:D19}/{asked.App}/{asked.Device}");

    private sealed record Question(AskedQuestion Asked, EvaluationRequest Request);
}
