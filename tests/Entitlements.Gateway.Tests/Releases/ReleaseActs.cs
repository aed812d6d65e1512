using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Demonstration;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Releases;

/// <summary>A high-risk app of north, <c>recorder</c>, its releases and what is assessed of it, over HTTP.</summary>
internal static class ReleaseActs
{
    public const string Microphone = "android.permission.RECORD_AUDIO";
    public const string CallLog = "android.permission.READ_CALL_LOG";
    public const string Internet = "android.permission.INTERNET";
    public const string Recorder = "uk.north.recorder";

    public static async Task<TestGateway> StartRecorderAsync(
        this PostgresServer postgres,
        string database,
        string? signer = null,
        string? package = Recorder,
        bool highRisk = true,
        string distribution = "artifact",
        Action<IServiceCollection>? services = null,
        params (string, string)[] settings
    )
    {
        var gateway = await postgres.StartGatewayAsync(services, database, settings);
        await gateway.AddRoleAsync("north", "constable");
        await gateway.AddPersonAsync("north", "constable", "constable");
        await gateway.AddCrowdAsync("north");
        using var owner = gateway.As("north-app-owner");
        await (
            await owner.PutAsync(
                "/v1/apps/recorder",
                new
                {
                    name = "Recorder",
                    owner = "north",
                    high_risk = highRisk,
                    person_proof = false,
                    visibility = "listed",
                    distribution,
                    package_id = package,
                    signer_digest = signer,
                }
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        return gateway;
    }

    public static byte[] Package(string version, params string[] capabilities) => DemonstrationPackage.Make(Recorder, version, capabilities, []);

    public static Task<HttpResponseMessage> ReleaseAsync(this HttpClient owner, string version, params string[] capabilities) =>
        owner.ReleaseAsync(version, Package(version, capabilities));

    /// <param name="file">Null: the bytes are elsewhere.</param>
    /// <param name="says">What the owner says that it can do; null: nothing.</param>
    public static async Task<HttpResponseMessage> ReleaseAsync(
        this HttpClient owner,
        string version,
        byte[]? file,
        string platform = "android",
        string[]? says = null
    ) =>
        await owner.PostAsJsonAsync(
            "/v1/apps/recorder/releases",
            new
            {
                upload = file is null ? null : await owner.UploadAsync(file),
                version,
                platform,
                capabilities = says,
            }
        );

    public static Task<JsonNode> ReadReleaseAsync(this HttpClient http, string version, string platform = "android") =>
        http.ReadAsync($"/v1/apps/recorder/releases/{version}/{platform}");

    public static async Task<string> StateAsync(this HttpClient http, string version) => (string)(await http.ReadReleaseAsync(version))["state"]!;

    public static async Task<HttpResponseMessage> ProposeAssessmentAsync(this TestGateway gateway, string tenant, params string[] covers)
    {
        using var owner = gateway.As($"{tenant}-app-owner");
        var path = $"/v1/apps/recorder/assessments/{tenant}";
        return await owner.PutAsync(
            path,
            new
            {
                outcome = "approved",
                in_force_until = Reviewed,
                covers,
                record = CatalogueActs.Record($"{tenant}-app-owner"),
                reason = "looked at",
            },
            (await owner.GetAsync(path)).Headers.ETag?.Tag
        );
    }

    /// <summary>The same for all, so that nothing but what is covered differs.</summary>
    private static DateTimeOffset Reviewed { get; } = TimeProvider.System.GetUtcNow().AddDays(100);

    /// <summary>Covers more than before, by the votes of the force's data protection officer and, as the app is high risk, an approver.</summary>
    public static async Task AssessAsync(this TestGateway gateway, string tenant, params string[] covers) =>
        await gateway.PublishAsync(await gateway.ProposeAssessmentAsync(tenant, covers), $"{tenant}-approver-1", $"{tenant}-dpo");

    /// <summary>The same for an app that is not high risk: the data protection officer alone.</summary>
    public static async Task CoverAsync(this TestGateway gateway, string tenant, params string[] covers) =>
        await gateway.PublishAsync(await gateway.ProposeAssessmentAsync(tenant, covers), $"{tenant}-dpo");

    /// <summary>Covers less than before, which acts at once.</summary>
    public static async Task NarrowAsync(this TestGateway gateway, string tenant, params string[] covers) =>
        await (await gateway.ProposeAssessmentAsync(tenant, covers)).ShouldBeAsync(HttpStatusCode.OK);

    public static async Task OpenRecorderAsync(this TestGateway gateway, string tenant, string role, params string[] voters)
    {
        using var owner = gateway.As($"{tenant}-app-owner");
        await gateway.PublishAsync(await owner.PutAsync($"/v1/apps/recorder/rules/{tenant}", new { roles = new[] { role }, device = "none" }), voters);
    }

    /// <summary>The release that the person would get; null: none.</summary>
    public static async Task<string?> CurrentAsync(this TestGateway gateway, string subject = "constable") =>
        (string?)(await gateway.ListingAsync(subject, "recorder"))!["release"]?["version"];

    /// <summary>Why the person may not have it, of the version named or the current one.</summary>
    public static async Task<IEnumerable<string>> ReasonsAsync(this TestGateway gateway, string? version = null, string subject = "constable")
    {
        using var http = gateway.As(subject);
        var answer = await (
            await http.PostAsJsonAsync(
                "/access/v1/evaluation",
                new
                {
                    subject = new { type = "user", id = subject },
                    action = new { name = "download" },
                    resource = new
                    {
                        type = "app",
                        id = "recorder",
                        properties = version is null ? (object)new { } : new { version },
                    },
                }
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        return (bool)answer["decision"]! ? [] : [.. answer["context"]!["reasons"]!.AsArray().Select(r => (string)r!["code"]!)];
    }
}
