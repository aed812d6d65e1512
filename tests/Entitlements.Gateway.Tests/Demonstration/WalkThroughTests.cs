using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.Demonstration;

/// <summary>The README's walk-through, its very text, against the product started as its first command starts it.</summary>
public sealed partial class WalkThroughTests
{
    [Fact]
    public async Task A_negotiator_gets_the_recorder_nobody_else_does_and_after_the_recall_nobody()
    {
        await using var gateway = await GatewayProcess.StartAsync();
        var script = string.Join('\n', Blocks.Matches(WalkThrough()).Select(block => block.Groups["text"].Value));
        Assert.Contains("GATEWAY=http://127.0.0.1:5080\n", script, StringComparison.Ordinal);

        var lines = await RunAsync(script.Replace("http://127.0.0.1:5080", gateway.Url, StringComparison.Ordinal), gateway.Folder);

        Assert.Equal(7, lines.Length);
        Assert.Equal("may have it: 12 of 1200", lines[0]);
        Assert.Matches("^expected [0-9a-f]{64}$", lines[1]);
        Assert.Equal(lines[1].Replace("expected", "received", StringComparison.Ordinal), lines[2]);
        Assert.Equal("again: urn:entitlements:problem:already_redeemed", lines[3]);
        Assert.Equal("officer: role_not_held", lines[4]);
        Assert.Contains("\"effective\":true", lines[5], StringComparison.Ordinal);
        Assert.Equal("after the recall: 0 of 1200", lines[6]);
    }

    [Fact]
    public async Task The_first_lines_printed_say_where_to_go_and_who_to_sign_in_as()
    {
        await using var gateway = await GatewayProcess.StartAsync();
        var first = gateway.Output.Where(line => line.Length > 0).Take(3).ToList();
        Assert.StartsWith($"Entitlements is ready at {gateway.Url}", first[0], StringComparison.Ordinal);
        Assert.Contains("northvale-0001", first[2], StringComparison.Ordinal);
        Assert.DoesNotContain(
            gateway.Output,
            line => line.Contains("demo-secret", StringComparison.Ordinal) && line.Contains("Bearer", StringComparison.Ordinal)
        );
    }

    private static string WalkThrough([CallerFilePath] string test = "")
    {
        var readme = File.ReadAllText(Path.Combine(Path.GetDirectoryName(test)!, "..", "..", "..", "README.md"));
        var from = readme.IndexOf("## The incident, replayed", StringComparison.Ordinal);
        return readme[from..readme.IndexOf("\n## ", from + 1, StringComparison.Ordinal)];
    }

    private static async Task<string[]> RunAsync(string script, string folder)
    {
        using var shell = Process.Start(
            new ProcessStartInfo("sh")
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                WorkingDirectory = folder,
            }
        )!;
        await shell.StandardInput.WriteAsync(script);
        shell.StandardInput.Close();
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex("```sh\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blocks { get; }
}
