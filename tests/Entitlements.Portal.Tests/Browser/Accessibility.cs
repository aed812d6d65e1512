using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Entitlements.Portal.Tests.Browser;

/// <summary>WCAG 2.2 AA as far as a machine can tell: axe, reflow at 320 pixels and at 400 %, sizes of what is touched, focus by keyboard.</summary>
internal static class Accessibility
{
    /// <summary>Smallest height and width of controls, in CSS pixels. Links elsewhere are for axe's target-size, which leaves out those in a sentence.</summary>
    private const double Least = 44;

    private const string Small = """
        least => [...document.querySelectorAll('button, select, input:not([type=hidden]), textarea, summary, nav a, .govuk-back-link, .portal-card__title a')]
          .filter(e => e.checkVisibility())
          .map(e => {
            const label = ['radio', 'checkbox'].includes(e.type) ? e.labels[0] : null
            const box = (label ?? e).getBoundingClientRect()
            return { what: e.outerHTML.slice(0, 120), height: box.height, width: box.width }
          })
          .filter(e => e.height < least - 0.5 || e.width < least - 0.5)
          .map(e => `${Math.round(e.width)} x ${Math.round(e.height)}: ${e.what}`)
        """;

    public static async Task CheckAsync(IPage page, string name)
    {
        var faults = new List<string>();
        var found = await page.RunAxe(
            new AxeRunOptions
            {
                RunOnly = new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
                Rules = new() { ["target-size"] = new() { Enabled = true } }, // what stands alone has 24 pixels or as much room (2.5.8); off by default
            }
        );
        faults.AddRange(found.Violations.Select(v => $"{v.Id}: {v.Help} ({v.HelpUrl})\n    {string.Join("\n    ", v.Nodes.Select(n => n.Html))}"));
        faults.AddRange((await page.EvaluateAsync<string[]>(Small, Least)).Select(small => $"smaller than 44 pixels: {small}"));
        faults.AddRange(await Keyboard.FaultsAsync(page));
        var before = page.ViewportSize!;
        foreach (var (width, height) in new[] { (320, 640), (320, 256) }) // 320 x 256 is 1280 x 1024 at 400 %
        {
            await page.SetViewportSizeAsync(width, height);
            if (await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"))
            {
                faults.Add($"scrolls sideways at {width} x {height}");
            }
        }
        await page.SetViewportSizeAsync(before.Width, before.Height);
        Assert.True(faults.Count == 0, $"{name}:\n{string.Join('\n', faults)}");
    }
}
