using System.Reflection;
using System.Text;
using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Rotas;

/// <summary>The body of a feed: JSON, CSV or iCalendar. What it says can be read only by the clock of its rota.</summary>
internal sealed record ShiftFeed(Func<TimeZoneInfo, Window, SaidShifts> Read) : IEndpointParameterMetadataProvider
{
    private static readonly string[] Types = ["application/json", "text/csv", "text/calendar"];
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ProblemException">400 or 415.</exception>
    public static async ValueTask<ShiftFeed?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        switch (TextBodies.MediaTypeOf(context, out var given))
        {
            case "text/csv":
                var csv = await TextBodies.ReadUtf8Async(context, given!);
                return new((zone, _) => ShiftTable.OfCsv(csv, zone));
            case "text/calendar":
                var calendar = Utf8.GetString(await TextBodies.ReadUtf8Async(context, given!)).TrimStart('\ufeff');
                return new((zone, window) => ShiftCalendar.Read(calendar, zone, window));
            default:
                var body = await StrictJson.ReadAsync<ShiftsBody>(context, JsonMode.Strict);
                return new((zone, _) => ShiftTable.OfJson(body, zone));
        }
    }

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new AcceptsMetadata(Types, typeof(ShiftsBody)));
        builder.Metadata.Add(new RequestSizeLimitAttribute(FeedBounds.MostBytes));
    }
}
