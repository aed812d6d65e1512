using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Laws;

/// <summary>Writes about apps, their releases and bars, and what a tenant asks of who would have them.</summary>
internal static class CatalogueWrites
{
    public static IReadOnlyList<Drawn> All { get; } =
    [
        new("PutApp", 10, PutApp),
        new("ImportDraft", 1, ImportDraft),
        new("PutObservation", 2, PutObservation),
        new("EndObservation", 1, draft => new(HttpMethod.Delete, Observation(draft)) { Seen = ObservationSeen(draft) }),
        new("ReportHolders", 1, draft => new(HttpMethod.Post, $"{Observation(draft)}/holders", PeopleWrites.ListOfEverybody(draft))),
        new("ForgetHolders", 1, draft => new(HttpMethod.Delete, $"{Observation(draft)}/holders/{new string('0', 64)}")),
        new("AdoptApp", 3, draft => OfAdoption(draft, HttpMethod.Put)),
        new("AbandonApp", 2, draft => OfAdoption(draft, HttpMethod.Delete)),
        new("PutResourceType", 4, PutType),
        new("ProposeRelease", 5, ProposeRelease),
        new("ReportRelease", 3, ReportRelease),
        new("PutRule", 24, PutRule),
        new("DeleteRule", 2, DeleteRule),
        new("PutAssessment", 22, PutAssessment),
        new("PutGuidance", 5, PutGuidance),
        new("SuspendApp", 1, draft => OfBar(draft, "suspend")),
        new("WithdrawApp", 1, draft => OfBar(draft, "withdraw")),
        new("RecallApp", 1, draft => OfBar(draft, "recall")),
        new("ResumeApp", 4, draft => Resume(draft, ofRelease: false)),
        new("YankRelease", 2, draft => OfBar(draft, $"releases/{draft.One("1.0", "2.0", "3.0")}/android/yank")),
        new("SuspendRelease", 2, draft => OfBar(draft, $"releases/{draft.One("1.0", "2.0", "3.0")}/android/suspend")),
        new("ResumeRelease", 4, draft => Resume(draft, ofRelease: true)),
    ];

    private static Write PutApp(Draft draft)
    {
        var id = draft.One([.. draft.World.Apps, draft.World.NewApp]);
        var row = draft.Db.Apps.AsNoTracking().SingleOrDefault(a => a.Type == Resource.App && a.Id == id);
        var owner = row?.Owner ?? World.North;
        var alters = draft.Choose(5);
        var body = new
        {
            name = id,
            owner,
            distribution = "managed-store",
            package_id = alters(0) ? "uk.other" : row?.PackageId ?? id,
            visibility = alters(1) || row is null ? draft.One("listed", "by-link", "hidden") : Kebab(row.Visibility),
            high_risk = alters(2) ? draft.Chance(0.3) : row?.HighRisk ?? false,
            person_proof = alters(3) ? draft.Chance(0.5) : row?.PersonProof ?? false,
            device_limit = alters(4) ? draft.One<int?>(null, 1, 2) : row?.DeviceLimit,
        };
        return new(HttpMethod.Put, $"/v1/apps/{id}", body) { By = Write.OfficerOf(owner), Seen = row?.Version };
    }

    private static string Kebab(Visibility visibility) => visibility == Visibility.ByLink ? "by-link" : visibility.ToString().ToLowerInvariant();

    private static Write OfAdoption(Draft draft, HttpMethod method)
    {
        var app = draft.One(draft.World.Apps);
        var tenant = app == draft.World.Apps[^1] ? World.North : World.South;
        return new(method, $"/v1/apps/{app}/adoptions/{tenant}") { By = Write.OfficerOf(tenant) };
    }

    private static Write PutType(Draft draft)
    {
        var row = draft.Db.ResourceTypes.AsNoTracking().Single(t => t.Type == draft.World.Type);
        return new(
            HttpMethod.Put,
            $"/v1/resource-types/{row.Type}",
            new { actions = draft.Altered(row.Actions, ["read", "write"]), subject_properties = draft.Chance(0.5) ? row.SubjectProperties : draft.Chance(0.5) }
        )
        {
            By = "platform-admin-1",
            Seen = row.Version,
        };
    }

