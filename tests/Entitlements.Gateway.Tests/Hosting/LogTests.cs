using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Entitlements.Gateway.Tests.Hosting;

public sealed class LogTests
{
    private const string Hostile = "a\r\n09:00:00 crit forged: \u001b[31mred\u0007\u2028\u0085";

    [Fact]
    [Trait("Abuse", "68")]
    public void Abuse_68_an_entry_stays_one_line_whatever_is_in_it()
    {
        foreach (var formatter in (ConsoleFormatter[])[new LineFormatter(TimeProvider.System), new JsonFormatter(TimeProvider.System)])
        {
            using var writer = new StringWriter();
            var values = new KeyValuePair<string, object?>[] { new("Id", Hostile), new("{OriginalFormat}", "{Id}") };
            formatter.Write(
                new LogEntry<KeyValuePair<string, object?>[]>(LogLevel.Error, "category", 1, values, new InvalidOperationException(Hostile), (_, _) => Hostile),
                scopeProvider: null,
                writer
            );
            var line = writer.ToString();
            Assert.EndsWith("\n", line, StringComparison.Ordinal);
            Assert.DoesNotContain(line[..^1], c => char.IsControl(c) || c is '\u2028');
            Assert.Contains("\\u001b", line, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Nothing_of_a_path_a_query_or_a_token_is_logged()
    {
        await using var host = await HostUnderTest.StartAsync();
        using var client = new HttpClient { BaseAddress = host.Public, DefaultRequestHeaders = { { "Authorization", "Bearer hidden-token" } } };
        await client.GetAsync("/tenants/northvale/subjects/hidden-person?q=hidden-query");
        await client.GetAsync("/fault?q=hidden-query");
        await host.DisposeAsync();
        var shown = host.Entries.All.Where(e => e.Level >= LogLevel.Information).Select(e => e.Text).ToList();
        Assert.Contains(shown, text => text.StartsWith("GET /tenants/{tenant}/subjects/{subject} answered 200", StringComparison.Ordinal));
        Assert.DoesNotContain(shown, text => text.Contains("hidden", StringComparison.Ordinal));
    }
}
