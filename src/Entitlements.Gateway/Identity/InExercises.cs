using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;

namespace Entitlements.Gateway.Identity;

/// <summary>The route works in an exercise as in earnest. One without this mark refuses who acts in one, whatever their permit: something real might come of it.</summary>
internal sealed record InExercises;

/// <summary><c>Entitlements-Exercise</c>: the person acts as their copy in that exercise, and nowhere else in this request.</summary>
internal static class ExerciseHeader
{
    public const string Name = "Entitlements-Exercise";

    private static readonly StatedParameter Stated = new(
        Name,
        ParameterLocation.Header,
        new() { Type = JsonSchemaType.String, Pattern = NameId.Pattern },
        "For people: act in this exercise of one's force, and not in earnest."
    );

    /// <summary>Lets people call the endpoint in an exercise.</summary>
    public static TBuilder InExercises<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new InExercises(), Stated);

    public static bool IsSent(HttpRequest request) => request.Headers.ContainsKey(Name);

    /// <summary>The exercise named; null where none is. What is sent and cannot be read is never as good as not sent.</summary>
    /// <exception cref="ProblemException">400: not one id.</exception>
    public static string? Read(HttpRequest request) =>
        !request.Headers.TryGetValue(Name, out var given) ? null
        : given is [{ } id] && NameId.IsValid(id) ? id
        : throw new ProblemException(Problems.BadRequest($"{Name} names one exercise by its id.", "invalid_exercise"));

    /// <summary>The caller is a client: it names an exercise in its question.</summary>
    public static ProblemException ForPeople =>
        new(Problems.BadRequest($"{Name} is for people; a client names the exercise as its tenant.", "exercise_for_people"));

    /// <summary>404: no such exercise runs in the person's force, or they are not in it.</summary>
    public static ProblemException Unknown =>
        new(Problems.Of(StatusCodes.Status404NotFound, "exercise_unknown", "There is no such exercise.", "No exercise of this id runs here that you are in."));

    /// <summary>The route is not part of exercises.</summary>
    public static ProblemHttpResult NotHere(int status) =>
        Problems.Of(status, "exercise", "This cannot be done in an exercise.", "Something real might come of it. Do it without " + Name + ", in earnest.");
}