    /// <summary>What another force shared covers nothing and opens nothing, whatever it says.</summary>
    private static Write ImportDraft(Draft draft)
    {
        var (tenant, app) = (draft.SomeTenant(), draft.One(draft.World.Apps));
        var row = draft.Db.AppDrafts.AsNoTracking().SingleOrDefault(d => d.App == app && d.Tenant == tenant);
        var body = new
        {
            format = AppDraft.Current,
            name = "Shared",
            high_risk = draft.Chance(0.5),
            assessment = new { regime = "both", covers = World.Capabilities },
            rule = new
            {
                device = "none",
                accreditations = 0,
                roles = new[] { new { restricted = false } },
            },
        };
        return new(HttpMethod.Put, $"/v1/apps/{app}/drafts/{tenant}", body) { By = Write.OfficerOf(tenant), Seen = row?.Version };
    }

    private static Write ReportRelease(Draft draft) =>
        new(
            HttpMethod.Post,
            "/v1/inventory/releases",
            new
            {
                package_id = draft.One([.. draft.World.Apps.Take(4)]),
                version = draft.One("1.0", "2.0", "3.0"),
                platform = "android",
                capabilities = draft.World.Some(World.Capabilities, 0.3),
            }
        )
        {
            By = Write.DeviceManagement,
        };

    private static string Observation(Draft draft) => $"/v1/apps/{draft.World.Apps[0]}/observation/north";

    private static long ObservationSeen(Draft draft) => draft.Db.Observations.AsNoTracking().Single(o => o.App == draft.World.Apps[0]).Version;

    private static Write PutObservation(Draft draft) =>
        new(HttpMethod.Put, Observation(draft), new { until = draft.World.Now.AddDays(draft.One(5, 15, 40)) }) { Seen = ObservationSeen(draft) };

    private static Write ProposeRelease(Draft draft)
    {
        var app = draft.One(draft.World.Apps);
        return new(
            HttpMethod.Post,
            $"/v1/apps/{app}/releases",
            new
            {
                version = draft.One("1.0", "3.0", "4.0"),
                platform = draft.One("android", "android", "ios"),
                capabilities = draft.World.Some(World.Capabilities, 0.3),
            }
        )
        {
            By = OwnerOf(draft, app),
        };
    }

    /// <summary>Of an app, or of the record, whose rule has conditions.</summary>
    private static Write PutRule(Draft draft)
    {
        var tenant = draft.SomeTenant();
        var isApp = draft.Chance(0.85);
        var (type, app) = isApp ? (Resource.App, draft.One(draft.World.Apps)) : (draft.World.Type, draft.World.File);
        var action =
            isApp ? "download"
            : draft.Chance(0.7) ? "read"
            : "write";
        var row = Rule(draft, tenant, type, app, action);
        var conditions = row is null
            ? []
            : SetRule.ConditionsOf(row).Select(c => (On: c.On.ToString().ToLowerInvariant(), c.Property, Value: c.EqualTo.GetString())).ToList();
        List<(string On, string Property, string? Value)> all = [("resource", "level", "low"), ("resource", "level", "high"), ("subject", "grade", "senior")];
        var alters = draft.Choose(isApp ? 4 : 5);
        var body = new
        {
            roles = alters(0) || row is null ? draft.Altered(row?.Roles ?? [], [.. draft.World.Roles, draft.World.Asked]) : row.Roles,
            device = alters(1) || row is null ? draft.One("none", "known", "managed") : row.Device.ToString().ToLowerInvariant(),
            in_force_until = alters(3) ? draft.World.SomeLaterEnd() : row?.InForceUntil,
            accreditations = alters(2) || row is null ? draft.Altered(row?.Accreditations ?? [], World.Accreditations) : row.Accreditations,
            conditions = (alters(4) ? draft.Altered(conditions, all) : conditions).Select(c => new
            {
                on = c.On,
                property = c.Property,
                equal_to = c.Value,
            }),
        };
        return new(HttpMethod.Put, $"/v1/apps/{app}/rules/{tenant}?type={type}&action={action}", body) { By = Write.OfficerOf(tenant), Seen = row?.Version };
    }

    private static Write? DeleteRule(Draft draft)
    {
        var (tenant, app) = (draft.SomeTenant(), draft.One(draft.World.Apps));
        return Rule(draft, tenant, Resource.App, app, "download") is { } row
            ? new(HttpMethod.Delete, $"/v1/apps/{app}/rules/{tenant}?reason=over") { By = Write.OfficerOf(tenant), Seen = row.Version }
            : null;
    }

