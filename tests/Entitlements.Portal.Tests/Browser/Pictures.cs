using Entitlements.Gateway.Tests.Gateways;
using Microsoft.Playwright;

namespace Entitlements.Portal.Tests.Browser;

/// <summary>Screenshots at the size of a phone and of a desk: build output, to be looked at.</summary>
internal static class Pictures
{
    public static string Folder { get; } = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "portal")).FullName;

    public static async Task TakeAsync(IPage page, string name)
    {
        var before = page.ViewportSize!;
        foreach (var (size, width, height) in new[] { ("phone", 390, 844), ("desk", 1366, 900) })
        {
            await page.SetViewportSizeAsync(width, height);
            await page.ScreenshotAsync(new() { Path = Path.Combine(Folder, $"{name}-{size}.png"), FullPage = true });
        }
        await page.SetViewportSizeAsync(before.Width, before.Height);
    }
}
