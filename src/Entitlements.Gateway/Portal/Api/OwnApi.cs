using System.Text.Json;
using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace Entitlements.Gateway.Portal.Api;

/// <summary>
/// The product's own API, asked within the process by the person who looks at a page: the same routes, permits, operations and problems as for everybody else,
/// so that a page can show and do nothing that the API would not.
/// </summary>
internal sealed class OwnApi(HttpContext page, RequestDelegate pipeline)
{
    /// <summary>What is there.</summary>
    /// <exception cref="ProblemException">The API's refusal, which ends the page.</exception>
    public async Task<T> GetAsync<T>(string target)
        where T : class => (await SendAsync(HttpMethod.Get, target)).ReadOrThrow<T>();

    /// <summary>What is there, or null where this person may not see it, there is nothing, or the state does not allow it: a part of a page that is left out.</summary>
    /// <exception cref="ProblemException">Any other refusal.</exception>
    public async Task<T?> FindAsync<T>(string target)
        where T : class =>
        await SendAsync(HttpMethod.Get, target)
            is { Status: not (StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound or StatusCodes.Status409Conflict) } answer
            ? answer.ReadOrThrow<T>()
            : null;

    /// <param name="target">Path and query, percent-encoded (<see cref="Target"/>).</param>
    /// <param name="body">As the API's own body types or anonymous ones say; null: none.</param>
    /// <param name="key">Idempotency-Key.</param>
    /// <param name="version">The ETag that was seen.</param>
    public async Task<ApiAnswer> SendAsync(HttpMethod method, string target, object? body = null, string? key = null, string? version = null)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        Stream content = Stream.Null;
        if (body is not null)
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), StrictJson.Options);
            (content, headers.ContentLength, headers.ContentType) = (new MemoryStream(bytes), bytes.Length, "application/json");
        }
        if (key is not null)
        {
            headers["Idempotency-Key"] = key;
        }
        if (version is not null)
        {
            headers.IfMatch = version;
        }
        return await SendAsync(method, target, headers, content);
    }

    /// <summary>Sends bytes as they come.</summary>
    /// <param name="most">Bytes that may come at most.</param>
    public Task<ApiAnswer> SendFileAsync(string target, Stream file, long most)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        (headers.ContentLength, headers.ContentType) = (most, "application/octet-stream");
        return SendAsync(HttpMethod.Post, target, headers, file);
    }

    private async Task<ApiAnswer> SendAsync(HttpMethod method, string target, IHeaderDictionary headers, Stream content)
    {
        await using var scope = page.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope(); // as each request has its own
        using var answer = new MemoryStream();
        var context = new DefaultHttpContext(FeaturesOf(method, target, headers, content, answer)) { RequestServices = scope.ServiceProvider };
        context.TraceIdentifier = page.TraceIdentifier;
        context.RequestAborted = page.RequestAborted;
        context.Features.Set(page.Features.Get<Identity.Caller>());
        await pipeline(context);
        await context.Response.BodyWriter.FlushAsync();
        return new(context.Response.StatusCode, context.Response.GetTypedHeaders().Headers, answer.ToArray());
    }

    /// <summary>A path of the API: what stands in the holes is percent-encoded.</summary>
    public static string Target(FormattableString path) =>
        string.Format(
            System.Globalization.CultureInfo.InvariantCulture,
            path.Format,
            [
                .. path.GetArguments()
                    .Select(hole => (object)Uri.EscapeDataString(Convert.ToString(hole, System.Globalization.CultureInfo.InvariantCulture) ?? "")),
            ]
        );

    private FeatureCollection FeaturesOf(HttpMethod method, string target, IHeaderDictionary headers, Stream content, Stream answer)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(
            new HttpRequestFeature
            {
                Protocol = page.Request.Protocol,
                Scheme = page.Request.Scheme,
                Method = method.Method,
                Path = Uri.UnescapeDataString(path),
                QueryString = query < 0 ? "" : target[query..],
                RawTarget = target,
                Headers = headers,
                Body = content,
            }
        );
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        features.Set(page.Features.Get<IHttpConnectionFeature>());
        return features;
    }
}

/// <summary>What the API answered.</summary>
internal sealed record ApiAnswer(int Status, IHeaderDictionary Headers, byte[] Body)
{
    public bool Succeeded => Status < StatusCodes.Status400BadRequest;

    /// <summary>The version to send with a write to what was read.</summary>
    public string? Version => Headers.ETag is [{ } version] ? version : null;

    /// <summary>Where what was made stands in the API.</summary>
    public string? Location => Headers.Location is [{ } location] ? location : null;

    /// <summary>The last part of <see cref="Location"/>.</summary>
    public string? Made => Location is { } location ? Uri.UnescapeDataString(location[(location.LastIndexOf('/') + 1)..]) : null;

    /// <summary>The refusal; null where there is none.</summary>
    public ApiProblem? Problem => Succeeded ? null : JsonSerializer.Deserialize<ApiProblem>(Body, StrictJson.Options);

    public T Read<T>()
        where T : class => JsonSerializer.Deserialize<T>(Body, StrictJson.Options) ?? throw new InvalidDataException("The API answered null.");

    public T ReadOrThrow<T>()
        where T : class => Succeeded ? Read<T>() : throw new ProblemException(Problem!.ToResult());
}

/// <summary>A refusal of the API. Source: RFC 9457.</summary>
/// <param name="Errors">By JSON pointer.</param>
internal sealed record ApiProblem(
    string Type,
    string Title,
    int Status,
    string? Detail = null,
    IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors = null
)
{
    /// <summary>What a recent strong sign-in has to be (RFC 9470).</summary>
    public long? MaxAge { get; init; }

    /// <inheritdoc cref="MaxAge"/>
    public string? AcrValues { get; init; }

    /// <summary>Seconds after which it may be asked again.</summary>
    public long? RetryAfter { get; init; }

    /// <summary>The stable code at the end of <see cref="Type"/>.</summary>
    public string Code => Type[(Type.LastIndexOf(':') + 1)..];

    public Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult ToResult() =>
        Problems.Of(
            Status,
            Code,
            Title,
            Detail,
            RetryAfter is { } wait ? new Dictionary<string, object?>(StringComparer.Ordinal) { [Problems.RetryAfter] = wait } : null
        );
}
