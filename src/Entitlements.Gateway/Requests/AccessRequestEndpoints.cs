using System.Text.Json.Serialization;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Requests;

/// <summary><c>/access/v1/requests</c>: what was denied is asked for, by the store on a person's behalf or by the person. Source: AuthZEN Access Request and Approval Profile, draft 1.</summary>
internal static class AccessRequestEndpoints
{
    /// <summary>Clocks of others may be behind ours.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    public static void MapAccessRequests(this IEndpointRouteBuilder routes)
    {
        var requests = routes.MapGroup(RequestableDenials.Path).WithTags("AuthZEN").InExercises();
        requests
            .MapPost("", SubmitAsync)
            .Permit(Scopes.SubmitRequests, anyPerson: true)
            .WithName("SubmitAccessRequest")
            .WithSummary("Asks that a denial be remedied; bound to the denial by what it offered.")
            .Produces<AccessRequestAnswer>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status410Gone);
        requests
            .MapGet("{request}", ReadAsync)
            .Permit(Scopes.SubmitRequests, anyPerson: true)
            .WithName("GetAccessRequest")
            .WithSummary("Where the task stands, and its result once it is approved.")
            .Produces<AccessRequestAnswer>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        requests
            .MapPost("{request}/cancel", CancelAsync)
            .Permit(Scopes.SubmitRequests, anyPerson: true)
            .WithName("CancelAccessRequest")
            .WithSummary("Takes the request back while it is pending.")
            .Produces<AccessRequestAnswer>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<IResult> SubmitAsync(
        WriteRequest request,
        AuthZenBody<AccessRequestBody> body,
        HttpContext context,
        RequestableDenials denials,
        SubmitRequest submit,
        AccessRequestTasks tasks,
        Callbacks callbacks,
        TimeProvider clock
    )
    {
        var given = body.Value;
        var question = QuestionReader.Read(request.Caller, given);
        if (question is not Question.Asked { Request: var asked, MayAsk: var mayAsk } || FaultsOf(given).Any())
        {
            return Problems.BadRequest([.. question is Question.Broken { Errors: var errors } ? errors : [], .. FaultsOf(given)]);
        }
        if (
            !mayAsk // its registration may have lost the tenant since
            || denials.Read(given.Denial.BindingToken) is not { } binding
            || binding.Caller != request.Caller.Key
            || binding.ExpiresAt != given.Denial.ExpiresAt
            || !System.Text.Json.JsonElement.DeepEquals(binding.Question, RequestableDenials.QuestionOf(asked))
        )
        {
            return Problem(
                StatusCodes.Status400BadRequest,
                "invalid_denial_binding",
                "This is not what was denied: send the denied question and its binding token unchanged."
            );
        }
        if (binding.ExpiresAt + Skew <= clock.Now())
        {
            return Problem(StatusCodes.Status410Gone, "expired_denial", "The denial is too old: evaluate again.");
        }
        var callback = given.Callback is { } part ? await callbacks.FindAsync(asked.Tenant, part) : null;
        if (given.Callback is not null && callback is null)
        {
            return Problems.BadRequest([("/callback/endpoint", "must be the address of a webhook of this tenant's that works")]);
        }
        var ask = new Ask(
            Role: null,
            new(asked.Resource.Type, asked.Resource.Id, asked.Action.Name),
            From: null,
            given.RequestedAccess.RequestedUntil,
            For: null,
            given.Context.BusinessJustification.Trim(),
            Ticket: null,
            new Dictionary<string, string>()
        )
        {
            Callback = callback,
        };
        return await submit.SubmitForAsync(request, asked, ask) switch
        {
            WriteOutcome.Created { Location: var made } => await tasks.AnswerAsync(context, made[(made.LastIndexOf('/') + 1)..], StatusCodes.Status202Accepted),
            WriteOutcome.Replayed { Location: { } made } => await tasks.AnswerAsync(
                context,
                made[(made.LastIndexOf('/') + 1)..],
                StatusCodes.Status202Accepted
            ),
            WriteOutcome.Refused { Because: { Code: "idempotency_key_reused" or "duplicate_request" } because } => Problem(
                StatusCodes.Status409Conflict,
                "duplicate_request",
                because.Detail
            ),
            WriteOutcome.Refused { Because: var because } => Problem(StatusCodes.Status400BadRequest, "not_requestable", because.Detail),
            var other => throw new System.Diagnostics.UnreachableException(other.ToString()),
        };
    }

    private static async Task<IResult> ReadAsync(string request, HttpContext context, Caller caller, AccessRequestTasks tasks) =>
        await tasks.IsTheirsAsync(caller, request) ? await tasks.AnswerAsync(context, request, StatusCodes.Status200OK) : UnknownTask();

    private static async Task<IResult> CancelAsync(string request, HttpContext context, WriteRequest write, WithdrawRequest withdraw, AccessRequestTasks tasks)
    {
        if (!await tasks.IsTheirsAsync(write.Caller, request))
        {
            return UnknownTask();
        }
        return await withdraw.CancelAsync(write, request) is WriteOutcome.Refused { Because: var because }
            ? Problem(StatusCodes.Status409Conflict, "invalid_task_state", because.Detail)
            : await tasks.AnswerAsync(context, request, StatusCodes.Status200OK);
    }

