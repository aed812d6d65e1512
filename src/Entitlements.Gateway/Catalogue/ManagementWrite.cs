using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Catalogue;

/// <summary>From a management request to a write, and from what became of it to an answer.</summary>
internal static class ManagementWrite
{
    /// <summary>Longest Idempotency-Key, in characters.</summary>
    private const int LongestKey = 255;

    /// <param name="body">What was asked, so that a key used for something else is told.</param>
    /// <exception cref="ProblemException">400: If-Match or Idempotency-Key cannot be read.</exception>
    public static WriteRequest Read(HttpContext http, Caller caller, object body, string? reason) => new(caller, reason, IfMatch(http), Key(http, body));

    /// <summary>The one place where outcomes become status codes.</summary>
    public static IResult Answer(HttpContext http, WriteOutcome outcome)
    {
        if (outcome is WriteOutcome.Refused { Because: var because })
        {
            return because.Code == "not_found" ? Problems.NotFound() : Problems.Of(because.Status, because.Code, "The write was refused.", because.Detail);
        }
        var answer = WriteAnswer.Of(outcome)!;
        if (answer.Location is not null)
        {
            http.Response.Headers.Location = answer.Location;
        }
        if (answer.Version is { } version)
        {
            http.Response.Headers.ETag = TagOf(version);
        }
        return Results.Text(answer.Body, "application/json", statusCode: answer.Status);
    }

    public static string TagOf(long version) => FormattableString.Invariant($"\"{version}\"");

    /// <summary>The version in <c>If-Match</c>, for operations that need no key.</summary>
    private static long? IfMatch(HttpContext http) => http.Request.Headers.IfMatch.ToArray() switch
    {
        [] => null,
        [{ Length: > 2 } tag] when tag[0] == '"' && tag[^1] == '"' && long.TryParse(tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version) => version,
        _ => throw new ProblemException(Problems.BadRequest("If-Match must be one ETag as it was given, for instance \"3\".", "invalid_if_match")),
    };

    private static IdempotencyKey? Key(HttpContext http, object body) => http.Request.Headers["Idempotency-Key"].ToArray() switch
    {
        [] => null,
        [{ Length: > 0 and <= LongestKey } key] when key.All(c => c is > ' ' and <= '~') =>
            new($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}", key, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(StoredJson.Write(body))))),
        _ => throw new ProblemException(Problems.BadRequest("Idempotency-Key must be one value of 1 to 255 visible ASCII characters.", "invalid_idempotency_key")),
    };
}
