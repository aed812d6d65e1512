using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Releases;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>Uploads whose digest nobody knows when they begin, and files that come in one piece.</summary>
public sealed class WholeFileTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_digest_that_was_left_out_is_told_with_the_last_byte(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        using var owner = gateway.As("north-app-owner");
        var file = CatalogueActs.Bytes(3000);
        var opened = await (await owner.PostAsJsonAsync("/v1/uploads", new { size = file.Length })).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Null(opened["sha256"]);
        var id = (string)opened["id"]!;
        var half = await (await owner.SendAsync(id, file, 0, 1000)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Null(half["sha256"]);
        var done = await (await owner.SendAsync(id, file, 1000, 3000)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(file)), (string?)done["sha256"]);
        Assert.True((bool)done["complete"]!);
        var told = await (await owner.GetAsync($"/v1/uploads/{id}")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((string?)done["sha256"], (string?)told["sha256"]);
        Assert.Equal("upload_complete", await (await owner.DeleteAsync($"/v1/uploads/{id}")).CodeAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_whole_file_is_kept_and_read_and_one_that_is_no_package_says_so()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var owner = gateway.As("north-app-owner");
        var package = ReleaseActs.Package("1.0", ReleaseActs.Microphone);
        var sent = await (await SendAsync(owner, package)).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(package)), (string?)sent["sha256"]);
        Assert.Null(sent["reading"]);
        var read = await (await owner.PostAsync($"/v1/uploads/{sent["id"]}/reading", null)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("android", (string?)read["reading"]!["platform"]);
        Assert.Equal("1.0", (string?)read["reading"]!["package"]!["version"]);
        Assert.Equal(ReleaseActs.Microphone, (string?)Assert.Single(read["reading"]!["capabilities"]!.AsArray())!["name"]);

        var other = await (await SendAsync(owner, CatalogueActs.Bytes(500))).ShouldBeAsync(HttpStatusCode.Created);
        var unread = await (await owner.PostAsync($"/v1/uploads/{other["id"]}/reading", null)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.NotNull(unread["reading"]!["fault"]);
        Assert.Null(unread["reading"]!["package"]);

        Assert.Equal("file_empty", await (await SendAsync(owner, [])).CodeAsync(HttpStatusCode.BadRequest));
        using var south = gateway.As("south-app-owner");
        await (await south.GetAsync($"/v1/uploads/{sent["id"]}")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await south.PostAsync($"/v1/uploads/{sent["id"]}/reading", null)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await south.DeleteAsync($"/v1/uploads/{sent["id"]}")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_file_beyond_the_largest_is_refused_and_one_that_is_cancelled_leaves_nothing()
    {
        await using var gateway = await TestGateway.StartAsync(null, ("Uploads:Limit", "5000"), ("Uploads:Spare", "0"));
        using var owner = gateway.As("north-app-owner");
        await (await SendAsync(owner, CatalogueActs.Bytes(5001))).ShouldBeAsync(HttpStatusCode.RequestEntityTooLarge);
        var opened = await (await owner.PostAsJsonAsync("/v1/uploads", new { size = 4000 })).ShouldBeAsync(HttpStatusCode.Created);
        var id = (string)opened["id"]!;
        await (await owner.SendAsync(id, CatalogueActs.Bytes(4000), 0, 100)).ShouldBeAsync(HttpStatusCode.OK);
        using (var cancelled = await owner.DeleteAsync($"/v1/uploads/{id}"))
        {
            Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        }
        await (await owner.GetAsync($"/v1/uploads/{id}")).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.False(await gateway.InDatabaseAsync(db => db.Uploads.AnyAsync()));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(gateway.Folder, "artifacts"), "*", SearchOption.AllDirectories));
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient owner, byte[] file)
    {
        using var content = new ByteArrayContent(file);
        content.Headers.ContentType = new("application/octet-stream");
        return await owner.PostAsync("/v1/uploads/file", content);
    }
}
