using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Whether an app exists for a person at all, by the same judgement that a download would get.</summary>
internal sealed class AppSight(FactsReader facts, TimeProvider clock)
{
    /// <param name="tenant">Their own, or one that they are lent to.</param>
    public async Task<bool> SeesAsync(Caller.Person person, string tenant, string app) =>
        person.SubjectKey is not null
        && (person.Tenant == tenant || person.Hosts.Contains(tenant))
        && await SeesAsync(tenant, person.Issuer, person.Subject, app);

    private async Task<bool> SeesAsync(string tenant, string issuer, string subject, string app)
    {
        var request = Questions.Download(tenant, issuer, subject, app, device: null);
        var truth = await facts.ReadAsync(request);
        return Evaluator.Evaluate(request, truth.Facts, clock.Now()) is not Decision.Deny { Reasons: var reasons }
            || !reasons.Contains(DenyReason.NotAvailable);
    }
}

/// <summary>Questions that the catalogue puts to the engine: the very ones that issuing would put.</summary>
internal static class Questions
{
    /// <param name="issuer">The subject's issuer; null for the tenant's home issuer.</param>
    public static EvaluationRequest Download(string tenant, string? issuer, string subject, string app, string? device, string? platform = null) =>
        new(
            tenant,
            new("user", subject, Sent("iss", issuer)),
            new(Engine.Decisions.Action.Download, Properties.None),
            new(Resource.App, app, Sent("platform", platform)),
            new(device)
        );

    private static Properties Sent(string name, string? value) =>
        value is null
            ? Properties.None
            : new(
                new Dictionary<string, System.Text.Json.JsonElement>(StringComparer.Ordinal)
                {
                    [name] = System.Text.Json.JsonSerializer.SerializeToElement(value),
                }
            );
}
