using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>A role with an app, somebody on duty, and somebody who may break the glass.</summary>
internal sealed record Scene(RequestWorld World, string Role, string App, string Rota, string Pool, string OnDuty, string Named)
{
    public static async Task<Scene> SetAsync(RequestWorld world, string device = "none")
    {
        using var admin = world.As("north-role-admin");
        var (pool, rota, app) = (world.New("pool"), world.New("rota"), world.New("app"));
        await (await admin.PutAsync($"/v1/tenants/north/roles/{pool}", new { name = pool })).ShouldBeAsync(HttpStatusCode.OK);
        var (onDuty, named) = (await world.PersonAsync(pool), await world.PersonAsync(pool));
        await world.Gateway.InDatabaseAsync(async db =>
        {
            db.Rotas.Add(
                new()
                {
                    Tenant = "north",
                    Id = rota,
                    Name = rota,
                    Role = pool,
                    TimeZone = "Europe/London",
                }
            );
            db.RotaShifts.Add(
                new()
                {
                    Tenant = "north",
                    Rota = rota,
                    SubjectKey = await db.Subjects.Where(s => s.Id == onDuty).Select(s => s.Key).SingleAsync(),
                    NotBefore = world.Clock.GetUtcNow().AddHours(-1),
                    NotAfter = world.Clock.GetUtcNow().AddDays(30),
                    Source = ShiftSource.Admin,
                }
            );
            await db.SaveChangesAsync();
        });
        var policy = RequestWorld.Policy();
        policy["urgent"] = JsonNode.Parse($$"""{"rota":"{{rota}}","longest_grant":"PT12H","escalation":[{"role":"approver"}]}""");
        policy["break_glass"] = JsonNode.Parse($$"""{"roles":["{{pool}}"],"longest_grant":"PT10H","reviewers":[{"role":"approver"}]}""");
        var role = await world.RoleAsync(policy);
        await world.Gateway.OpenAppAsync(app, role);
        var scene = new Scene(world, role, app, rota, pool, onDuty, named);
        await scene.RuleAsync(device);
        return scene;
    }

    public Task<HttpResponseMessage> AskAsync(string person, object? more = null)
    {
        var body = JsonNode.Parse($$"""{"resource":{"type":"app","id":"{{App}}"},"reason":"somebody is on a bridge","urgency":"urgent"}""")!.AsObject();
        foreach (var (member, value) in System.Text.Json.JsonSerializer.SerializeToNode(more ?? new { })!.AsObject().ToList())
        {
            body[member] = value?.DeepClone();
        }
        return World.AskAsync(person, body);
    }

    public async Task<string> AskedAsync(string person, object? more = null) =>
        (string)(await (await AskAsync(person, more)).ShouldBeAsync(HttpStatusCode.Created))["request"]!;

    public Task<HttpResponseMessage> BreakAsync(string person, string phone, string? ticket = "INC-1") =>
        AskAsync(
            person,
            new
            {
                urgency = "break_glass",
                ticket,
                device = new { id = phone, serial = $"{phone}-serial" },
            }
        );

    /// <summary>What the person hears who asks for the app: the headline's code; empty where it is allowed.</summary>
    public async Task<string> HearsAsync(string person, string? phone = null)
    {
        using var http = World.As(person);
        var (subject, action, resource) = (new { type = "user", id = person }, new { name = "download" }, new { type = "app", id = App });
        object question = phone is null
            ? new
            {
                subject,
                action,
                resource,
            }
            : new
            {
                subject,
                action,
                resource,
                context = new { device = new { id = phone } },
            };
        var answer = await (await http.PostAsJsonAsync("/access/v1/evaluation", question)).ShouldBeAsync(HttpStatusCode.OK);
        return string.Join(' ', answer["context"]!["reasons"]?.AsArray().Select(r => (string)r!["code"]!) ?? []);
    }

    /// <summary>Who was told of it by an urgent message.</summary>
    public Task<List<string>> ToldAsync(string request) =>
        World.Gateway.InDatabaseAsync(db =>
            db.PersonMessages.Where(m => m.Reference == request && m.Urgent).Select(m => db.Subjects.Single(s => s.Key == m.SubjectKey).Id).ToListAsync()
        );

    public async Task GuideAsync()
    {
        using var owner = World.As("north-app-owner");
        await World.Gateway.PublishAsync(
            await owner.PutAsync(
                $"/v1/apps/{App}/guidance/north",
                new
                {
                    version = 1,
                    en = "Only for negotiators.",
                    cy = "I drafodwyr yn unig.",
                }
            ),
            "north-approver-1"
        );
    }

    /// <summary>A high-risk app with an assessment that is good until then.</summary>
    public Task AssessAsync(DateTimeOffset until) =>
        World.Gateway.InDatabaseAsync(async db =>
        {
            (await db.Apps.SingleAsync(a => a.Id == App && a.Type == "app")).HighRisk = true;
            db.Assessments.Add(
                new()
                {
                    App = App,
                    Tenant = "north",
                    Outcome = Entitlements.Gateway.Catalogue.AssessmentOutcome.Approved,
                    InForceUntil = until,
                    Grace = TimeSpan.Zero,
                }
            );
            await db.SaveChangesAsync();
        });

    private Task RuleAsync(string device) =>
        World.Gateway.InDatabaseAsync(db =>
            db.Rules.Where(r => r.App == App && r.Tenant == "north")
                .ExecuteUpdateAsync(r => r.SetProperty(u => u.Device, Enum.Parse<Entitlements.Engine.Decisions.DeviceCondition>(device, true)))
        );
}
