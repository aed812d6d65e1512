using Entitlements.Portal.Tests.Browser;

namespace Entitlements.Portal.Tests;

/// <summary>Every page, as the person who would use it.</summary>
public sealed class AccessibilityTests(Browser.Portal portal)
{
    [Theory]
    [InlineData("northvale-0001", "/")]
    [InlineData("northvale-0001", "/my/call-recorder")]
    [InlineData("northvale-0001", "/my/call-recorder/guidance")]
    [InlineData("northvale-0300", "/my/call-recorder")]
    [InlineData("northvale-0300", "/my/call-recorder/ask")]
    [InlineData("northvale-0300", "/requests")]
    [InlineData("northvale-0300", "/approvals")]
    [InlineData("northvale-approver-1", "/changes")]
    [InlineData("northvale-approver-1", "/changes?all=true")]
    [InlineData("northvale-app-owner", "/apps")]
    [InlineData("northvale-app-owner", "/apps/call-recorder")]
    [InlineData("northvale-auditor", "/apps/call-recorder")]
    [InlineData("northvale-dpo", "/store-health")]
    [InlineData("northvale-auditor", "/records")]
    [InlineData("northvale-dpo", "/records?kind=change.&from.day=31&from.month=2&from.year=2026")]
    [InlineData("platform-admin-1", "/records")]
    [InlineData("northvale-service-desk", "/refusals")]
    [InlineData("northvale-service-desk", "/refusals?reference=")]
    [InlineData("northvale-dpo", "/dpias")]
    [InlineData("northvale-auditor", "/reports/requests")]
    [InlineData("northvale-auditor", "/records/app/call-recorder?at.day=31&at.month=2&at.year=2026")]
    [InlineData("northvale-auditor", "/records/person/northvale-0001")]
    [InlineData("northvale-role-admin", "/roles")]
    [InlineData("northvale-role-admin", "/roles/hostage-negotiator")]
    [InlineData("northvale-auditor", "/roles/hostage-negotiator")]
    [InlineData("northvale-0300", "/history")]
    [InlineData("northvale-approver-1", "/delegations")]
    [InlineData("platform-admin-1", "/")]
    [InlineData("northvale-0001", "/sign-out")]
    public async Task A_page_meets_wcag_2_2_aa(string person, string path)
    {
        await using var visitor = await portal.OnDeskAsync();
        await visitor.SignInAsync(person, path);
        await Accessibility.CheckAsync(visitor.Page, path);
    }

    [Fact]
    public async Task The_sign_in_and_the_problem_pages_meet_it_too()
    {
        await using var visitor = await portal.OnDeskAsync();
        await visitor.Page.GotoAsync("/");
        await Accessibility.CheckAsync(visitor.Page, "sign-in");
        await visitor.NameAsync("northvale-0001");
        visitor.Expect("404");
        await visitor.Page.GotoAsync("/nowhere");
        await Accessibility.CheckAsync(visitor.Page, "not found");
        await visitor.Page.GotoAsync("/sign-in?failed=true");
        await Accessibility.CheckAsync(visitor.Page, "sign-in failed");
        await visitor.Page.GotoAsync("/signed-out");
        await Accessibility.CheckAsync(visitor.Page, "signed out");
    }

    [Theory, InlineData("cy"), InlineData("qps")]
    public async Task Pages_fit_in_welsh_and_in_a_language_two_fifths_longer(string code)
    {
        await using var visitor = await portal.OnPhoneAsync();
        await visitor.SignInAsync("northvale-0300");
        await visitor.Page.GotoAsync($"/language/{code}?to=/");
        foreach (var path in new[] { "/", "/my/call-recorder", "/my/call-recorder/ask", "/requests", "/approvals" })
        {
            await visitor.Page.GotoAsync(path);
            await Accessibility.CheckAsync(visitor.Page, $"{path} in {code}");
        }
        await Pictures.TakeAsync(visitor.Page, $"approvals-{code}");
    }
}
