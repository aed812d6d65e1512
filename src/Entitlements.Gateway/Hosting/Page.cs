using System.Buffers.Text;
using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Entitlements.Gateway.Hosting;

/// <summary>One page of a list.</summary>
/// <param name="NextCursor">Opaque; null on the last page.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary><c>?limit=</c> (1 to 500, default 50) and <c>?cursor=</c> of a list; a handler takes it as a parameter.</summary>
/// <param name="After">Key of the last item of the page before; null for the first page.</param>
internal sealed record PageQuery(int Limit, string? After) : IEndpointParameterMetadataProvider
{
    private const int DefaultLimit = 50;
    private const int LargestLimit = 500;
    private const int LongestCursor = 1024;

    /// <exception cref="ProblemException">400: no such limit, or a cursor that is not ours.</exception>
    public static ValueTask<PageQuery> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult(new PageQuery(LimitOf(context.Request.Query["limit"]), KeyOf(context.Request.Query["cursor"])));

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        var limit = new OpenApiSchema
        {
            Type = JsonSchemaType.Integer,
            Minimum = "1",
            Maximum = FormattableString.Invariant($"{LargestLimit}"),
            Default = DefaultLimit,
        };
        builder.Metadata.Add(new StatedParameter("limit", ParameterLocation.Query, limit, "Most items on the page."));
        builder.Metadata.Add(
            new StatedParameter(
                "cursor",
                ParameterLocation.Query,
                new()
                {
                    Type = JsonSchemaType.String,
                    MinLength = 1,
                    MaxLength = LongestCursor,
                },
                "The next_cursor of the page before."
            )
        );
    }

    /// <summary><see cref="After"/> of a list that is in the order of a number.</summary>
    /// <exception cref="ProblemException">400: it is none.</exception>
    public long? AfterNumber =>
        After is null ? null
        : long.TryParse(After, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Foreign();

    /// <summary>The page of at most <see cref="Limit"/> items from up to one more.</summary>
    public Page<T> Of<T>(IReadOnlyList<T> items, Func<T, string> keyOf) =>
        items.Count > Limit ? new([.. items.Take(Limit)], CursorOf(keyOf(items[Limit - 1]))) : new(items, null);

    /// <summary>The cursor that goes on after the item of that key.</summary>
    public static string CursorOf(string key) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key));

    private static int LimitOf(Microsoft.Extensions.Primitives.StringValues given) =>
        given switch
        {
            [] => DefaultLimit,
            [{ } text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= LargestLimit => limit,
            _ => throw new ProblemException(Problems.BadRequest(FormattableString.Invariant($"limit is a number from 1 to {LargestLimit}."), "invalid_limit")),
        };

    private static string? KeyOf(Microsoft.Extensions.Primitives.StringValues given)
    {
        if (given.Count == 0)
        {
            return null;
        }
        if (given is [{ Length: > 0 and <= LongestCursor } text] && Base64Url.IsValid(text))
        {
            try
            {
                var key = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(Base64Url.DecodeFromChars(text));
                if (!key.Any(char.IsControl))
                {
                    return key;
                }
            }
            catch (Exception fault) when (fault is FormatException or ArgumentException)
            {
                // not ours: refused below
            }
        }
        throw Foreign();
    }

    private static ProblemException Foreign() => new(Problems.BadRequest("The cursor is not one that this list gave.", "invalid_cursor"));
}