    private static RuleRow? Rule(Draft draft, string tenant, string type, string app, string action) =>
        draft.Db.Rules.AsNoTracking().SingleOrDefault(r => r.Tenant == tenant && r.Type == type && r.App == app && r.Action == action);

    private static Write PutAssessment(Draft draft)
    {
        var (tenant, app) = (draft.SomeTenant(), draft.One(draft.World.Apps));
        var row = draft.Db.Assessments.AsNoTracking().SingleOrDefault(a => a.App == app && a.Tenant == tenant);
        var alters = draft.Choose(5);
        var body = new
        {
            outcome = alters(0) ? draft.One("approved", "refused", "not-needed")
            : row is null || row.Outcome == AssessmentOutcome.Approved ? "approved"
            : "refused",
            in_force_until = alters(1) || row is null ? draft.World.SomeLaterEnd() : row.InForceUntil,
            grace = Draft.Iso(alters(2) || row is null ? draft.One(TimeSpan.Zero, TimeSpan.FromDays(1), TimeSpan.FromDays(30)) : row.Grace),
            covers = alters(3) ? [.. World.Capabilities]
            : alters(4) || row is null ? draft.Altered(row?.Covers ?? [], World.Capabilities)
            : row.Covers,
            record = CatalogueActs.Record(Write.OfficerOf(tenant), screening: "none of it"),
            reason = "looked at",
        };
        return new(HttpMethod.Put, $"/v1/apps/{app}/assessments/{tenant}", body) { By = Write.OfficerOf(tenant), Seen = row?.Version };
    }

    private static Write PutGuidance(Draft draft)
    {
        var (tenant, app) = (draft.SomeTenant(), draft.One(draft.World.Apps));
        var row = draft.Db.Guidance.AsNoTracking().SingleOrDefault(g => g.App == app && g.Tenant == tenant);
        var question = new
        {
            en = "May you?",
            cy = "A gewch chi?",
            choices = new[] { new { en = "yes", cy = "cewch" }, new { en = "no", cy = "na chewch" } },
            right = 1,
        };
        var body = new
        {
            version = (row?.TextVersion ?? 0) + draft.One(0, 1, 1, 1),
            en = "Mind",
            cy = "Gofal",
            questions = draft.Chance(0.7) ? Enumerable.Repeat(question, 3) : [],
            substance = draft.Chance(0.5),
        };
        return new(HttpMethod.Put, $"/v1/apps/{app}/guidance/{tenant}", body) { By = Write.OfficerOf(tenant), Seen = row?.Version };
    }

    /// <summary>By the owner, or by an adopter for their own tenant.</summary>
    private static Write OfBar(Draft draft, string act)
    {
        var app = draft.One(draft.World.Apps);
        var (by, tenants) = draft.One<(string, string[]?)>(
            (OwnerOf(draft, app), null),
            (OwnerOf(draft, app), ["*"]),
            (Write.OfficerOf(draft.SomeTenant()), null)
        );
        return new(HttpMethod.Post, $"/v1/apps/{app}/{act}", new { reason = "looked into", tenants }) { By = by };
    }

    /// <summary>Mostly of what a bar stands on, by whoever placed it there: all else is refused anyway.</summary>
    private static Write Resume(Draft draft, bool ofRelease)
    {
        string[] apps = [.. draft.World.Apps];
        var standing = draft
            .Db.Bars.AsNoTracking()
            .Where(b => apps.Contains(b.App) && b.LiftedAt == null && b.Kind != Bars.Recalled && b.Release != null == ofRelease)
            .OrderBy(b => b.Id)
            .ToList();
        if (standing.Count == 0 || draft.Chance(0.1))
        {
            return OfBar(draft, ofRelease ? $"releases/{draft.One("1.0", "2.0", "3.0")}/android/resume" : "resume");
        }
        var bar = draft.One(standing);
        var release = draft.Db.Releases.AsNoTracking().SingleOrDefault(r => r.Key == bar.Release);
        return new(
            HttpMethod.Post,
            $"/v1/apps/{bar.App}/{(release is null ? "" : $"releases/{release.ReleaseVersion}/{release.Platform}/")}resume",
            new { reason = "looked into", tenants = bar.Tenant is null ? new[] { "*" } : null }
        )
        {
            By = bar.Tenant is { } tenant ? Write.OfficerOf(tenant) : OwnerOf(draft, bar.App),
        };
    }

    private static string OwnerOf(Draft draft, string app) => Write.OfficerOf(app == draft.World.Apps[^1] ? World.South : World.North);
}
