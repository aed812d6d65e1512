using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>What somebody has to say who asks for a resource, before they ask.</summary>
/// <param name="DefaultGrant">For who names no end.</param>
/// <param name="Urgent">Longest time of what whoever is on duty may give at once; null: it cannot be asked for urgently.</param>
/// <param name="BreakGlass">Longest time of what may be taken without a vote where nobody can be reached; null: nobody may.</param>
internal sealed record RequestForm(
    bool TicketRequired,
    IReadOnlyList<QuestionBody> Questions,
    TimeSpan LongestGrant,
    TimeSpan DefaultGrant,
    TimeSpan? Urgent,
    TimeSpan? BreakGlass
);

/// <summary><c>GET /v1/my/request-forms/{app}</c>: of the role that a request for the app would come down to, which it does not name.</summary>
internal static class RequestForms
{
    public static void MapRequestForm(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/my/request-forms/{app}", ReadAsync)
            .Permit(anyPerson: true)
            .InExercises()
            .WithTags("Requests")
            .WithName("GetRequestForm")
            .WithSummary("What a request for an app has to say.")
            .Produces<RequestForm>()
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static async Task<IResult> ReadAsync(NameId app, Caller caller, RequestableRoles roles, Writes writes)
    {
        var wanted = new AskedResource(Engine.Decisions.Resource.App, app.Value, Engine.Decisions.Action.Download);
        if (caller is not Caller.Person { SubjectKey: { } key } person || !await roles.SeesAsync(person, wanted))
        {
            return Problems.NotFound();
        }
        var ask = new Ask(Role: null, wanted, From: null, Until: null, For: null, Reason: "", Ticket: null, new Dictionary<string, string>());
        var chosen = await writes.RecordAsync(async scope =>
            scope.Abandon(await roles.ChooseAsync(scope, await scope.Db.Subjects.AsNoTracking().SingleAsync(s => s.Key == key), ask))
        );
        return chosen is { Policy: var policy }
            ? TypedResults.Ok(
                new RequestForm(
                    policy.TicketRequired,
                    [.. policy.Questions.Select(q => new QuestionBody(new(q.Id), q.En, q.Cy))],
                    policy.LongestGrant,
                    policy.DefaultGrant,
                    policy.Urgent?.LongestGrant,
                    policy.BreakGlass?.LongestGrant
                )
            )
            : Problems.NotFound();
    }
}
