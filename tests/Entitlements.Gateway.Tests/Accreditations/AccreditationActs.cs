using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Accreditations;

/// <summary>What a training system and a tenant's officers do about accreditations, over HTTP.</summary>
internal static class AccreditationActs
{
    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public static string Sources(string source) => $"/v1/tenants/north/accreditation-sources/{source}";

    /// <summary>A client that may speak for sources of north, once they are registered.</summary>
    public static async Task<HttpClient> AddFeedAsync(this TestGateway gateway, string client)
    {
        await gateway.RegisterClientAsync(client, ["north"], Scopes.Manage);
        await gateway.InDatabaseAsync(db =>
            db.Clients.Where(c => c.ClientId == client).ExecuteUpdateAsync(set => set.SetProperty(c => c.Functions, ["north/role-admin"]))
        );
        return gateway.AsClient(client, Scopes.Manage);
    }

    /// <summary>Registers a source by a change; without a client it is kept by hand.</summary>
    public static async Task RegisterAsync(this TestGateway gateway, string source, string? client, params string[] accreditations)
    {
        using var admin = gateway.As("north-role-admin");
        await gateway.PublishAsync(await admin.PutAsync(Sources(source), Source(client, accreditations)), "north-approver-1");
    }

    public static object Source(string? client, string[] accreditations, string reportEvery = "P1D") =>
        client is null
            ? new { accreditations, report_every = reportEvery }
            : new
            {
                client,
                accreditations,
                report_every = reportEvery,
            };

    public static object Item(string subject, string accreditation, DateTimeOffset until, DateTimeOffset? from = null) =>
        new
        {
            subject,
            accreditation,
            not_before = from,
            not_after = until,
        };

    public static Task<HttpResponseMessage> ReportAsync(
        this HttpClient feed,
        string source,
        string mode,
        IReadOnlyList<object> items,
        int? confirm = null,
        DateTimeOffset? asOf = null,
        string? key = null
    ) =>
        feed.WriteAsync(
            HttpMethod.Post,
            "/v1/accreditations",
            new
            {
                source,
                mode,
                complete_as_of = asOf ?? Now,
                items,
                confirm,
            },
            key: key
        );

    /// <summary>What the person hears who asks for the app themself.</summary>
    public static async Task<JsonNode> AskAsync(this TestGateway gateway, string subject, string app)
    {
        using var http = gateway.As(subject);
        var question = new
        {
            subject = new { type = "user", id = subject },
            action = new { name = "download" },
            resource = new { type = "app", id = app },
        };
        return await (await http.PostAsJsonAsync("/access/v1/evaluation", question)).ShouldBeAsync(HttpStatusCode.OK);
    }

    /// <summary><c>allowed</c>, or the headline of the refusal.</summary>
    public static async Task<string> HearsAsync(this TestGateway gateway, string subject, string app) =>
        await gateway.AskAsync(subject, app) is var answer && (bool)answer["decision"]! ? "allowed" : (string)answer["context"]!["reasons"]![0]!["code"]!;
}
