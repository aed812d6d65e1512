using System.Diagnostics;
using System.Text.RegularExpressions;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.Abuse;

/// <summary>The host as it is run, in a process of its own, and every line that it writes.</summary>
public sealed partial class LogInjectionTests
{
    [Trait("Abuse", "68")]
    [Fact]
    public async Task Whatever_callers_write_each_entry_is_one_line_of_the_hosts_own_words()
    {
        var folder = Directory.CreateTempSubdirectory("entitlements-log-");
        var url = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        using var host = Start(folder.FullName, url);
        try
        {
            await UntilAsync(host, "Application started");
            await RawHttp.SendAsync(url, "GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            await UntilAsync(host, "/health/ready"); // up to here it speaks of itself
            await AbuseAsync(url);
            var lines = await UntilAsync(host, "/health/live");
            Assert.Contains(lines, line => line.Contains("GET /v1/tenants/{tenant}/subjects/{subject} answered", StringComparison.Ordinal));
            Assert.All(
                lines,
                line =>
                {
                    Assert.Matches(Entry, line);
                    Assert.DoesNotContain(line, char.IsControl);
                    Assert.DoesNotContain("forged", line, StringComparison.Ordinal);
                }
            );
        }
        finally
        {
            host.Kill();
            await host.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Its lines up to the first with that text; it has a minute for that.</summary>
    private static async Task<List<string>> UntilAsync(Process host, string text)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var lines = new List<string>();
        do
        {
            lines.Add(
                await host.StandardOutput.ReadLineAsync(deadline.Token) ?? throw new InvalidOperationException($"The host ended: {string.Join('\n', lines)}")
            );
        } while (!lines[^1].Contains(text, StringComparison.Ordinal));
        return lines;
    }

    private static async Task AbuseAsync(Uri url)
    {
        const string Forged = "%0d%0a09:00:00%20crit%20forged:%20entry%1b[31m";
        string[] targets =
        [
            $"/v1/tenants/north/subjects/a{Forged}",
            $"/v1/apps/{Forged}",
            $"/{Forged}",
            $"/v1/changes?state={Forged}",
            $"/v1/downloads/{Forged}",
            $"/.well-known/{Forged}",
        ];
        foreach (var target in targets)
        {
            var answer = await RawHttp.SendAsync(
                url,
                $"GET {target} HTTP/1.1\r\nHost: x\r\nUser-Agent: forged\r\nAuthorization: Bearer forged.{Forged}.forged\r\nConnection: close\r\n\r\n"
            );
            Assert.Matches("^HTTP/1.1 40[0-9] ", answer);
        }
        await RawHttp.SendAsync(
            url,
            "GET /v1/apps HTTP/1.1\r\nHost: x\r\nUser-Agent: \u001b[31mforged\r\nX-Request-ID: \u001b[31mforged\r\nConnection: close\r\n\r\n"
        );
        var body = "{\"token\":\"forged\\r\\n\\u001b[31m\",\"forged\\n\":1}";
        await RawHttp.SendAsync(
            url,
            $"POST /v1/downloads HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"
        );
        await RawHttp.SendAsync(url, "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }

    private static Process Start(string folder, Uri url)
    {
        string[] arguments =
        [
            typeof(EntitlementsDb).Assembly.Location,
            "--environment",
            "Development",
            "--Demo:Enabled",
            "false",
            "--Urls",
            url.GetLeftPart(UriPartial.Authority),
            "--Metrics:Url",
            $"http://127.0.0.1:{FreePort.Next()}",
            "--ConnectionStrings:Database",
            $"Data Source={Path.Combine(folder, "log.db")}",
            "--Artifacts:Root",
            folder,
            "--Logging:LogLevel:Default",
            "Debug",
        ];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
    }

    [GeneratedRegex("^[0-9:]{8} (trace|debug|info|warn|error|crit) [A-Za-z.]+[A-Za-z0-9_.+`]*: ", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Entry { get; }
}
