using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Entitlements.Edge.Artifacts;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Recalls;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Issuance;

/// <summary>
/// A gateway with one high-risk app, <c>recorder</c> of <c>north</c>, for holders of <c>negotiator</c> on their own phone; <c>officer</c> holds it and
/// <c>bystander</c> does not. <c>store</c> issues and <c>south-store</c> is another force's.
/// </summary>
internal sealed class IssuingWorld : IAsyncDisposable
{
    private IssuingWorld(TestGateway gateway, byte[] file) => (Gateway, File) = (gateway, file);

    public TestGateway Gateway { get; }
    public byte[] File { get; }
    public string Sha256 { get; private set; } = "";
    public HttpClient Store => Gateway.AsClient("store", Scopes.Issue, Scopes.Redeem);
    public string StoredFile => Path.Combine(Gateway.Folder, "artifacts", Sha256[..2], Sha256);

    public static Task<IssuingWorld> StartAsync(PostgresServer postgres, string database, byte[]? file = null, params (string Key, string Value)[] settings) =>
        StartAsync(services: null, postgres, database, file, settings);

    public static async Task<IssuingWorld> StartAsync(
        Action<IServiceCollection>? services,
        PostgresServer postgres,
        string database,
        byte[]? file = null,
        params (string Key, string Value)[] settings
    )
    {
        var gateway = await postgres.StartGatewayAsync(services, database, settings);
        var world = new IssuingWorld(gateway, file ?? Bytes(3 * BlockDigests.BlockSize + 12345));
        await gateway.RegisterClientAsync("store", ["north"], Scopes.Issue, Scopes.Redeem);
        await gateway.RegisterClientAsync("south-store", ["south"], Scopes.Issue, Scopes.Redeem);
        await world.PublishAsync();
        return world;
    }

    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    private async Task PublishAsync()
    {
        var digested = await BlockDigests.ComputeAsync(new MemoryStream(File), default);
        Sha256 = digested.Sha256.Hex;
        Directory.CreateDirectory(Path.GetDirectoryName(StoredFile)!);
        await System.IO.File.WriteAllBytesAsync(StoredFile, File);
        await Gateway.InDatabaseAsync(async db =>
        {
            db.Roles.Add(
                new()
                {
                    Tenant = "north",
                    Id = "negotiator",
                    Name = "Negotiator",
                    Restricted = true,
                    Sensitive = true,
                }
            );
            db.Apps.Add(
                new()
                {
                    Type = "app",
                    Id = "recorder",
                    Skeleton = "recorder",
                    Owner = "north",
                    Name = "Recorder",
                    HighRisk = true,
                    PersonProof = true,
                }
            );
            db.Artifacts.Add(
                new()
                {
                    Sha256 = Sha256,
                    Size = digested.Size,
                    Blocks = digested.Blocks.Bytes.ToArray(),
                }
            );
            db.Rules.Add(
                new()
                {
                    Tenant = "north",
                    Type = "app",
                    App = "recorder",
                    Action = "download",
                    InForceUntil = DateTimeOffset.UnixEpoch.AddYears(99),
                    Roles = ["negotiator"],
                    Device = DeviceCondition.Known,
                }
            );
            db.Assessments.Add(
                new()
                {
                    App = "recorder",
                    Tenant = "north",
                    Outcome = AssessmentOutcome.Approved,
                    InForceUntil = TimeProvider.System.GetUtcNow().AddYears(1),
                }
            );
            db.Releases.Add(
                new()
                {
                    App = "recorder",
                    ReleaseVersion = "1.0",
                    Platform = "android",
                    Sha256 = Sha256,
                    FileName = "recorder.apk",
                    PublishedAt = DateTimeOffset.UnixEpoch,
                }
            );
            await db.SaveChangesAsync();
        });
        var officer = await Gateway.AddPersonAsync("north", "officer", "negotiator");
        await Gateway.AddPersonAsync("north", "bystander");
        await Gateway.InDatabaseAsync(async db =>
        {
            db.Devices.Add(
                new()
                {
                    Tenant = "north",
                    Id = "phone",
                    Kind = DeviceKind.Personal,
                    SubjectKey = officer,
                }
            );
            await db.SaveChangesAsync();
        });
    }

    public object Question(string person = "officer", string? proof = null, string app = "recorder") =>
        new
        {
            subject = new { type = "user", id = person },
            action = new { name = "download" },
            resource = new { type = "app", id = app },
            context = new { device = new { id = "phone" } },
            subject_token = proof ?? Gateway.Issuer.PersonToken(person),
        };

    public async Task<HttpResponseMessage> AskAsync(object? question = null, HttpClient? by = null, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/entitlements")
        {
            Content = System.Net.Http.Json.JsonContent.Create(question ?? Question()),
        };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }
        return await (by ?? Store).SendAsync(request);
    }

    public async Task<JsonNode> IssueAsync() => await (await AskAsync()).ShouldBeAsync(HttpStatusCode.Created);

    public async Task<string> TokenAsync() => (string)(await IssueAsync())["token"]!;

    public async Task<HttpResponseMessage> RedeemAsync(string token, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/downloads") { Content = System.Net.Http.Json.JsonContent.Create(new { token }) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }
        return await Gateway.Anonymous().SendAsync(request);
    }

    /// <summary>Issued and redeemed: the token and where its bytes are.</summary>
    public async Task<(string Token, Uri Url)> SessionAsync()
    {
        var token = await TokenAsync();
        var made = await (await RedeemAsync(token)).ShouldBeAsync(HttpStatusCode.Created);
        return (token, new Uri((string)made["url"]!));
    }

    public async Task<HttpResponseMessage> FetchAsync(Uri url, string token, long? from = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Range = from is { } first ? new RangeHeaderValue(first, null) : null;
        return await Gateway.Anonymous().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<JsonNode> IntrospectAsync(string token, string client = "store")
    {
        using var form = new FormUrlEncodedContent([new("token", token)]);
        var http = Gateway.AsClient(client, Scopes.Redeem);
        return await (await http.PostAsync("/v1/entitlements/introspect", form)).ShouldBeAsync(HttpStatusCode.OK);
    }

    /// <summary>Takes something away as the product does: under the revision's lock, with the tenant's guard raised.</summary>
    public async Task ReviseAsync(Func<EntitlementsDb, Task> change)
    {
        await using var scope = Gateway.Services.CreateAsyncScope();
        await scope
            .ServiceProvider.GetRequiredService<Writes>()
            .ReviseAsync(async write =>
            {
                await change(write.Db);
                write.Invalidate(Evidence.Tenant("north"));
                await write.RaiseGuardAsync("north");
                return 0;
            });
    }

    public Task BarAsync(Bars kind, bool releaseOnly = false) =>
        ReviseAsync(db =>
        {
            db.Bars.Add(
                new BarRow
                {
                    App = "recorder",
                    Release = releaseOnly ? db.Releases.Single(r => r.App == "recorder").Key : null,
                    Kind = kind,
                    Reason = "test",
                    By = "test",
                    At = DateTimeOffset.UnixEpoch,
                }
            );
            return Task.CompletedTask;
        });

    public Task EndAssignmentAsync() =>
        ReviseAsync(db =>
        {
            db.Assignments.RemoveRange(db.Assignments.Where(a => a.Role == "negotiator"));
            return Task.CompletedTask;
        });

    public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();
}
