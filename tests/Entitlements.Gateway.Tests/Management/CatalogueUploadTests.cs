using System.Net;
using System.Net.Http.Json;
using Entitlements.Edge.Artifacts;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Management;

public sealed class CatalogueUploadTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_upload_goes_on_where_it_stopped_and_becomes_a_checked_artifact(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        using var owner = gateway.As("north-app-owner");
        var file = CatalogueActs.Bytes(2_500_000);
        var upload = await owner.OpenUploadAsync(file);
        await (await owner.SendAsync(upload, file, 0, 1_000_000)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("1000000", await OffsetAsync(owner, upload));
        Assert.Equal("upload_offset", await (await owner.SendAsync(upload, file, 900_000, file.Length)).CodeAsync(HttpStatusCode.Conflict)); // overlaps
        Assert.Equal("upload_offset", await (await owner.SendAsync(upload, file, 1_100_000, file.Length)).CodeAsync(HttpStatusCode.Conflict)); // leaves a gap
        var done = await (await owner.SendAsync(upload, file, 1_000_000, file.Length)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)done["complete"]!);
        Assert.Equal("2500000", await OffsetAsync(owner, upload));

        var sha256 = (string)done["sha256"]!;
        Assert.Equal(file, await File.ReadAllBytesAsync(Path.Combine(gateway.Folder, "artifacts", sha256[..2], sha256)));
        var artifact = await gateway.InDatabaseAsync(db => db.Artifacts.SingleAsync(a => a.Sha256 == sha256));
        Assert.True(BlockDigests.TryCreate(artifact.Blocks, artifact.Size, out var blocks));
        Assert.True(blocks.Matches(2, file.AsSpan(2 * BlockDigests.BlockSize)));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Nobody_but_who_opened_it_can_write_to_it_or_tell_that_it_is_there(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddPersonAsync("north", "north-app-owner-2", "app-owner");
        using var owner = gateway.As("north-app-owner");
        var file = CatalogueActs.Bytes(100);
        var upload = await owner.OpenUploadAsync(file);
        foreach (var other in new[] { "north-app-owner-2", "south-app-owner" })
        {
            using var http = gateway.As(other);
            Assert.Equal("not_found", await (await http.SendAsync(upload, file, 0, 100)).CodeAsync(HttpStatusCode.NotFound));
            Assert.Equal("not_found", await (await http.SendAsync("upl_00000000000000000000000000000000", file, 0, 100)).CodeAsync(HttpStatusCode.NotFound));
        }
        Assert.Equal("0", await OffsetAsync(owner, upload));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Bytes_that_are_not_what_was_announced_are_dropped(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        using var owner = gateway.As("north-app-owner");
        var file = CatalogueActs.Bytes(5000);
        var upload = await owner.OpenUploadAsync(file);
        var other = CatalogueActs.Bytes(5000, seed: 2);
        Assert.Equal("digest_mismatch", await (await owner.SendAsync(upload, other, 0, 5000)).CodeAsync(HttpStatusCode.UnprocessableEntity));
        await (await owner.SendAsync(upload, file, 0, 5000)).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.False(await gateway.InDatabaseAsync(db => db.Artifacts.AnyAsync()));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(gateway.Folder, "artifacts"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Too_large_a_file_too_many_files_and_ranges_that_lie_are_refused()
    {
        await using var gateway = await TestGateway.StartAsync(null, ("Uploads:Limit", "5000"), ("Uploads:OpenPerTenant", "2"), ("Uploads:Spare", "0"));
        using var owner = gateway.As("north-app-owner");
        var file = CatalogueActs.Bytes(1000);
        var sha256 = new string('a', 64);
        Assert.Equal(
            "too_large",
            await (await owner.PostAsJsonAsync("/v1/uploads", new { sha256, size = 5001 })).CodeAsync(HttpStatusCode.RequestEntityTooLarge)
        );
        await (await owner.PostAsJsonAsync("/v1/uploads", new { sha256, size = 0 })).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (await owner.PostAsJsonAsync("/v1/uploads", new { sha256 = "../../etc/passwd", size = 1 })).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (
            await owner.PostAsJsonAsync(
                "/v1/uploads",
                new
                {
                    sha256,
                    size = 1,
                    tenant = "south",
                }
            )
        ).ShouldBeAsync(HttpStatusCode.NotFound);

        var upload = await owner.OpenUploadAsync(file);
        await owner.OpenUploadAsync(file);
        Assert.Equal("too_many_uploads", await (await owner.PostAsJsonAsync("/v1/uploads", new { sha256, size = 1 })).CodeAsync(HttpStatusCode.Conflict));
        foreach (var range in new[] { null, "bytes 0-998/999", "bytes 0-499/1000", "bytes */1000", "bytes 0-1000/1000", "items 0-999/1000" })
        {
            using var body = new ByteArrayContent(file);
            body.Headers.TryAddWithoutValidation("Content-Range", range ?? "");
            Assert.Equal("invalid_content_range", await (await owner.PutAsync($"/v1/uploads/{upload}", body)).CodeAsync(HttpStatusCode.BadRequest));
        }
        Assert.Equal("0", await OffsetAsync(owner, upload));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_release_is_published_by_a_vote_and_never_changes_its_bytes(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        using var owner = gateway.As("north-app-owner");
        await (await owner.PutAsync("/v1/apps/notebook", CatalogueActs.App())).ShouldBeAsync(HttpStatusCode.OK);
        var (first, second) = (await owner.UploadAsync(CatalogueActs.Bytes(1000)), await owner.UploadAsync(CatalogueActs.Bytes(1000, seed: 2)));
        foreach (
            var name in new[] { "../../etc/passwd", "..\\x.apk", "C:x.apk", "CON.apk", ".hidden", "x.apk.", "a\u202Egpk.apk", "a\r\nb.apk", "\\\\host\\x" }
        )
        {
            await (await Release(first, name)).ShouldBeAsync(HttpStatusCode.BadRequest);
        }
        var proposed = await Release(first, "notebook.apk");
        Assert.Equal("draft", await StateAsync());
        Assert.Equal("release_differs", await (await Release(second, "notebook.apk")).CodeAsync(HttpStatusCode.Conflict));
        await gateway.PublishAsync(proposed, "north-approver-1");
        Assert.Equal("published", await StateAsync());
        Assert.Equal("release_published", await (await Release(first, "notebook.apk")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("upload_unknown", await (await Release("upl_none", "notebook.apk")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Single((await (await owner.GetAsync("/v1/apps/notebook/releases")).ShouldBeAsync(HttpStatusCode.OK))["items"]!.AsArray());
        using var south = gateway.As("south-app-owner");
        await (
            await south.PostAsJsonAsync(
                "/v1/apps/notebook/releases",
                new
                {
                    upload = first,
                    version = "2.0",
                    platform = "windows",
                }
            )
        ).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await south.GetAsync("/v1/apps/notebook/releases")).ShouldBeAsync(HttpStatusCode.NotFound);

        Task<HttpResponseMessage> Release(string upload, string name) =>
            owner.PostAsJsonAsync(
                "/v1/apps/notebook/releases",
                new
                {
                    upload,
                    version = "1.0",
                    platform = "windows",
                    file_name = name,
                }
            );
        async Task<string> StateAsync() =>
            (string)(await (await owner.GetAsync("/v1/apps/notebook/releases/1.0/windows")).ShouldBeAsync(HttpStatusCode.OK))["state"]!;
    }

    private static async Task<string> OffsetAsync(HttpClient http, string upload)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/v1/uploads/{upload}");
        using var response = await http.SendAsync(request);
        return response.Headers.GetValues("Upload-Offset").Single();
    }
}
