using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Entitlements.Gateway.Hosting;

/// <summary>One entry, one line, whatever a caller put into a value: JSON, or words in Development.</summary>
/// <remarks>The framework's own request lines and scopes carry paths, and so the ids of people; they stay off.
/// <see cref="RequestLog"/> tells the route.</remarks>
internal static class Logging
{
    public static void AddLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // it has nothing to say that we do not, and where it could, it makes an activity and a scope for each request that nobody traces
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning);
        // what fails is thrown, and said by whoever cannot go on; these would say it twice, and a new database's first question as an error
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Update", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error); // warns of unwrapped keys, which only Development may have
        builder.Logging.AddFilter("OpenIddict", LogLevel.Warning); // its lines quote requests
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        builder.Logging.AddConsole(console => console.FormatterName = builder.Environment.IsDevelopment() ? nameof(LineFormatter) : nameof(JsonFormatter));
        builder.Logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        builder.Logging.AddConsoleFormatter<JsonFormatter, ConsoleFormatterOptions>();
    }
}

/// <summary><c>09:00:00 warn Category: message</c>, control characters written as <c>\uXXXX</c>.</summary>
internal sealed class LineFormatter(TimeProvider clock) : ConsoleFormatter(nameof(LineFormatter))
{
    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter writer)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{clock.GetLocalNow():HH:mm:ss} {Word(entry.LogLevel)} {entry.Category}: {entry.Formatter(entry.State, entry.Exception)}"
        );
        if (entry.Exception is { } fault)
        {
            text.Append(" | ").Append(fault.ToString().Replace(Environment.NewLine, " | ", StringComparison.Ordinal));
        }
        foreach (var c in text.ToString())
        {
            if (char.IsControl(c) || c is '\u2028' or '\u2029')
            {
                writer.Write(FormattableString.Invariant($"\\u{(int)c:x4}"));
            }
            else
            {
                writer.Write(c);
            }
        }
        writer.Write('\n');
    }

    private static string Word(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "error",
            LogLevel.Critical => "crit",
            LogLevel.None => "none",
        };
}

/// <summary>One JSON object a line: time, level, category, event, message, its values by name, trace id, fault.</summary>
internal sealed class JsonFormatter(TimeProvider clock) : ConsoleFormatter(nameof(JsonFormatter))
{
    private static readonly JsonWriterOptions Compact = new() { Indented = false, Encoder = JavaScriptEncoder.Default };

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter writer)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            json.WriteString("time", clock.GetUtcNow().UtcDateTime);
            json.WriteString("level", entry.LogLevel.ToString());
            json.WriteString("category", entry.Category);
            json.WriteNumber("event_id", entry.EventId.Id);
            json.WriteString("message", entry.Formatter(entry.State, entry.Exception));
            WriteValues(json, entry.State as IEnumerable<KeyValuePair<string, object?>> ?? []);
            json.WriteString("trace_id", Activity.Current?.TraceId.ToHexString());
            json.WriteString("fault", entry.Exception?.ToString());
            json.WriteEndObject();
        }
        writer.Write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        writer.Write('\n');
    }

    private static void WriteValues(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>> values)
    {
        json.WriteStartObject("values");
        foreach (var (name, value) in values.Where(v => v.Key != "{OriginalFormat}"))
        {
            json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
        }
        json.WriteEndObject();
    }
}
