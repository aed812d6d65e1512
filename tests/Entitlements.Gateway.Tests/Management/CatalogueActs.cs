using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>What the catalogue's officers do, over HTTP.</summary>
internal static class CatalogueActs
{
    public static object App(string owner = "north", string name = "Call recorder", bool highRisk = false, string visibility = "listed") =>
        new
        {
            name,
            owner,
            high_risk = highRisk,
            visibility,
        };

    /// <summary>All that an assessment has to say.</summary>
    public static object Record(string owner = "north-app-owner", string? screening = null) =>
        new
        {
            owner,
            regime = "law-enforcement",
            purpose = "Negotiating with people who hold hostages.",
            data = "Voices of everyone on the line.",
            risks = "Calls of people who have nothing to do with it.",
            measures = "A phone of its own.",
            screening,
        };

    public static Task<HttpResponseMessage> DeleteAsync(this HttpClient http, string path, string seen) => http.WriteAsync(HttpMethod.Delete, path, etag: seen);

    public static async Task<HttpResponseMessage> VoteAsync(this TestGateway gateway, string change, string voter, string vote = "approve")
    {
        using var http = gateway.As(voter);
        return await http.VoteAsync(change, vote);
    }

    /// <summary>Takes a proposed write to its end by the votes of <paramref name="voters"/>.</summary>
    public static async Task PublishAsync(this TestGateway gateway, HttpResponseMessage proposed, params string[] voters)
    {
        var change = await proposed.ChangeAsync();
        JsonNode? last = null;
        foreach (var voter in voters)
        {
            last = await (await gateway.VoteAsync(change, voter)).ShouldBeAsync(HttpStatusCode.OK);
        }
        Assert.Equal("published", (string)last!["state"]!);
    }

    /// <summary>Takes a change to its end, by whomever it asks.</summary>
    public static async Task FinishAsync(this TestGateway gateway, string change)
    {
        var last = await (await gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        if ((string)last["state"]! == "proposed")
        {
            last = await (await gateway.VoteAsync(change, "north-dpo")).ShouldBeAsync(HttpStatusCode.OK);
        }
        Assert.Equal("published", (string)last["state"]!);
    }

    public static Task AddRoleAsync(this TestGateway gateway, string tenant, string role, bool sensitive = false) =>
        gateway.InDatabaseAsync(async db =>
        {
            db.Roles.Add(
                new()
                {
                    Tenant = tenant,
                    Id = role,
                    Name = role,
                    Sensitive = sensitive,
                }
            );
            await db.SaveChangesAsync();
        });

    /// <summary>Some people without roles, so that a few holders are not everyone.</summary>
    public static Task AddCrowdAsync(this TestGateway gateway, string tenant, int people = 40, int from = 0) =>
        gateway.InDatabaseAsync(async db =>
        {
            db.Subjects.AddRange(
                Enumerable
                    .Range(from, people)
                    .Select(i => new Entitlements.Gateway.Assignments.SubjectRow
                    {
                        Tenant = tenant,
                        Issuer = gateway.Issuer.Authority,
                        Id = $"{tenant}-crowd-{i}",
                        Person = $"crowd-{tenant}-{i}",
                    })
            );
            await db.SaveChangesAsync();
        });

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static async Task<string> OpenUploadAsync(this HttpClient http, byte[] file) =>
        (string)
            (
                await (
                    await http.PostAsJsonAsync("/v1/uploads", new { sha256 = Convert.ToHexStringLower(SHA256.HashData(file)), size = file.Length })
                ).ShouldBeAsync(HttpStatusCode.Created)
            )["id"]!;

    public static async Task<HttpResponseMessage> SendAsync(this HttpClient http, string upload, byte[] file, int from, int to)
    {
        using var part = new ByteArrayContent(file[from..to]);
        part.Headers.ContentRange = new ContentRangeHeaderValue(from, to - 1, file.Length);
        return await http.PutAsync($"/v1/uploads/{upload}", part);
    }

    public static async Task<string> UploadAsync(this HttpClient http, byte[] file)
    {
        var upload = await http.OpenUploadAsync(file);
        await (await http.SendAsync(upload, file, 0, file.Length)).ShouldBeAsync(HttpStatusCode.OK);
        return upload;
    }

    /// <summary>A published app of north that a role of it may have, on any device.</summary>
    public static async Task OpenAppAsync(this TestGateway gateway, string app, string role, byte[]? file = null)
    {
        using var owner = gateway.As("north-app-owner");
        await (await owner.PutAsync($"/v1/apps/{app}", App(name: app))).ShouldBeAsync(HttpStatusCode.OK);
        var upload = await owner.UploadAsync(file ?? Bytes(1000));
        await gateway.PublishAsync(
            await owner.PostAsJsonAsync(
                $"/v1/apps/{app}/releases",
                new
                {
                    upload,
                    version = "1.0",
                    platform = "windows",
                    file_name = $"{app}.apk",
                }
            ),
            "north-approver-1"
        );
        var rule = await owner.PutAsync($"/v1/apps/{app}/rules/north", new { roles = new[] { role }, device = "none" });
        await gateway.FinishAsync(await rule.ChangeAsync());
    }

    /// <summary>What the store page of a person of north says of an app: its standing, or null where it is not listed.</summary>
    public static async Task<JsonNode?> ListingAsync(this TestGateway gateway, string subject, string app)
    {
        using var http = gateway.As(subject);
        var page = await (await http.PostAsJsonAsync("/v1/catalogue", new { subject = new { type = "user", id = subject } })).ShouldBeAsync(HttpStatusCode.OK);
        return page["items"]!.AsArray().SingleOrDefault(i => (string)i!["app"]! == app);
    }

    public static async Task<string?> StandingAsync(this TestGateway gateway, string subject, string app) =>
        (string?)(await gateway.ListingAsync(subject, app))?["standing"];
}
