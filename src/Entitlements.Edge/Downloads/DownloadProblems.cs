using Entitlements.Client.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Entitlements.Edge.Downloads;

/// <summary>What the gate refuses with: problem details (RFC 9457), none of which names a session, a token or a person.</summary>
internal static class DownloadProblems
{
    public static ProblemHttpResult NotFound() => Of(StatusCodes.Status404NotFound, "not_found", "There is nothing at this address.");

    /// <summary>400 with what is wrong at each place of the body, by JSON pointer.</summary>
    public static ProblemHttpResult BadBody(Dictionary<string, string[]> errors) =>
        TypedResults.Problem(
            type: "urn:entitlements:problem:invalid_body",
            title: "The request body is not valid.",
            statusCode: StatusCodes.Status400BadRequest,
            extensions: [new("errors", errors)]
        );

    public static ProblemHttpResult BadRequest(string detail) => Of(StatusCodes.Status400BadRequest, "bad_request", "The request is not valid.", detail);

    public static ProblemHttpResult TooLarge() => Of(StatusCodes.Status413PayloadTooLarge, "too_large", "The request body is too large.");

    public static ProblemHttpResult UnsupportedMediaType() =>
        Of(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The media type of the request body is not supported.");

    public static ProblemHttpResult NotOurs() =>
        Of(StatusCodes.Status401Unauthorized, "invalid_token", "A valid entitlement token is needed.", "Send it as: Authorization: Bearer <token>.");

    public static ProblemHttpResult NotThisSession() => Of(StatusCodes.Status403Forbidden, "wrong_session", "This token does not open this download.");

    public static ProblemHttpResult Spent() =>
        Of(
            StatusCodes.Status409Conflict,
            "already_redeemed",
            "This token was redeemed before.",
            "A token is redeemed once. Go on with the download that it opened, or ask for a new entitlement."
        );

    /// <summary>410 with what the gateway said about it, the decision's context included.</summary>
    public static ProblemHttpResult Gone(Problem problem) =>
        TypedResults.Problem(
            type: problem.Type ?? "urn:entitlements:problem:gone",
            title: problem.Title ?? "This right has ended.",
            detail: problem.Detail,
            statusCode: StatusCodes.Status410Gone,
            extensions: problem.Context is { } context ? [new("context", context)] : null
        );

    public static ProblemHttpResult TooManyStreams() =>
        Of(
            StatusCodes.Status429TooManyRequests,
            "too_many_streams",
            "Too much of this download is under way at once.",
            $"At most {StreamSlots.PerSession} ranges of one download run side by side."
        );

    public static ProblemHttpResult Undecidable() => Of(StatusCodes.Status503ServiceUnavailable, "undecidable", "No answer is possible at this moment.");

    public static ProblemHttpResult NoStore() => Of(StatusCodes.Status503ServiceUnavailable, "store_unavailable", "The file cannot be had at this moment.");

    private static ProblemHttpResult Of(int status, string name, string title, string? detail = null) =>
        TypedResults.Problem(type: $"urn:entitlements:problem:{name}", title: title, detail: detail, statusCode: status);
}
