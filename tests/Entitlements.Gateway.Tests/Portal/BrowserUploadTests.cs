using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Portal;

/// <summary>Files on their way from a browser: by nobody else's hand, and not from another site.</summary>
public sealed class BrowserUploadTests
{
    private const string Token = "__RequestVerificationToken";
    private static readonly Uri Form = new("/apps/recorder/releases/file", UriKind.Relative);
    private static readonly Uri Uploads = new("/uploads", UriKind.Relative);

    [Trait("Abuse", "71")]
    [Fact]
    public async Task A_form_without_its_token_from_another_site_or_that_is_none_leaves_nothing()
    {
        await using var gateway = await StartAsync();
        using var browser = await OnPageAsync(gateway);
        var token = browser.Hidden().ToDictionary()[Token];
        foreach (
            var (content, headers) in new (HttpContent, (string, string)[])[]
            {
                (FileForm(token: null), []),
                (FileForm("forged"), []),
                (FileForm(token), [("Sec-Fetch-Site", "cross-site")]),
                (FileForm(token, field: new('x', 5000)), []),
                (new FormUrlEncodedContent([new(Token, token)]), []),
                (Broken(token), []),
            }
        )
        {
            using var answer = await browser.SendAsync(HttpMethod.Post, Form, content, headers);
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest || answer.Headers.Location is not null, $"{answer.StatusCode}");
            Assert.DoesNotContain("upload=", answer.Headers.Location?.ToString() ?? "", StringComparison.Ordinal);
            content.Dispose();
        }
        Assert.False(await gateway.InDatabaseAsync(db => db.Uploads.AnyAsync()));

        using var whole = FileForm(token);
        using var taken = await browser.SendAsync(HttpMethod.Post, Form, whole);
        Assert.Contains("?upload=upl_", taken.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.True(await gateway.InDatabaseAsync(db => db.Uploads.AnyAsync(u => u.CompletedAt != null && u.Size == 1000)));
    }

    [Trait("Abuse", "71")]
    [Fact]
    public async Task A_slice_needs_the_pages_token_and_an_upload_of_ones_own()
    {
        await using var gateway = await StartAsync();
        using var browser = await OnPageAsync(gateway);
        var token = browser.Hidden().ToDictionary()[Token];
        using var forged = await browser.SendAsync(HttpMethod.Post, Uploads, Opening());
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        using var opened = await browser.SendAsync(HttpMethod.Post, Uploads, Opening(), ("X-Portal-Request", token));
        Assert.Equal(HttpStatusCode.Created, opened.StatusCode);
        var upload = new Uri(opened.Headers.Location!.ToString()[3..], UriKind.Relative); // as the API names it, without /v1

        using var other = await gateway.OnPortalAsync("north-dpo");
        using var page = await other.GoAsync("/");
        using var theirs = await other.SendAsync(HttpMethod.Put, upload, Slice(), ("X-Portal-Request", other.Hidden().ToDictionary()[Token]));
        Assert.Equal(HttpStatusCode.Forbidden, theirs.StatusCode);
        using var borrowed = await other.SendAsync(HttpMethod.Put, upload, Slice(), ("X-Portal-Request", token));
        Assert.Equal(HttpStatusCode.BadRequest, borrowed.StatusCode); // the token of another person's page
        using var own = await browser.SendAsync(HttpMethod.Put, upload, Slice(), ("X-Portal-Request", token));
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.Equal("1000", own.Headers.GetValues("Upload-Offset").Single());
    }

    private static async Task<TestGateway> StartAsync()
    {
        var gateway = await TestGateway.StartAsync(postgres: null, PortalSessions.Settings);
        await gateway.AddCrowdAsync("north");
        await gateway.AddRoleAsync("north", "constable");
        using var owner = gateway.As("north-app-owner");
        await (await owner.PutAsync("/v1/apps/recorder", CatalogueActs.App())).ShouldBeAsync(HttpStatusCode.OK);
        return gateway;
    }

    private static async Task<PlainBrowser> OnPageAsync(TestGateway gateway)
    {
        var browser = await gateway.OnPortalAsync("north-app-owner");
        using var page = await browser.GoAsync("/apps/recorder/releases/new");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        return browser;
    }

    private static MultipartFormDataContent FileForm(string? token, string? field = null)
    {
        var form = new MultipartFormDataContent();
        if (token is not null)
        {
            form.Add(new StringContent(token), Token);
        }
        if (field is not null)
        {
            form.Add(new StringContent(field), "field");
        }
        form.Add(new ByteArrayContent(CatalogueActs.Bytes(1000)), "file", "recorder.apk");
        return form;
    }

    /// <summary>Ends in the middle of the file.</summary>
    private static ByteArrayContent Broken(string token)
    {
        using var form = FileForm(token);
        using var bytes = new MemoryStream();
        form.CopyTo(bytes, null, default);
        var content = new ByteArrayContent(bytes.ToArray()[..^200]);
        content.Headers.ContentType = form.Headers.ContentType;
        return content;
    }

    private static StringContent Opening() => new("""{"size":1000,"tenant":"north"}""", System.Text.Encoding.UTF8, "application/json");

    private static ByteArrayContent Slice()
    {
        var content = new ByteArrayContent(CatalogueActs.Bytes(1000));
        content.Headers.ContentRange = new(0, 999, 1000);
        return content;
    }
}
