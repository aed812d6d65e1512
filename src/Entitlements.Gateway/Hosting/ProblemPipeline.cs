using System.Data.Common;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Entitlements.Gateway.Hosting;

/// <summary>Turns what is thrown, and bare refusals, into problems. Only what nobody foresaw is logged as an error, and its text is never sent.</summary>
internal sealed partial class ProblemPipeline(RequestDelegate next, ILogger<ProblemPipeline> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (IsBare(context.Response))
            {
                await Problems.ForStatus(context.Response.StatusCode).ExecuteAsync(context);
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest; // nobody is there to read it; the request log is
        }
        catch (Exception thrown) when (!context.Response.HasStarted)
        {
            ResponseHeaders.Clear(context);
            if (IsOfTheServer(thrown))
            {
                context.Response.Headers.Connection = "close"; // where the message ends is in doubt, so nothing after it is read
            }
            await Answer(thrown, context.TraceIdentifier).ExecuteAsync(context);
        }
    }

    /// <summary>A refusal in a status alone, as routing, challenges and the server leave it.</summary>
    private static bool IsBare(HttpResponse response) =>
        response.StatusCode >= StatusCodes.Status400BadRequest
        && !response.HasStarted
        && response.ContentLength is null
        && string.IsNullOrEmpty(response.ContentType);

    /// <remarks>Kestrel has a type of its own for what it cannot read, but lets a chunk size beyond 64 bits through as an IOException.</remarks>
    private static bool IsOfTheServer(Exception thrown) =>
        thrown is IOException { InnerException: OverflowException }
        || (thrown is BadHttpRequestException && thrown.GetType() != typeof(BadHttpRequestException));

    private ProblemHttpResult Answer(Exception thrown, string requestId)
    {
        switch (thrown)
        {
            case ProblemException { Problem: var problem }:
                return problem;
            case BadHttpRequestException { StatusCode: var status }:
                return Problems.ForStatus(status);
            case JsonException or IOException { InnerException: OverflowException }:
                return Problems.ForStatus(StatusCodes.Status400BadRequest);
            case var _ when IsAway(thrown):
                Away(thrown.GetBaseException().Message, requestId);
                return Problems.Undecidable();
            default:
                Unforeseen(thrown, requestId);
                return Problems.Internal();
        }
    }

    /// <summary>The database is away, or this replica may not speak for it: "not now", and no fault of ours. A statement that is wrong is one.</summary>
    private static bool IsAway(Exception? thrown) =>
        thrown switch
        {
            null => false,
            PostgresException { SqlState: ['2' or '4', '2' or '3', ..] } => false, // data, constraint, syntax
            DbException or TimeoutException => true,
            _ => IsAway(thrown.InnerException), // EF wraps what it would have retried
        };

    [LoggerMessage(LogLevel.Warning, "No answer could be given: the database is away ({Fault}), request {RequestId}.")]
    private partial void Away(string fault, string requestId);

    [LoggerMessage(LogLevel.Error, "The request ended in a fault that nobody foresaw, request {RequestId}.")]
    private partial void Unforeseen(Exception thrown, string requestId);
}
