using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Catalogue;

/// <summary>What one force found out about an app, for another to begin with: no people, no roles by name, no tenant. It opens nothing and covers nothing.</summary>
internal sealed record AppDraft
{
    /// <summary>How it is written.</summary>
    public const string Current = "entitlements-app-draft/1";

    private const int LongestText = 10_000;
    private const int LongestGuidance = 20_000;

    /// <summary><see cref="Current"/>.</summary>
    public required string Format { get; init; }

    /// <summary>What the app is called.</summary>
    public required string Name { get; init; }
    public required bool HighRisk { get; init; }
    public DraftAssessment? Assessment { get; init; }
    public DraftGuidance? Guidance { get; init; }
    public DraftRule? Rule { get; init; }

    /// <summary>What stands in <paramref name="tenant"/>, without names.</summary>
    public static async Task<AppDraft> OfAsync(EntitlementsDb db, AppRow app, string tenant)
    {
        var assessment = await db.Assessments.AsNoTracking().SingleOrDefaultAsync(a => a.App == app.Id && a.Tenant == tenant);
        var text = await db
            .GuidanceTexts.AsNoTracking()
            .Where(t => t.App == app.Id && t.Tenant == tenant)
            .OrderByDescending(t => t.TextVersion)
            .FirstOrDefaultAsync();
        var rule = await db
            .Rules.AsNoTracking()
            .SingleOrDefaultAsync(r => r.Tenant == tenant && r.Type == Resource.App && r.App == app.Id && r.Action == Engine.Decisions.Action.Download);
        var named = rule?.Roles ?? [];
        var roles = await db.Roles.AsNoTracking().Where(r => r.Tenant == tenant && named.Contains(r.Id) && !r.Deleted).OrderBy(r => r.Id).ToListAsync();
        return new()
        {
            Format = Current,
            Name = app.Name,
            HighRisk = app.HighRisk,
            Assessment = assessment?.ReadRecord() is { } record
                ? new()
                {
                    Regime = record.Regime,
                    Purpose = record.Purpose,
                    Data = record.Data,
                    Risks = record.Risks,
                    Measures = record.Measures,
                    Screening = record.Screening,
                    Covers = assessment.Covers,
                }
                : null,
            Guidance = text is null ? null : new(text.English, text.Welsh, text.ReadQuestions()),
            Rule = rule is null ? null : new(rule.Device, rule.Accreditations.Count, [.. roles.Select(DraftRole.Of)]),
        };
    }

    /// <summary>What is wrong with one that somebody brings, by JSON pointer.</summary>
    public IEnumerable<(string Pointer, string Error)> Faults()
    {
        if (Format != Current)
        {
            yield return ("/format", $"must be {Current}");
        }
        if (!Text.IsLine(Name, 128))
        {
            yield return ("/name", "must be 1 to 128 characters on one line");
        }
        foreach (var (pointer, text, longest) in Texts())
        {
            if (text is not null && !Text.IsParagraph(text, longest))
            {
                yield return (pointer, FormattableString.Invariant($"must be 1 to {longest} characters of text"));
            }
        }
        if (Assessment is { } assessment && CapabilityView.FaultOf(assessment.Covers) is { } unusable)
        {
            yield return ("/assessment/covers", unusable);
        }
        foreach (var (pointer, error) in Guidance is null ? [] : GuidanceQuestion.Faults(Guidance.Questions))
        {
            yield return ($"/guidance{pointer}", error);
        }
        if (Rule is { Roles.Count: > 50 } or { Accreditations: < 0 or > 50 })
        {
            yield return ("/rule", "at most 50 roles and 50 accreditations");
        }
    }

    private IEnumerable<(string Pointer, string? Text, int Longest)> Texts() =>
        [
            ("/assessment/purpose", Assessment?.Purpose, LongestText),
            ("/assessment/data", Assessment?.Data, LongestText),
            ("/assessment/risks", Assessment?.Risks, LongestText),
            ("/assessment/measures", Assessment?.Measures, LongestText),
            ("/assessment/screening", Assessment?.Screening, LongestText),
            ("/guidance/en", Guidance?.En, LongestGuidance),
            ("/guidance/cy", Guidance?.Cy, LongestGuidance),
        ];
}

/// <summary>What was looked at and found; whether that is right elsewhere is for others to say.</summary>
internal sealed record DraftAssessment
{
    public required Regime Regime { get; init; }
    public string? Purpose { get; init; }
    public string? Data { get; init; }
    public string? Risks { get; init; }
    public string? Measures { get; init; }
    public string? Screening { get; init; }
    public required IReadOnlyList<string> Covers { get; init; }
}

internal sealed record DraftGuidance(string En, string Cy, IReadOnlyList<GuidanceQuestion> Questions);

/// <param name="Accreditations">How many are asked for; what they are called differs from force to force.</param>
internal sealed record DraftRule(DeviceCondition Device, int Accreditations, IReadOnlyList<DraftRole> Roles);

/// <summary>A role by what it is, not by its name.</summary>
internal sealed record DraftRole
{
    public required bool Restricted { get; init; }
    public int? Establishment { get; init; }
    public TimeSpan? LongestAssignment { get; init; }

    public static DraftRole Of(Assignments.RoleRow role) =>
        new()
        {
            Restricted = role.Restricted,
            Establishment = role.Establishment,
            LongestAssignment = role.LongestAssignment,
        };
}

/// <summary>A draft that a tenant brought in.</summary>
internal sealed class AppDraftRow
{
    public required string App { get; init; }
    public required string Tenant { get; init; }

    /// <summary>JSON: an <see cref="AppDraft"/>.</summary>
    public required string Content { get; set; }
    public long Version { get; set; } = 1;
}

internal sealed class AppDraftMapping : IEntityTypeConfiguration<AppDraftRow>
{
    public void Configure(EntityTypeBuilder<AppDraftRow> row) => row.ToTable("app_draft").HasKey(d => new { d.App, d.Tenant });
}

/// <summary>Keeps a draft beside an app for its owner to work from. Nobody's access rests on it.</summary>
internal sealed record ImportDraft(string App, string Tenant, AppDraft Draft) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string Target => $"app/{App}/draft/{Tenant}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([]);

    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await scope.Db.FindAppOfAsync(Tenant, Resource.App, App) is null
            ? Weight.NotFound
            : new(Reach.Unchanged, await scope.Db.AppDrafts.Where(d => d.App == App && d.Tenant == Tenant).Select(d => d.Version).SingleOrDefaultAsync());

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var content = StoredJson.Write(Draft);
        if (await scope.Db.AppDrafts.SingleOrDefaultAsync(d => d.App == App && d.Tenant == Tenant) is { } row)
        {
            row.Content = content;
            row.Version++;
        }
        else
        {
            scope.Db.AppDrafts.Add(
                new()
                {
                    App = App,
                    Tenant = Tenant,
                    Content = content,
                }
            );
        }
        return null;
    }
}
