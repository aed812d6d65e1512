using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.OpenApi;

/// <summary>The interface that outsiders hold on to: reviewed as a text, complete, and valid to a tool that we did not write.</summary>
public sealed class DocumentTests
{
    private static readonly JsonSerializerOptions Shown = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task The_document_is_reviewed()
    {
        await using var gateway = await TestGateway.StartAsync();
        await Snapshot.ShouldMatchAsync(await NormalisedAsync(gateway), "openapi.v1.json");
    }

    [Fact]
    public async Task Every_operation_has_a_name_a_summary_a_tag_and_its_answers()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = gateway.Anonymous();
        var document = await ApiDocument.ReadAsync(http);
        Assert.NotEmpty(document.Operations);
        SweptGateway.Show([.. document.Operations.SelectMany(Faults)]);
        Assert.Empty(document.Operations.GroupBy(o => o.Id, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    [Fact]
    public async Task Every_route_is_in_the_document_and_asks_for_a_token_unless_it_is_open()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = gateway.Anonymous();
        var operations = (await ApiDocument.ReadAsync(http)).Operations.ToDictionary(o => o.ToString(), StringComparer.Ordinal);
        var routes = gateway.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>();
        foreach (var route in routes.Where(r => r.Metadata.GetMetadata<Permit>() is not null && r.Metadata.GetMetadata<PortalMark>() is null))
        {
            foreach (var method in route.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods)
            {
                var name = $"{method} /{route.RoutePattern.RawText!.Trim('/')}";
                Assert.True(operations.TryGetValue(name, out var operation), $"{name} is not in the document");
                Assert.True(operation.IsOpen == route.Metadata.GetMetadata<IAllowAnonymous>() is not null, $"{name}: security is not as the route says");
            }
        }
    }

    [Fact]
    public async Task A_linter_of_others_finds_nothing()
    {
        await using var gateway = await TestGateway.StartAsync();
        var folder = Folder();
        var file = Path.Combine(gateway.Folder, "openapi.json");
        await File.WriteAllTextAsync(file, await NormalisedAsync(gateway));
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            var (installed, said) = await RunAsync("npm", folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            Assert.True(installed == 0, said);
        }
        var (code, findings) = await RunAsync("npx", folder, "--no-install", "redocly", "lint", file, "--config", "redocly.yaml", "--format", "stylish");
        Assert.True(code == 0, findings);
    }

    private static IEnumerable<string> Faults(ApiOperation operation)
    {
        var (json, answers) = (operation.Json, operation.Responses);
        if (operation.Id.Length == 0)
        {
            yield return $"{operation}: no operationId";
        }
        if (json["summary"]?.GetValue<string>() is not { Length: > 0 })
        {
            yield return $"{operation}: no summary";
        }
        if (
            json["tags"] is not JsonArray { Count: > 0 } tags
            || tags.Any(t => t!.ToString().StartsWith("Entitlements", StringComparison.Ordinal) && t.ToString() != "Entitlements")
        )
        {
            yield return $"{operation}: no tag";
        }
        if (!answers.Any(a => a.Key is ['2', _, _]) && operation.Id != "PutDeviceKey")
        {
            yield return $"{operation}: says nothing of success";
        }
        foreach (var (status, answer) in answers.Where(a => a.Key is ['4' or '5', _, _] or "default"))
        {
            if (
                operation.Method != "HEAD"
                && answer!["content"]?["application/problem+json"] is null
                && !(operation.Id == "IntrospectEntitlement" && status == "400")
            )
            {
                yield return $"{operation}: {status} is no problem";
            }
        }
        if (!answers.ContainsKey("default"))
        {
            yield return $"{operation}: no default problem";
        }
        foreach (var parameter in (json["parameters"] as JsonArray ?? []).Where(p => p!["schema"] is null))
        {
            yield return $"{operation}: parameter {parameter!["name"]} has no schema";
        }
    }

    /// <summary>With the server's address taken out: it is another on each run.</summary>
    private static async Task<string> NormalisedAsync(TestGateway gateway)
    {
        using var http = gateway.Anonymous();
        var root = (await ApiDocument.ReadAsync(http)).Root;
        root["servers"]![0]!["url"] = "https://gateway.example";
        return root.ToJsonString(Shown) + "\n";
    }

    private static async Task<(int Code, string Said)> RunAsync(string command, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["REDOCLY_TELEMETRY"] = "off";
        start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
