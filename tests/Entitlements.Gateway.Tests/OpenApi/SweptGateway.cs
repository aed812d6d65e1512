using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Publications;
using Entitlements.Gateway.Refusals;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Telling.Webhooks;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.OpenApi;

/// <summary>
/// A gateway in whose tenant <c>north</c> there is one of everything that a path can name, and whose <c>south</c> has a client and a person with every scope and function there is.
/// Shared by the sweeps; none of them may change it.
/// </summary>
public sealed class SweptGateway : IAsyncLifetime
{
    private const string Sha256 = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal)
    {
        ["tenant"] = "north",
        ["app"] = "recorder",
        ["version"] = "1.0",
        ["platform"] = "android",
        ["role"] = "negotiator",
        ["subject"] = "officer",
        ["device"] = "phone",
        ["client"] = "north-all",
        ["type"] = "record",
        ["source"] = "training",
        ["to"] = "officer",
        ["webhook"] = "hook",
        ["delivery"] = "msg_north",
        ["rota"] = "duty",
        ["shift"] = "1",
        ["swap"] = "1",
        ["exercise"] = "north-exercise-swept",
        ["home"] = "south",
        ["aid"] = "aid_north",
        ["file"] = Sha256,
    };

    private long _lodger;

    /// <summary>A request that the client of north filed.</summary>
    private string _task = "";

    internal TestGateway Gateway { get; private set; } = null!;
    internal ApiDocument Document { get; private set; } = null!;

    /// <summary>Operations of the document with the permit that stands on the route; null where it is open.</summary>
    internal IReadOnlyList<(ApiOperation Operation, Permit? Permit)> Operations { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Gateway = await TestGateway.StartAsync(null, ("RateLimits:AnonymousPerSecond", "100000"), ("Logging:LogLevel:Default", "Error"));
        foreach (var tenant in new[] { "north", "south" })
        {
            string[] all = [.. Function.OfTenant.Select(f => $"{tenant}/{f}")];
            await Gateway.AddPersonAsync(tenant, $"{tenant}-everyone", [.. Function.OfTenant]);
            await Gateway.RegisterClientAsync($"{tenant}-all", [tenant], [.. Scopes.All]);
            await Gateway.InDatabaseAsync(db =>
                db.Clients.Where(c => c.ClientId == tenant + "-all")
                    .ExecuteUpdateAsync(set => set.SetProperty(c => c.Functions, [.. all]).SetProperty(c => c.Person, $"person-of-{tenant}-client"))
            );
        }
        await Gateway.AddPersonAsync("north", "bystander");
        _lodger = await Gateway.AddPersonAsync("north", "lodger");
        Directory.CreateDirectory(Path.Combine(Gateway.Folder, "artifacts"));
        await FillAsync();
        using var http = Gateway.Anonymous();
        Document = await ApiDocument.ReadAsync(http);
        var permits = Gateway
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(s => s.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IEndpointNameMetadata>() is not null)
            .ToDictionary(e => e.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName, e => e.Metadata.GetMetadata<Permit>(), StringComparer.Ordinal);
        Operations = [.. Document.Operations.Select(o => (o, permits.GetValueOrDefault(o.Id)))];
    }

    public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();

    /// <summary>Somebody whom the permit lets in, of <paramref name="tenant"/> where that matters.</summary>
    internal HttpClient Permitted(Permit? permit, string tenant = "north") =>
        permit switch
        {
            null => Gateway.Anonymous(),
            { Scope: not null and not (Scopes.Manage or Scopes.ReadAudit) } => Gateway.AsClient($"{tenant}-all", [.. Scopes.All]),
            { AnyPerson: true } => Gateway.As($"{tenant}-everyone"),
            _ when permit.Functions.Intersect(Function.OfTenant).Any() => Gateway.As($"{tenant}-everyone"),
            _ => Gateway.As("platform-admin-1"),
        };

    /// <summary>The id that <c>north</c> has for a parameter of the operation.</summary>
    internal string IdOf(ApiOperation operation, string parameter) =>
        parameter switch
        {
            "request" when operation.Path.StartsWith("/access/", StringComparison.Ordinal) => _task,
            "id" when operation.Path.Contains("/uploads/", StringComparison.Ordinal) => "up_north",
            "id" when operation.Path.Contains("/entitlements/", StringComparison.Ordinal) => "ent_north",
            "id" => "0123456789abcdef0123456789abcdef",
            _ => _ids[parameter],
        };

    /// <summary>An id of the same look that nothing has.</summary>
    internal static string Unknown(string parameter) =>
        parameter switch
        {
            "id" => "fedcba9876543210fedcba9876543210",
            "change" => "chg_nothing",
            "request" => "req_nothing",
            "review" => "rvw_nothing",
            _ => "nothing",
        };

    /// <summary>A body that gets through binding where there is one at all.</summary>
    internal JsonNode? BodyOf(ApiOperation operation, string tenant = "north")
    {
        if (operation.Body is null)
        {
            return null;
        }
        JsonObject body = operation.Id switch
        {
            "Evaluate" or "EvaluateMany" or "IssueEntitlement" => (JsonObject)
                JsonNode.Parse("""{"subject":{"type":"user","id":"officer"},"action":{"name":"download"},"resource":{"type":"app","id":"recorder"}}""")!,
            "OpenUpload" => new JsonObject { ["sha256"] = Sha256, ["size"] = 4 },
            "ResolveSubject" => new JsonObject { ["upn"] = "officer@north.example" },
            "DecideReviewItems" => (JsonObject)JsonNode.Parse("""{"items":["rvw_nothing.1"],"decision":"keep","reason":"seen"}""")!,
            "VoteOnChange" => (JsonObject)JsonNode.Parse("""{"vote":"approve","hash":"0","audience":{"before":0,"after":0},"reason":"seen"}""")!,
            _ => Document.Example(operation.Body)!.AsObject(),
        };
        if (operation.Id == "PutApp")
        {
            body["owner"] = tenant;
        }
        return body;
    }

    /// <summary>Path of the operation with these ids.</summary>
    internal static string PathOf(ApiOperation operation, Func<string, string> id) =>
        operation.PathParameters.Aggregate(operation.Path, (path, name) => path.Replace($"{{{name}}}", id(name), StringComparison.Ordinal));

    internal static async Task<Answer> AskAsync(HttpClient http, ApiOperation operation, string path, HttpContent? body, string? ifMatch = "\"1\"")
    {
        using var request = new HttpRequestMessage(
            new(operation.Method),
            new Uri(http.BaseAddress!.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })
        )
        {
            Content = body,
        };
        if (ifMatch is not null && operation.Method is "PUT" or "DELETE" or "POST")
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }
        if (operation.Id == "ContinueUpload")
        {
            request.Content = new ByteArrayContent("data"u8.ToArray())
            {
                Headers = { ContentRange = new(0, 3, 4), ContentType = new("application/octet-stream") },
            };
        }
        if (operation.Id is "ImportHolders" or "PreviewImport" or "ReportHolders")
        {
            request.Content = new StringContent("subject\nofficer\n", new System.Net.Http.Headers.MediaTypeHeaderValue("text/csv"));
            request.RequestUri = new Uri($"{request.RequestUri!.AbsoluteUri}?until={TimeProvider.System.GetUtcNow().AddDays(9):yyyy-MM-dd}");
        }
        using var response = await http.SendAsync(request);
        return new((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    internal static HttpContent? Json(JsonNode? body) => body is null ? null : JsonContent.Create(body);

    /// <summary>Fails with every fault there is, one a line.</summary>
    internal static void Show(IReadOnlyCollection<string> faults) => Assert.True(faults.Count == 0, string.Join('\n', faults));

    /// <summary>Everything a write would move.</summary>
    internal Task<(long, int, int)> StateAsync() =>
        Gateway.InDatabaseAsync(async db =>
            (
                await db.Database.SqlQueryRaw<long>("select rev as \"Value\" from authz_rev").SingleAsync(),
                await db.Changes.CountAsync(),
                await db.AuditEvents.CountAsync()
            )
        );

    private async Task<string> AskedAsync(string person)
    {
        await Gateway.AddPersonAsync("north", person);
        using var http = Gateway.As(person);
        var asked = await http.PostAsJsonAsync("/v1/requests", new { role = "negotiator", reason = "on the rota" });
        return (string)(await asked.ShouldBeAsync(System.Net.HttpStatusCode.Created))["request"]!;
    }

    private async Task FillAsync()
    {
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
                    Visibility = Visibility.Hidden,
                }
            );
            db.ResourceTypes.Add(new() { Type = "record", Actions = ["read"] });
            db.Exercises.Add(
                new()
                {
                    Id = "north-exercise-swept",
                    Tenant = "north",
                    Name = "Drill",
                    Reason = "twice a year",
                    StartedBy = "machine:entitlements",
                    StartedAt = DateTimeOffset.UnixEpoch,
                    Until = DateTimeOffset.UnixEpoch.AddDays(1),
                    DeletedAt = DateTimeOffset.UnixEpoch.AddDays(1),
                    Copied = "{}",
                    Deleted = "{}",
                }
            );
            db.AccreditationSources.Add(
                new()
                {
                    Tenant = "north",
                    Id = "training",
                    Accreditations = ["refresher"],
                    ReportEvery = TimeSpan.FromDays(9999),
                }
            );
            db.Artifacts.Add(
                new()
                {
                    Sha256 = Sha256,
                    Size = 4,
                    Blocks = Convert.FromHexString(Sha256),
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
                }
            );
            db.Assessments.Add(
                new()
                {
                    App = "recorder",
                    Tenant = "north",
                    Outcome = AssessmentOutcome.Approved,
                    InForceUntil = DateTimeOffset.UnixEpoch.AddYears(99),
                }
            );
            db.Guidance.Add(
                new()
                {
                    App = "recorder",
                    Tenant = "north",
                    TextVersion = 1,
                    AcceptedFrom = 1,
                }
            );
            db.GuidanceTexts.Add(
                new()
                {
                    App = "recorder",
                    Tenant = "north",
                    TextVersion = 1,
                    English = "Mind",
                    Welsh = "Gofal",
                    Questions = "[]",
                    Substance = true,
                    PublishedAt = DateTimeOffset.UnixEpoch,
                }
            );
            db.Uploads.Add(
                new()
                {
                    Id = "up_north",
                    Tenant = "north",
                    CallerKey = $"person:{Gateway.Issuer.Authority}|north-everyone",
                    Sha256 = Sha256,
                    Size = 4,
                    CreatedAt = TimeProvider.System.GetUtcNow(),
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
        await Gateway.InDatabaseAsync(async db =>
        {
            db.Webhooks.Add(
                new()
                {
                    Tenant = "north",
                    Id = "hook",
                    Url = "https://hooks.example/",
                    Kinds = ["none.such"],
                    WrappedSecret = [],
                }
            );
            db.Deliveries.Add(
                new()
                {
                    Message = "msg_north",
                    Channel = Channel.Webhook,
                    Lane = WebhookRow.LaneOf("north", "hook"),
                    Tenant = "north",
                    Webhook = "hook",
                    Kind = "none.such",
                    Payload = "{}",
                    State = DeliveryState.Delivered,
                    At = DateTimeOffset.UnixEpoch.AddYears(99),
                    Since = DateTimeOffset.UnixEpoch.AddYears(99),
                    SettledAt = DateTimeOffset.UnixEpoch.AddYears(99),
                }
            );
            db.Rotas.Add(
                new()
                {
                    Tenant = "north",
                    Id = "duty",
                    Name = "Duty",
                    Role = "negotiator",
                    TimeZone = "Europe/London",
                }
            );
            await db.SaveChangesAsync();
            db.RotaShifts.Add(
                new()
                {
                    Id = 1,
                    Tenant = "north",
                    Rota = "duty",
                    SubjectKey = officer,
                    NotBefore = TimeProvider.System.GetUtcNow(),
                    NotAfter = TimeProvider.System.GetUtcNow().AddDays(1),
                    Source = Entitlements.Gateway.Rotas.ShiftSource.Admin,
                }
            );
            await db.SaveChangesAsync();
            db.Devices.Add(
                new()
                {
                    Tenant = "north",
                    Id = "phone",
                    Kind = DeviceKind.Personal,
                    SubjectKey = officer,
                }
            );
            var (release, assignment) = (await db.Releases.SingleAsync(), await db.Assignments.SingleAsync(a => a.Role == "negotiator"));
            db.Entitlements.Add(
                new()
                {
                    Id = "ent_north",
                    Tenant = "north",
                    SubjectKey = officer,
                    App = "recorder",
                    Release = release.Key,
                    ClientIssuer = Gateway.Issuer.Authority,
                    ClientId = "north-all",
                    Assignment = assignment.Id,
                    Revision = 0,
                    IssuedAt = DateTimeOffset.UnixEpoch,
                    ExpiresAt = DateTimeOffset.UnixEpoch.AddYears(99),
                }
            );
            await db.SaveChangesAsync();
        });
        await LendAsync();
        using var admin = Gateway.As("north-role-admin");
        await Gateway.PublishAsync(
            await admin.PutAsync("/v1/tenants/north/roles/negotiator/approval", Requests.RequestWorld.Policy()),
            "north-approver-1",
            "north-dpo"
        );
        _ids["request"] = await AskedAsync("cadet");
        _ids["reference"] = "0000-0000-0000";
        await Gateway.InDatabaseAsync(async db =>
        {
            db.AuditEvents.Add(
                new()
                {
                    Kind = ReferToDesk.Kind,
                    Tenant = "north",
                    Actor = "person:x|cadet",
                    Target = ReferToDesk.TargetOf("0000-0000-0000"),
                    Details = StoredJson.Write(new RefusalRecord(_lodger, "recorder", Device: null, ["role_not_held"], MayRequest: false)),
                    At = TimeProvider.System.GetUtcNow(),
                    Revision = 1,
                }
            );
            await db.SaveChangesAsync();
        });
        _task = await AskedAsync("constable");
        await Gateway.InDatabaseAsync(db =>
            db.AccessRequests.Where(r => r.Id == _task)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.FiledBy, $"client:{Gateway.Issuer.Authority}|north-all"))
        );
        var review = await admin.PostAsJsonAsync("/v1/reviews", new { role = "auditor", reason = "once a year" });
        _ids["review"] = (string)(await review.ShouldBeAsync(System.Net.HttpStatusCode.Created))["review"]!;
        _ids["change"] = await (await admin.PutAsync("/v1/tenants/north/subjects/newcomer", new { person = "N-1" })).ChangeAsync();
        await Gateway.InDatabaseAsync(async db =>
        {
            var app = await db.Apps.SingleAsync(a => a.Id == "recorder");
            db.AppDrafts.Add(
                new()
                {
                    App = app.Id,
                    Tenant = "north",
                    Content = StoredJson.Write(await AppDraft.OfAsync(db, app, "north")),
                }
            );
            db.Observations.Add(
                new()
                {
                    App = app.Id,
                    Tenant = "north",
                    Since = TimeProvider.System.GetUtcNow(),
                    Until = TimeProvider.System.GetUtcNow(),
                }
            );
            db.ReportedHolders.Add(
                new()
                {
                    App = app.Id,
                    Tenant = "north",
                    File = Sha256,
                    Line = 2,
                    Name = "nobody",
                }
            );
            db.Publications.Add( // as if it had been one of the app, and published
                new()
                {
                    Change = _ids["change"],
                    App = app.Id,
                    Tenant = "north",
                    At = DateTimeOffset.UnixEpoch,
                    Content = StoredJson.Write(await AppAsPublished.ReadAsync(db, app, "north", reached: 0)),
                    Reached = PublicationRow.Pack([]),
                }
            );
            await db.SaveChangesAsync();
        });
    }

    /// <summary>Aid by a force that is neither of the two, so that no caller of theirs has a hand in it.</summary>
    private Task LendAsync() =>
        Gateway.InDatabaseAsync(async db =>
        {
            db.Equivalents.Add(
                new()
                {
                    Tenant = "north",
                    Role = "negotiator",
                    Home = "south",
                    HomeRole = "lead",
                }
            );
            var until = TimeProvider.System.GetUtcNow().AddDays(9);
            db.Aids.Add(
                new()
                {
                    Id = "aid_north",
                    Host = "north",
                    Role = "negotiator",
                    Home = "east",
                    HomeRole = "lead",
                    SubjectKey = _lodger,
                    NotBefore = DateTimeOffset.UnixEpoch,
                    NotAfter = until,
                    Reason = "flood",
                }
            );
            db.Assignments.Add(
                new()
                {
                    Tenant = "north",
                    Role = "negotiator",
                    SubjectKey = _lodger,
                    Source = Entitlements.Gateway.Assignments.AssignmentSource.MutualAid,
                    NotBefore = DateTimeOffset.UnixEpoch,
                    NotAfter = until,
                    Origin = "aid_north",
                }
            );
            await db.SaveChangesAsync();
        });

    internal sealed record Answer(int Status, string? Type, string Body)
    {
        private static readonly string[] Volatile = ["traceId", "instance", "evaluation_id", "evaluated_at", "revision"];

        public bool IsProblem => Type == "application/problem+json" && Json?["type"]?.GetValue<string>() is { Length: > 0 };

        public JsonNode? Json => Body.Length > 0 && Type?.EndsWith("json", StringComparison.Ordinal) == true ? JsonNode.Parse(Body) : null;

        /// <summary>Status and body without what differs from one asking to the next.</summary>
        public string Essence => string.Create(CultureInfo.InvariantCulture, $"{Status} {Type} {Without(Json)?.ToJsonString() ?? Body}");

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Status} {(Body.Length > 300 ? Body[..300] : Body)}");

        private static JsonNode? Without(JsonNode? node)
        {
            var copy = node?.DeepClone();
            foreach (var member in copy is JsonObject here ? here.Select(m => m.Key).ToList() : [])
            {
                copy![member] = Without(copy[member]);
                if (Volatile.Contains(member))
                {
                    copy.AsObject().Remove(member);
                }
            }
            return copy;
        }
    }

    internal static ByteArrayContent Bytes(byte[] body, string? type = "application/json")
    {
        var content = new ByteArrayContent(body);
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        return content;
    }

    internal static ByteArrayContent Bytes(string body, string? type = "application/json") => Bytes(Encoding.UTF8.GetBytes(body), type);
}

[CollectionDefinition(nameof(SweptGateway))]
public sealed class SweptCollection : ICollectionFixture<SweptGateway>;
