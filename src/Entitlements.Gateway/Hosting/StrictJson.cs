using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace Entitlements.Gateway.Hosting;

/// <summary>How much of a body must be known to us.</summary>
internal enum JsonMode
{
    /// <summary>Management bodies: an unknown member is an error, another media type is 415.</summary>
    Strict,

    /// <summary>AuthZEN bodies: unknown members are ignored, another media type is 400. All else as in <see cref="Strict"/>.</summary>
    Lenient,
}

/// <summary>Reads request bodies so that two readers cannot disagree on them: UTF-8, no member twice, at most 32 deep, finite numbers, no U+0000.</summary>
/// <remarks>Source: RFC 8259, RFC 7493 (I-JSON). A type says what it needs by <c>required</c> and nullability; see <see cref="JsonShape"/>.</remarks>
internal static class StrictJson
{
    public const int MaxDepth = 32;

    /// <summary>The convention of the whole API: snake case, RFC 3339 UTC, ISO 8601 durations, enums by name.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static readonly JsonDocumentOptions Document = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = MaxDepth;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        options.Encoder = JavaScriptEncoder.Create(UnicodeRanges.All); // Welsh stays readable, HTML stays escaped
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new DurationConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }

    /// <summary>Reads the whole body.</summary>
    /// <exception cref="ProblemException">400 or 415: the body is not what <typeparamref name="T"/> asks for, with every fault by JSON pointer.</exception>
    /// <exception cref="BadHttpRequestException">413: the body is longer than the endpoint's limit.</exception>
    /// <param name="plain">Reads what is plain by a shorter way, and answers null for all else; it must never read otherwise than <see cref="Parse"/>.</param>
    public static async ValueTask<T> ReadAsync<T>(HttpContext context, JsonMode mode, Func<ReadOnlySpan<byte>, T?>? plain = null)
        where T : class
    {
        if (!IsJson(context.Request.ContentType))
        {
            throw new ProblemException(
                mode is JsonMode.Strict ? Problems.UnsupportedMediaType() : Problems.BadRequest("The Content-Type must be application/json.")
            );
        }
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(CancellationToken.None);
            if (read.IsCompleted)
            {
                try
                {
                    return Bind(read.Buffer, mode, plain);
                }
                finally
                {
                    reader.AdvanceTo(read.Buffer.End);
                }
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End); // Kestrel counts the body against its limit and throws when it is passed
        }
    }

    /// <summary>Judges and binds a body at hand. Throws as <see cref="ReadAsync"/> does.</summary>
    public static T Parse<T>(ReadOnlyMemory<byte> utf8, JsonMode mode)
        where T : notnull
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Document);
            var errors = JsonShape.Check(document.RootElement, Options.GetTypeInfo(typeof(T)), mode);
            return errors.Count == 0
                ? document.Deserialize<T>(Options) ?? throw Refused("The body is null.")
                : throw new ProblemException(Problems.BadRequest(errors));
        }
        catch (JsonException fault) when (fault.LineNumber is { } line)
        {
            throw Refused(
                FormattableString.Invariant($"Not JSON, a member given twice, or deeper than {MaxDepth}: line {line + 1}, byte {fault.BytePositionInLine + 1}.")
            );
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw Refused("Not JSON, a member given twice, or text that is not Unicode."); // InvalidOperationException: half a surrogate pair, escaped
        }
    }

    private static ProblemException Refused(string error) => new(Problems.BadRequest(("", error)));

    private static bool IsJson(string? contentType) =>
        contentType == "application/json"
        || (
            MediaTypeHeaderValue.TryParse(contentType, out var type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            && (
                !type.Charset.HasValue
                || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)
            )
        );

    private static T Bind<T>(ReadOnlySequence<byte> body, JsonMode mode, Func<ReadOnlySpan<byte>, T?>? plain)
        where T : class
    {
        if (plain is not null && body.IsSingleSegment && Utf8.IsValid(body.FirstSpan) && plain(body.FirstSpan) is { } read)
        {
            return read; // where it lies
        }
        var bytes = body.ToArray();
        return Utf8.IsValid(bytes) ? Parse<T>(bytes, mode) : throw Refused("The body is not UTF-8.");
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver() };
        Apply(options);
        options.MakeReadOnly();
        return options;
    }
}
