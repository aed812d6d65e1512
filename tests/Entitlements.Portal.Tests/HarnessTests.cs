using Entitlements.Portal.Tests.Browser;
using Xunit.Sdk;

namespace Entitlements.Portal.Tests;

/// <summary>The means of these tests find what they are for: each fault planted here is named.</summary>
public sealed class HarnessTests(Browser.Portal portal)
{
    private const string Sound = """
        <main><h1>Planted</h1><p>Some words and <a href="/planted">a link</a> among them.</p>
        <p><button style="min-height: 44px; min-width: 44px">Press</button></p></main>
        """;

    [Fact]
    public async Task A_page_without_fault_passes()
    {
        await using var visitor = await OpenAsync(Sound);
        await Accessibility.CheckAsync(visitor.Page, "sound");
    }

    [Theory]
    [InlineData("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", "image-alt")]
    [InlineData("<button style='height: 30px; width: 60px'>Low</button>", "smaller than 44 pixels: 60 x 30")]
    [InlineData("<div style='width: 2000px; height: 10px'></div>", "scrolls sideways at 320 x 640", "scrolls sideways at 320 x 256")]
    [InlineData("<a id='bare' href='/x' style='outline: none; display: block; padding: 12px'>Bare</a>", "focus cannot be seen: <a id=\"bare\"")]
    [InlineData("<a id='left' href='/x' tabindex='-1' style='display: block; padding: 12px'>Left</a>", "Tab does not reach: <a id=\"left\"")]
    [InlineData("<ul style='font-size: 12px; line-height: 12px'><li><a href='/x'>One</a></li><li><a href='/y'>Two</a></li></ul>", "target-size")]
    public async Task A_planted_fault_is_named(string planted, params string[] named)
    {
        await using var visitor = await OpenAsync(Sound.Replace("</main>", planted + "</main>", StringComparison.Ordinal));
        var refused = await Assert.ThrowsAnyAsync<XunitException>(() => Accessibility.CheckAsync(visitor.Page, "planted"));
        Assert.StartsWith("planted:", refused.Message);
        Assert.All(named, fault => Assert.Contains(fault, refused.Message));
    }

    [Fact]
    public async Task All_faults_of_a_page_are_named_at_once()
    {
        await using var visitor = await OpenAsync(
            "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='><div style='width: 2000px'><button style='outline: none'>x</button></div>"
        );
        var refused = await Assert.ThrowsAnyAsync<XunitException>(() => Accessibility.CheckAsync(visitor.Page, "planted"));
        Assert.All(["image-alt", "smaller than 44 pixels", "scrolls sideways", "focus cannot be seen"], fault => Assert.Contains(fault, refused.Message));
    }

    [Fact]
    public async Task Taps_and_bytes_are_counted_and_typing_is_no_tap()
    {
        await using var visitor = await OpenAsync("<label>Why <input></label> <label><input type='radio'> Yes</label>");
        await visitor.Page.GetByLabel("Why").FillAsync("Because");
        Assert.Equal(0, visitor.Taps);
        await visitor.TapAsync(visitor.Page.GetByLabel("Yes"));
        Assert.Equal(1, visitor.Taps);

        await visitor.Page.GotoAsync("/signed-out");
        var (small, none) = (visitor.Bytes, await CountedAsync(visitor, "about:blank"));
        Assert.InRange(small, 1_000, 200_000); // a page with its styles, compressed
        Assert.Equal((0, 0L), (visitor.Taps, none));
    }

    /// <remarks>From a blank page, so that nothing of the page before is still under way.</remarks>
    private static async Task<long> CountedAsync(Visitor visitor, string url)
    {
        await visitor.Page.GotoAsync("about:blank");
        visitor.StartCounting();
        await visitor.Page.GotoAsync(url);
        return visitor.Bytes;
    }

    [Theory]
    [InlineData("<script>console.error('broken')</script>", "broken")]
    [InlineData("<script>throw new Error('thrown')</script>", "thrown")]
    [InlineData("<meta http-equiv='Content-Security-Policy' content=\"img-src 'none'\"><img src='/favicon.svg' alt=''>", "Content Security Policy")]
    [InlineData("<img src='http://127.0.0.1:1/' alt=''>", "failed: GET http://127.0.0.1:1/")]
    public async Task What_the_browser_complains_of_is_told_unless_it_was_expected(string planted, string complaint)
    {
        await using var visitor = await OpenAsync(planted);
        var refused = Assert.ThrowsAny<XunitException>(visitor.AssertQuiet);
        Assert.Contains(complaint, refused.Message);
        visitor.Expect("");
        visitor.AssertQuiet();
    }

    [Theory, InlineData("en"), InlineData("cy")]
    public async Task A_visitor_asks_for_their_language(string language)
    {
        await using var visitor = await portal.OnPhoneAsync(language);
        await visitor.Page.GotoAsync("/signed-out");
        Assert.Equal(language, await visitor.Page.Locator("html").GetAttributeAsync("lang"));
    }

    [Fact]
    public async Task Pictures_are_taken_at_two_sizes_into_folders()
    {
        await using var visitor = await OpenAsync(Sound);
        await Pictures.TakeAsync(visitor.Page, "harness/sound");
        Assert.All(["phone", "desk"], size => Assert.True(File.Exists(Path.Combine(Pictures.Folder, "harness", $"sound-{size}.png"))));
    }

    private async Task<Visitor> OpenAsync(string body)
    {
        var visitor = await portal.OnDeskAsync();
        var html = $"""
            <!doctype html><html lang="en"><head><title>Planted</title><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
            <body>{body}</body></html>
            """;
        await visitor.Page.RouteAsync("**/planted", route => route.FulfillAsync(new() { ContentType = "text/html", Body = html }));
        await visitor.Page.GotoAsync("/planted");
        return visitor;
    }
}
