using Microsoft.Playwright;

namespace Entitlements.Portal.Tests.Browser;

/// <summary>What the keyboard reaches, and whether it can be seen where it is.</summary>
internal static class Keyboard
{
    // One radio of a group takes the Tab; the arrows move within it.
    private const string Wanted = """
        () => {
          const stop = e => e.type === 'radio' && e.name ? [...document.querySelectorAll('input[type=radio]')].find(r => r.name === e.name && r.form === e.form) : e
          window.tabStop = stop
          window.tabReached = new Set()
          window.tabWanted = [...new Set([...document.querySelectorAll('a[href], button, select, input:not([type=hidden]), textarea, summary, [tabindex]')]
            .filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && (e.tabIndex >= 0 || e.matches('a, button, select, input, textarea, summary')))
            .map(stop))]
          document.activeElement?.blur()
          return window.tabWanted.length
        }
        """;

    private const string Left = """
        () => {
          window.tabReached.add(window.tabStop(document.activeElement))
          return window.tabWanted.filter(e => !window.tabReached.has(e)).map(e => e.outerHTML.slice(0, 120))
        }
        """;

    private const string Unseen = """
        () => {
          const look = e => {
            const s = getComputedStyle(e)
            const drawn = e.nextElementSibling && ['radio', 'checkbox'].includes(e.type) ? getComputedStyle(e.nextElementSibling, '::before') : null
            const outline = s => s && (s.outlineStyle === 'none' ? 'none' : s.outlineStyle + s.outlineWidth + s.outlineColor)
            return [outline(s), s.boxShadow, s.backgroundColor, s.borderColor, outline(drawn), drawn?.boxShadow, drawn?.borderWidth].join('|')
          }
          return [...document.querySelectorAll('a[href], button, select, input:not([type=hidden]), textarea, summary, [tabindex="0"]')]
            .filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.disabled)
            .filter(e => {
              document.activeElement?.blur()
              const before = look(e)
              e.focus({ focusVisible: true })
              return document.activeElement !== e || look(e) === before
            })
            .map(e => e.outerHTML.slice(0, 120))
        }
        """;

    public static async Task<IEnumerable<string>> FaultsAsync(IPage page)
    {
        var unseen = await page.EvaluateAsync<string[]>(Unseen);
        var left = await LeftByTabAsync(page);
        return [.. left.Select(element => $"Tab does not reach: {element}"), .. unseen.Select(element => $"focus cannot be seen: {element}")];
    }

    private static async Task<string[]> LeftByTabAsync(IPage page)
    {
        var presses = await page.EvaluateAsync<int>(Wanted) * 4 + 10; // a date has several stops, and the walk begins where the focus was last
        var left = await page.EvaluateAsync<string[]>(Left);
        for (; presses > 0 && left.Length > 0; presses--)
        {
            await page.Keyboard.PressAsync("Tab");
            left = await page.EvaluateAsync<string[]>(Left);
        }
        return left;
    }
}
