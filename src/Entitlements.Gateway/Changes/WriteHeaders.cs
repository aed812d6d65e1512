using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Microsoft.Extensions.Primitives;

namespace Entitlements.Gateway.Changes;

/// <summary>Reads what a write carries besides its body: the caller, <c>If-Match</c>, <c>Idempotency-Key</c> and <c>?reason=</c>.</summary>
internal static class WriteHeaders
{
    /// <summary>Longest reason, in characters.</summary>
    public const int LongestReason = 500;

    private const int LongestKey = 255;

    /// <summary>Stands for an <c>If-Match</c> that names no version of ours, so that it never matches.</summary>
    private const long NoVersion = -1;

    /// <exception cref="ProblemException">400: a header or the reason cannot be read.</exception>
    public static async ValueTask<WriteRequest?> ReadAsync(HttpContext context, ParameterInfo parameter)
    {
        if (parameter.Member is MethodBase handler && handler.GetParameters().Any(p => p.Position < parameter.Position && p.ParameterType.IsGenericType))
        {
            throw new InvalidOperationException("A handler takes its WriteRequest before its body: the body's digest is taken before it is read.");
        }
        return context.Features.Get<Caller>() is not { } caller
            ? null
            : new WriteRequest(caller, ReasonOf(context.Request.Query["reason"]), VersionOf(context.Request.Headers.IfMatch), await KeyOfAsync(context));
    }

    /// <summary>A reason as given, trimmed; null when there is none.</summary>
    /// <exception cref="ProblemException">400: given twice, too long, or with control characters.</exception>
    public static string? ReasonOf(StringValues given) =>
        given switch
        {
            [] => null,
            [{ } reason] when IsReason(reason) => reason.Trim() is { Length: > 0 } text ? text : null,
            _ => throw new ProblemException(
                Problems.BadRequest(
                    FormattableString.Invariant($"Give one reason of at most {LongestReason} characters, without control characters."),
                    "invalid_reason"
                )
            ),
        };

    /// <summary>True when the text may be kept as a reason.</summary>
    public static bool IsReason(string text) => text.Length <= LongestReason && !text.Any(char.IsControl);

    private static long? VersionOf(StringValues given) =>
        given switch
        {
            [] => null,
            [['"', .. var digits, '"']] when digits.Length is > 0 and < 19 && digits.All(char.IsAsciiDigit) => long.Parse(
                digits,
                System.Globalization.CultureInfo.InvariantCulture
            ),
            _ => NoVersion,
        };

    private static async Task<IdempotencyKey?> KeyOfAsync(HttpContext context)
    {
        if (context.Request.Headers["Idempotency-Key"] is not { Count: > 0 } given)
        {
            return null;
        }
        var key =
            given is [['"', .. var quoted, '"']] ? quoted
            : given.Count == 1 ? given[0]!
            : "";
        if (key.Length is 0 or > LongestKey || !key.All(c => c is > ' ' and < '\x7f' and not ('"' or '\\')))
        {
            throw new ProblemException(
                Problems.BadRequest("The Idempotency-Key must be one string of 1 to 255 visible characters, bare or in quotes.", "invalid_idempotency_key")
            );
        }
        return new($"{context.Request.Method} {RawTarget.Of(context).Split('?')[0]}", key, await DigestAsync(context));
    }

    /// <summary>SHA-256 over query and body, so that the same key with another reason is another request.</summary>
    private static async Task<string> DigestAsync(HttpContext context)
    {
        context.Request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(context.Request.QueryString.Value + "\n"));
        var buffer = new byte[16 * 1024];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0; )
        {
            hash.AppendData(buffer, 0, read);
        }
        context.Request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
