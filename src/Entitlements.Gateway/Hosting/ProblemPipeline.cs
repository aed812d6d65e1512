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
            await Answer(thrown).ExecuteAsync(Cleared(context));
        }
    }

    private ProblemHttpResult Answer(Exception thrown)
    {
        switch (thrown)
        {
            case ProblemException { Problem: var problem }:
                return problem;
            case BadHttpRequestException { StatusCode: var status }:
                return Problems.ForStatus(status);
            case JsonException:
                return Problems.ForStatus(StatusCodes.Status400BadRequest);
            default:
                Unforeseen(thrown);
                return Problems.Internal();
        }
    }

    /// <summary>Drops headers of the answer that will not come; those of the OnStarting callbacks stay.</summary>
    private static HttpContext Cleared(HttpContext context)
    {
        context.Response.Clear();
        return context;
    }

    [LoggerMessage(LogLevel.Error, "The request ended in a fault that nobody foresaw.")]
    private partial void Unforeseen(Exception thrown);
}
