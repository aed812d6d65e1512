using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Portal.Tests.Browser;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Portal))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)] // one browser, two cores, and one demonstration that journeys change

namespace Entitlements.Portal.Tests.Browser;

/// <summary>The gateway as a user starts it, with the demonstration, and Debian's Chromium: both for all tests.</summary>
public sealed class Portal : IAsyncLifetime
{
    private GatewayProcess _gateway = null!;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public string Url => _gateway.Url;

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayProcess.StartAsync();
        await using (var desk = new Api(Url))
        {
            foreach (var leaver in new[] { "northvale-0009", "northvale-0010", "northvale-0011", "northvale-0012" })
            {
                await desk.EndRoleAsync(leaver); // or there would be no place to ask for
            }
        }
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
    }

    /// <summary>Somebody at a desk, or with a phone.</summary>
    public Task<Visitor> OnDeskAsync(string language = "en", bool script = true) => VisitAsync(new(1366, 900, IsPhone: false), language, script);

    /// <inheritdoc cref="OnDeskAsync"/>
    public Task<Visitor> OnPhoneAsync(string language = "en", bool script = true) => VisitAsync(new(390, 844, IsPhone: true), language, script);

    private async Task<Visitor> VisitAsync(Screen screen, string language, bool script)
    {
        var context = await _browser!.NewContextAsync(
            new()
            {
                BaseURL = Url,
                ViewportSize = new() { Width = screen.Width, Height = screen.Height },
                HasTouch = screen.IsPhone,
                IsMobile = screen.IsPhone,
                DeviceScaleFactor = 1,
                JavaScriptEnabled = script,
                Locale = language == "cy" ? "cy-GB" : "en-GB",
                ReducedMotion = ReducedMotion.Reduce,
                AcceptDownloads = true,
            }
        );
        return await Visitor.EnterAsync(context);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }
        _playwright?.Dispose();
        await _gateway.DisposeAsync();
        await Figures.WriteAsync();
    }

    private sealed record Screen(int Width, int Height, bool IsPhone);
}
