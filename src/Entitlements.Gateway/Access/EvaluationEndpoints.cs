using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access;

/// <summary><c>POST /access/v1/evaluation</c> and <c>/access/v1/evaluations</c>. Source: AuthZEN Authorization API 1.0 §6, §7.</summary>
internal static class EvaluationEndpoints
{
    public const string Single = "/access/v1/evaluation";
    public const string Batch = "/access/v1/evaluations";

    public static void MapEvaluations(this IEndpointRouteBuilder routes)
    {
        var evaluate = routes.ServiceProvider.GetRequiredService<Evaluate>();
        var approvals = routes.ServiceProvider.GetRequiredService<ApprovalReferences>();
        routes
            .MapPost(Single, (Delegate)((HttpContext context) => EvaluateAsync(context, evaluate, approvals)))
            .WithMetadata(new AcceptsMetadata(["*/*"], typeof(EvaluationBody))) // as AuthZenBody says
            .Produces<EvaluationAnswer>()
            .Permit(Scopes.Evaluate, anyPerson: true)
            .InExercises()
            .WithMetadata(new SeldomLogged())
            .WithName("Evaluate")
            .WithTags("AuthZEN")
            .WithSummary("May this subject do this action to this resource?");
        routes
            .MapPost(Batch, EvaluateManyAsync)
            .Permit(Scopes.Evaluate, anyPerson: true)
            .InExercises()
            .WithMetadata(new SeldomLogged())
            .WithName("EvaluateMany")
            .WithTags("AuthZEN")
            .WithSummary("Several such questions at once; the entities on top are defaults.");
    }

    /// <remarks>Has nothing that must be bound or resolved: what does that costs as much as deciding from memory.</remarks>
    private static async Task EvaluateAsync(HttpContext context, Evaluate evaluate, ApprovalReferences approvals)
    {
        var caller = context.Features.GetRequiredFeature<Caller>();
        var body = await StrictJson.ReadAsync<EvaluationBody>(context, JsonMode.Lenient, PlainQuestion.Read);
        var (judged, problem) = await OneAsync(body, caller, evaluate);
        if (judged is not null)
        {
            judged = body.Context.Approval.Id.Length == 0 ? judged : await approvals.NoteAsync(caller, judged, body.Context.Approval.Id);
            JudgedAnswer.Send(context.Response, judged, caller);
        }
        else
        {
            await problem!.ExecuteAsync(context);
        }
    }

    private static async Task<Results<Ok<EvaluationsAnswer>, ProblemHttpResult>> EvaluateManyAsync(
        AuthZenBody<EvaluationsBody> body,
        Caller caller,
        Evaluate evaluate,
        IOptions<AccessOptions> options
    )
    {
        var batch = body.Value;
        if (batch.Evaluations.Count == 0)
        {
            var (judged, problem) = await OneAsync(batch, caller, evaluate);
            return judged is null
                ? problem!
                : TypedResults.Ok(new EvaluationsAnswer { Decision = judged.IsAllowed, Context = EvaluationContext.Of(judged, caller) });
        }
        if (batch.Evaluations.Count > options.Value.BatchLimit)
        {
            return Problems.BadRequest(("/evaluations", FormattableString.Invariant($"must have at most {options.Value.BatchLimit} items")));
        }
        var questions = batch.Evaluations.Select(item => QuestionReader.ReadItem(caller, item, batch));
        return await evaluate.RunAsync(caller, questions, batch.Options.EvaluationsSemantic) switch
        {
            EvaluationOutcome.Decided { Evaluations: var all } => TypedResults.Ok(
                new EvaluationsAnswer { Evaluations = [.. all.Select(one => EvaluationAnswer.Of(one, caller))] }
            ),
            _ => Problems.Undecidable(),
        };
    }

    private static async ValueTask<(Evaluation.Judged?, ProblemHttpResult?)> OneAsync(EvaluationBody body, Caller caller, Evaluate evaluate) =>
        QuestionReader.Read(caller, body) switch
        {
            Question.Asked asked => await evaluate.RunAsync(caller, asked) is { } judged ? (judged, null) : (null, Problems.Undecidable()),
            Question.Broken { Errors: var errors } => (null, Problems.BadRequest(errors)),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
