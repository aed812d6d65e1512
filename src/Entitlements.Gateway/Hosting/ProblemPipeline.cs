using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Entitlements.Gateway.Hosting;

/// <summary>Turns what is thrown into problems. Only what nobody foresaw is logged as an error, and its text is never sent.</summary>
internal sealed partial class ProblemPipeline(RequestDelegate next, ILogger<ProblemPipeline> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest; // nobody is there to read it; the request log is
        }
        catch (Exception thrown) when (!context.Response.HasStarted)
        {
            context.Response.Clear(); // headers set in OnStarting callbacks stay
            if (IsOfTheServer(thrown))
            {
                context.Response.Headers.Connection = "close"; // where the message ends is in doubt, so nothing after it is read
            }
            await Answer(thrown).ExecuteAsync(context);
        }
    }

    /// <remarks>Kestrel has a type of its own for what it cannot read, but lets a chunk size beyond 64 bits through as an IOException.</remarks>
    private static bool IsOfTheServer(Exception thrown) =>
        thrown is IOException { InnerException: OverflowException }
        || (thrown is BadHttpRequestException && thrown.GetType() != typeof(BadHttpRequestException));

    private ProblemHttpResult Answer(Exception thrown)
    {
        switch (thrown)
        {
            case ProblemException { Problem: var problem }:
                return problem;
            case BadHttpRequestException { StatusCode: var status }:
                return Problems.ForStatus(status);
            case JsonException or IOException { InnerException: OverflowException }:
                return Problems.ForStatus(StatusCodes.Status400BadRequest);
            default:
                Unforeseen(thrown);
                return Problems.Internal();
        }
    }

    [LoggerMessage(LogLevel.Error, "The request ended in a fault that nobody foresaw.")]
    private partial void Unforeseen(Exception thrown);
}
