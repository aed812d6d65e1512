using System.Text.Json;
using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Says which roles of a tenant an app is open to. Empty roles mean nobody.</summary>
internal sealed record SetRule(
    string Tenant,
    string Type,
    string App,
    string Action,
    IReadOnlyList<string> Roles,
    DeviceCondition Device,
    IReadOnlyList<Condition> Conditions
) : Alteration
{
    /// <summary>All of these are needed besides one of the roles.</summary>
    public IReadOnlyList<string> Accreditations { get; init; } = [];

    /// <summary>First instant at which it opens nothing any more; null: no end, which an app's rule may not have.</summary>
    public DateTimeOffset? InForceUntil { get; init; }

    /// <summary>How long an app stays open where nobody says; then it is decided on again.</summary>
    public static readonly TimeSpan DefaultTerm = TimeSpan.FromDays(365);

    /// <summary>The furthest end.</summary>
    public static readonly TimeSpan LongestTerm = TimeSpan.FromDays(731);

    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string? PublishedApp => Type == Resource.App ? App : null;

    [JsonIgnore]
    public override string Target => $"{Type}/{App}/rule/{Tenant}/{Action}";

    /// <remarks>A high-risk app's rule restricts the roles that it names, and so what is recorded of other apps that name them.</remarks>
    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        Task.FromResult<IReadOnlyList<string>?>([Evidence.AppIn(Tenant, Type, App), .. Roles.Select(role => Evidence.Role(Tenant, role))]);

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (await scope.Db.FindAppOfAsync(Tenant, Type, App) is not { } app)
        {
            return Weight.NotFound;
        }
        var before = await scope.Db.Rules.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == Tenant && r.Type == Type && r.App == App && r.Action == Action);
        var unknown = await KnownAccreditations.ObjectionAsync(scope.Db, Tenant, Accreditations, before?.Accreditations);
        if ((await ObjectionAsync(scope.Db) ?? unknown ?? EndObjection(before?.InForceUntil, scope.Now)) is { } objection)
        {
            return new(Reach.Unchanged, 0) { Refusal = objection };
        }
        var after = new RuleFacts([.. Roles], Device, Conditions)
        {
            Accreditations = [.. Accreditations],
            InForceUntil = InForceUntil ?? DateTimeOffset.MaxValue,
        };
        var reach = Widening.OfRule(before is null ? null : Stored(before), after);
        return new(reach, before?.Version ?? 0) { Apps = [App], HighRisk = app.HighRisk && reach == Reach.Widens };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await scope.Db.Rules.SingleOrDefaultAsync(r => r.Tenant == Tenant && r.Type == Type && r.App == App && r.Action == Action);
        if (row is null)
        {
            scope.Db.Rules.Add(
                row = new()
                {
                    Tenant = Tenant,
                    Type = Type,
                    App = App,
                    Action = Action,
                }
            );
        }
        else
        {
            row.Version++;
        }
        (row.Roles, row.Device, row.Accreditations, row.InForceUntil) = ([.. Roles], Device, [.. Accreditations], InForceUntil);
        (row.WarnedDays, row.AlarmedAudience) = (null, 0);
        row.Conditions = Conditions.Count == 0 ? null : StoredJson.Write(Conditions);
        if (Type == Resource.App && await scope.Db.Apps.AnyAsync(a => a.Type == Type && a.Id == App && a.HighRisk))
        {
            await HighRiskRoles.RestrictAsync(scope, Tenant, [.. Roles]);
        }
        await scope.Db.SaveChangesAsync();
        row.ApprovedAudience = await Exposure.CountAsync(scope.Db, Tenant, [App], scope.Now);
        return null;
    }

    /// <summary>The name of a sensitive role is for who needs it, and so is that of an accreditation that goes with one.</summary>
    public override async Task<IReadOnlyList<string>> PrivateMembersAsync(EntitlementsDb db) =>
        await db.Roles.AnyAsync(r => r.Tenant == Tenant && Roles.Contains(r.Id) && r.Sensitive) ? ["roles", "accreditations"] : [];

    /// <summary>A stored rule as the engine would read it.</summary>
    internal static RuleFacts Stored(RuleRow row)
    {
        try
        {
            return new([.. row.Roles], row.Device, ConditionsOf(row))
            {
                Accreditations = [.. row.Accreditations],
                InForceUntil = row.InForceUntil ?? DateTimeOffset.MaxValue,
            };
        }
        catch (JsonException)
        {
            return RuleFacts.Unreadable;
        }
    }

    internal static IReadOnlyList<Condition> ConditionsOf(RuleRow row) =>
        row.Conditions is null
            ? []
            : JsonSerializer.Deserialize<List<Condition>>(row.Conditions, StoredJson.Options) ?? throw new JsonException("The conditions are null.");

    private async Task<Refusal?> ObjectionAsync(EntitlementsDb db)
    {
        if (Type == Resource.App)
        {
            return Conditions.Count > 0
                ? Bad("conditions_not_allowed", "A rule for an app has no conditions: nothing that a caller claims opens one.")
                : await RolesObjectionAsync(db);
        }
        var type = await db.ResourceTypes.AsNoTracking().SingleAsync(t => t.Type == Type);
        return type switch
        {
            _ when !type.Actions.Contains(Action) => Bad("action_unknown", "The resource type does not list this action."),
            { SubjectProperties: false } when Conditions.Any(c => c.On == RequestPart.Subject) => Bad(
                "conditions_not_allowed",
                "Callers do not vouch for subject properties of this resource type."
            ),
            _ => await RolesObjectionAsync(db),
        };
    }

    /// <summary>An app is opened for a time, and one that has passed opens nothing: it may stand, not be set.</summary>
    private Refusal? EndObjection(DateTimeOffset? before, DateTimeOffset now) =>
        InForceUntil switch
        {
            null when Type == Resource.App => Bad("end_date_required", "A rule for an app has an end: in_force_until."),
            { } end when end == before => null,
            { } end when end <= now => Bad("end_date_past", "in_force_until must be still to come."),
            { } end when Type == Resource.App && end > now + LongestTerm => Bad("end_date_too_far", "An app is opened for two years at most: in_force_until."),
            _ => null,
        };

    private async Task<Refusal?> RolesObjectionAsync(EntitlementsDb db)
    {
        var usable = await db.Roles.Where(r => r.Tenant == Tenant && Roles.Contains(r.Id) && !r.Deleted && !r.Administrative).Select(r => r.Id).ToListAsync();
        return Roles.Except(usable).Any() ? Bad("role_unknown", "Every role that a rule names must exist in its tenant and be no administrative one.") : null;
    }

    private static Refusal Bad(string code, string detail) => new(code, detail, StatusCodes.Status400BadRequest);
}

/// <summary>Takes a rule away: the app is nobody's in that tenant.</summary>
internal sealed record DeleteRule(string Tenant, string Type, string App, string Action) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string Target => $"{Type}/{App}/rule/{Tenant}/{Action}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([Evidence.AppIn(Tenant, Type, App)]);

    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await Find(scope.Db).AsNoTracking().SingleOrDefaultAsync() is { } before ? new(Reach.Narrows, before.Version) : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        await Find(scope.Db).ExecuteDeleteAsync();
        return null;
    }

    private IQueryable<RuleRow> Find(EntitlementsDb db) => db.Rules.Where(r => r.Tenant == Tenant && r.Type == Type && r.App == App && r.Action == Action);
}