    private static IEnumerable<(string, string)> FaultsOf(AccessRequestBody body)
    {
        if (body.Denial.BindingToken.Length == 0)
        {
            yield return ("/denial/binding_token", "is required, as the denial's access_request gave it");
        }
        foreach (var fault in body.Callback?.Faults() ?? [])
        {
            yield return fault;
        }
        if (body.Context.BusinessJustification.Trim() is var why && (why.Length == 0 || !WriteHeaders.IsReason(why)))
        {
            yield return ("/context/business_justification", FormattableString.Invariant($"must be 1 to {WriteHeaders.LongestReason} characters on one line"));
        }
    }

    private static ProblemHttpResult UnknownTask() => Problem(StatusCodes.Status404NotFound, "unknown_task", "There is no such task of this caller's.");

    private static ProblemHttpResult Problem(int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: "The access request was refused.", type: $"urn:openid:authzen:access-request:error:{code}");
}

/// <summary>The denied evaluation again, with what it offered.</summary>
internal sealed record AccessRequestBody : EvaluationBody
{
    public DenialPart Denial { get; init; } = new();
    public RequestedAccessPart RequestedAccess { get; init; } = new();

    /// <summary>Where to hear what became of it; left out: nowhere, then poll.</summary>
    public CallbackPart? Callback { get; init; }
}

/// <summary>What the denial's <c>context.access_request</c> said, unchanged.</summary>
internal sealed record DenialPart
{
    public DateTimeOffset ExpiresAt { get; init; }
    public string BindingToken { get; init; } = "";
}

internal sealed record RequestedAccessPart
{
    /// <summary>First instant no longer wanted; left out: as long as the policy gives by itself.</summary>
    public DateTimeOffset? RequestedUntil { get; init; }
}

/// <summary>A task, and its result once it is approved.</summary>
internal sealed record AccessRequestAnswer(
    AccessRequestTask Task,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AccessRequestResult? Result = null
);

/// <param name="Status"><c>pending</c>, <c>approved</c>, <c>denied</c>, <c>expired</c>, <c>cancelled</c> or <c>failed</c>; all but the first are final.</param>
/// <param name="ExpiresAt">The end of all patience.</param>
internal sealed record AccessRequestTask(
    string Id,
    string Status,
    string StatusEndpoint,
    DateTimeOffset ExpiresAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AccessRequestProgress? Progress = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AccessRequestLinks? Links = null
);

/// <param name="CurrentStep">1 for the first.</param>
internal sealed record AccessRequestProgress(int CurrentStep, int TotalSteps);

internal sealed record AccessRequestLinks(string Cancel);

/// <param name="Mode">Always <c>reevaluate</c>: an approval is not access.</param>
internal sealed record AccessRequestResult(string Mode, ApprovalAnswer Approval);

/// <summary>Goes unchanged into <c>context.approval</c> of the next evaluation.</summary>
internal sealed record ApprovalAnswer(string Id, DateTimeOffset ApprovedAt, DateTimeOffset ApprovedUntil);

/// <summary>Requests as tasks of the profile.</summary>
internal sealed class AccessRequestTasks(EntitlementsDb db, IOptions<PublicUrlOptions> url, TimeProvider clock)
{
    /// <summary>True for who filed it and for the person whom it is for.</summary>
    public async Task<bool> IsTheirsAsync(Caller caller, string id)
    {
        var key = caller is Caller.Person { SubjectKey: { } own } ? own : 0;
        return await db.AccessRequests.AnyAsync(r => r.Id == id && (r.FiledBy == caller.Key || r.SubjectKey == key));
    }

    public async Task<IResult> AnswerAsync(HttpContext context, string id, int status)
    {
        var row = await db.AccessRequests.AsNoTracking().SingleAsync(r => r.Id == id);
        var view = RequestView.Of(row, [], RequestReader.Nobody(clock.Now()));
        var endpoint = url.Value.At($"{RequestableDenials.Path}/{id}");
        context.Response.Headers.Location = endpoint;
        var task = new AccessRequestTask(
            id,
            StatusOf(view.Status),
            endpoint,
            row.ExpiresAt,
            view.Stage is { } stage ? new(stage.Number, stage.Stages) : null,
            row.IsOpen ? new($"{endpoint}/cancel") : null
        );
        var result = row is { GrantedUntil: { } until, DecidedAt: { } at } ? new AccessRequestResult("reevaluate", new(id, at, until)) : null;
        return TypedResults.Json(new AccessRequestAnswer(task, result), statusCode: status);
    }

    public static string StatusOf(RequestStatus status) =>
        status switch
        {
            RequestStatus.AwaitingRequester or RequestStatus.Pending => "pending",
            RequestStatus.Granted => "approved",
            RequestStatus.Denied => "denied",
            RequestStatus.Expired => "expired",
            RequestStatus.Withdrawn or RequestStatus.Superseded => "cancelled",
            RequestStatus.Voided => "failed",
        };
}
