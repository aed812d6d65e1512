using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A rule as it is written.</summary>
internal sealed record RuleBody
{
    /// <summary>Any of these; empty means nobody.</summary>
    public required IReadOnlyList<NameId> Roles { get; init; }

    /// <summary>Default: <c>known</c> for apps, <c>none</c> for other types.</summary>
    public DeviceCondition? Device { get; init; }

    /// <summary>All must hold; none for apps.</summary>
    public IReadOnlyList<ConditionBody> Conditions { get; init; } = [];

    /// <summary>All of these are needed besides one of the roles; each is one that a source of the tenant may say.</summary>
    public IReadOnlyList<NameId> Accreditations { get; init; } = [];

    /// <summary>First instant at which it opens nothing any more, at most two years from now. Left out for an app: what stands, or, where that has passed or there is none, a year from now.</summary>
    public DateTimeOffset? InForceUntil { get; init; }
    public string? Reason { get; init; }
}

/// <summary>Equality on one property of the request.</summary>
internal sealed record ConditionBody
{
    public required RequestPart On { get; init; }
    public required string Property { get; init; }

    /// <summary>Any JSON value.</summary>
    public required JsonElement EqualTo { get; init; }
}

/// <summary>A rule as its readers see it.</summary>
internal sealed record RuleView(
    string Tenant,
    string Type,
    string App,
    string Action,
    IReadOnlyList<string> Roles,
    DeviceCondition Device,
    IReadOnlyList<Condition> Conditions,
    IReadOnlyList<string> Accreditations,
    DateTimeOffset? InForceUntil,
    int ApprovedAudience,
    long Version
);

/// <summary><c>/v1/apps/{app}/rules/{tenant}</c>: one rule per action, <c>?action=</c> (default <c>download</c>) and <c>?type=</c> (default <c>app</c>).</summary>
internal static class RuleEndpoints
{
    public static void MapRules(this IEndpointRouteBuilder routes)
    {
        var rules = routes.MapGroup("/v1/apps/{app}/rules/{tenant}").WithTags("Rules").InExercises();
        rules
            .MapGet("", GetAsync)
            .PermitManaging(CatalogueAccess.RuleReaders)
            .WithName("GetRule")
            .WithSummary("Which roles the app is open to in a tenant.")
            .Produces<RuleView>();
        rules
            .MapPut("", PutAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("PutRule")
            .WithSummary("Sets the rule; what widens becomes a change.")
            .ProducesWrite();
        rules
            .MapDelete("", DeleteAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("DeleteRule")
            .WithSummary("Takes the rule away: nobody, at once.")
            .ProducesWrite();
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        NameId app,
        NameId tenant,
        EntitlementsDb db,
        string? action,
        string? type,
        CancellationToken cancellation
    )
    {
        var row = await db
            .Rules.AsNoTracking()
            .SingleOrDefaultAsync(
                r => r.Tenant == tenant.Value && r.Type == (type ?? Resource.App) && r.App == app.Value && r.Action == (action ?? Action.Download),
                cancellation
            );
        if (row is null)
        {
            return Problems.NotFound();
        }
        return WriteResults.OfResource(
            http,
            new RuleView(
                row.Tenant,
                row.Type,
                row.App,
                row.Action,
                row.Roles,
                row.Device,
                SetRule.ConditionsOf(row),
                row.Accreditations,
                row.InForceUntil,
                row.ApprovedAudience,
                row.Version
            ),
            row.Version
        );
    }

    private static async Task<IResult> PutAsync(
        WriteRequest request,
        NameId app,
        NameId tenant,
        Body<RuleBody> body,
        ChangeDesk desk,
        EntitlementsDb db,
        TimeProvider clock,
        string? action,
        string? type
    )
    {
        var kind = type ?? Resource.App;
        Faults(body.Value, action).ThrowIfAny();
        var conditions = body.Value.Conditions.Select(c => new Condition(c.On, c.Property, c.EqualTo)).ToList();
        var device = body.Value.Device ?? (kind == Resource.App ? DeviceCondition.Known : DeviceCondition.None);
        var rule = new SetRule(
            tenant.Value,
            kind,
            app.Value,
            action ?? Action.Download,
            [.. body.Value.Roles.Select(r => r.Value).Distinct().Order(StringComparer.Ordinal)],
            device,
            conditions
        )
        {
            Accreditations = KnownAccreditations.Sorted(body.Value.Accreditations),
            InForceUntil = body.Value.InForceUntil?.Cut(),
        };
        rule = rule is { Type: Resource.App, InForceUntil: null } ? rule with { InForceUntil = await EndAsync(db, rule, clock.Now()) } : rule;
        return (await desk.SubmitAsync(request.For(body.Value.Reason), rule)).ToResult();
    }

    private static async Task<DateTimeOffset> EndAsync(EntitlementsDb db, SetRule rule, DateTimeOffset now) =>
        await db
            .Rules.Where(r => r.Tenant == rule.Tenant && r.Type == rule.Type && r.App == rule.App && r.Action == rule.Action && r.InForceUntil > now)
            .Select(r => r.InForceUntil)
            .SingleOrDefaultAsync()
        ?? now + SetRule.DefaultTerm;

    private static async Task<IResult> DeleteAsync(WriteRequest request, NameId app, NameId tenant, ChangeDesk desk, string? action, string? type) =>
        (await desk.SubmitAsync(request, new DeleteRule(tenant.Value, type ?? Resource.App, app.Value, action ?? Action.Download))).ToResult();

    private static IEnumerable<(string, string)> Faults(RuleBody body, string? action)
    {
        if (action is not null && !NameId.IsValid(action))
        {
            yield return ("", "the action in the query is not an id");
        }
        if (body.Roles.Count > 50)
        {
            yield return ("/roles", "at most 50 roles");
        }
        if (body.Conditions.Count > 20)
        {
            yield return ("/conditions", "at most 20 conditions");
        }
        foreach (var fault in KnownAccreditations.FaultsOf(body.Accreditations))
        {
            yield return fault;
        }
        for (var i = 0; i < body.Conditions.Count; i++)
        {
            if (!Text.IsLine(body.Conditions[i].Property, 128))
            {
                yield return (FormattableString.Invariant($"/conditions/{i}/property"), "must be 1 to 128 characters on one line");
            }
        }
        foreach (var fault in Text.ReasonFaults(body.Reason))
        {
            yield return fault;
        }
    }
}
