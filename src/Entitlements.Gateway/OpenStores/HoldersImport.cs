using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.OpenStores;

/// <summary>
/// Gives a role, for a time, to those who have an app in a store that was open to all: one change, whatever the role is, with the file it came from and whom
/// in it nobody knew. Every assignment ends by <paramref name="Until"/> and is put into a review at once.
/// </summary>
/// <param name="FileSha256">Of the file, 64 lower-case hex digits.</param>
/// <param name="Lines">How many the file has, without its header.</param>
/// <param name="People">Ids in the tenant's home issuer.</param>
/// <param name="LeftOut">Every other line, and why.</param>
internal sealed record HoldersImport(
    string Tenant,
    string Role,
    DateTimeOffset Until,
    string FileSha256,
    int Lines,
    IReadOnlyList<string> People,
    IReadOnlyList<LeftOutLine> LeftOut
) : Alteration
{
    /// <summary>The longest that anybody goes on having what they had: time enough to ask for it properly.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(180);

    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string Target => $"tenant/{Tenant}/role/{Role}/import";

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (await scope.Db.Roles.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == Tenant && r.Id == Role && !r.Deleted) is not { } role)
        {
            return Weight.NotFound;
        }
        if ((role.Administrative ? Officer : EndFault(role, scope.Now)) is { } fault)
        {
            return new(Reach.Unchanged, 0) { Refusal = fault };
        }
        var people = await EligibleAsync(scope);
        if (people.Count == 0)
        {
            return new(Reach.Unchanged, 0) { Refusal = Nobody };
        }
        var holders = await Seats.HoldersAsync(scope.Db, Tenant, Role, butNot: null, scope.Now);
        if (role.Establishment is { } most && holders + people.Count > most)
        {
            return Weight.Refused(
                Seats.Reached.Code,
                FormattableString.Invariant($"{holders} hold this role and {people.Count} more are to, its establishment is {most}; only a change raises it.")
            );
        }
        var reached = await Reached.ByAsync(scope.Db, Tenant, [Role]);
        return new(Reach.Widens, role.Version)
        {
            Versioned = false,
            Apps = reached.Apps,
            HighRisk = reached.HighRisk,
            Named = [.. people.Select(p => p.Person).OfType<string>().Distinct()],
        };
    }

    /// <remarks>One statement, however many they are: others wait for the revision counter meanwhile.</remarks>
    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var keys = (await EligibleAsync(scope)).ConvertAll(s => s.Key);
        var postgres = scope.Db.Database.IsNpgsql();
        var (people, instant) = postgres
            ? ("(select cast(e.value as bigint) as key from jsonb_array_elements_text({2}::jsonb) e) p", "timestamptz")
            : ("(select e.value as key from json_each({2}) e) p", "integer");
        var statement = $"""
            insert into role_assignment (tenant, role, subject_key, source, not_before, not_after, suspended, version)
            select {"{0}"}, {"{1}"}, p.key, 'Admin', cast({"{3}"} as {instant}), cast({"{4}"} as {instant}), false, 1 from {people} where true
            on conflict (tenant, role, subject_key, source) do update set
              not_before = excluded.not_before, not_after = excluded.not_after, suspended = false, ended = false, end_told = false,
              origin = null, device = null, version = role_assignment.version + 1
            """;
        await scope.Db.Database.ExecuteSqlRawAsync(
            statement,
            Tenant,
            Role,
            StoredJson.Write(keys),
            Instants.ToParameter(scope.Earliest, postgres),
            Instants.ToParameter(Until, postgres)
        );
        var policy = await ReviewPolicies.OfAsync(scope.Db, Tenant, Role);
        var left = Until - scope.Now;
        await OpenReview.OfRoleAsync(
            scope,
            new(
                Tenant,
                Role,
                ReviewCause.Import,
                policy.Reviewers,
                policy.OnNoAnswer,
                policy.AnswerWithin < left ? policy.AnswerWithin : left,
                "machine:entitlements"
            )
            {
                Reason = $"Brought in from an open store by the file {FileSha256}.",
            },
            keys
        );
        return new { assigned = keys.Count, left_out = LeftOut.Count };
    }

    /// <summary>Who is named in the file is for its voters, the role-admin and the DPO.</summary>
    public override Task<IReadOnlyList<string>> PrivateMembersAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>>(["people", "left_out"]);

    public override object ToEvidence() =>
        new
        {
            Tenant,
            Role,
            Until,
            FileSha256,
            Lines,
            People,
            left_out = LeftOut.Count,
        };

    public static Refusal Nobody { get; } =
        new(
            "nobody_to_import",
            "Nobody in the file is to be given this role: those it means hold it, or may not. The preview says which, line by line.",
            StatusCodes.Status409Conflict
        );

    private static Refusal Officer { get; } =
        new("role_administrative", "Officers are appointed one by one: PUT each assignment by itself.", StatusCodes.Status409Conflict);

    private Refusal? EndFault(RoleRow role, DateTimeOffset now) =>
        Until <= now ? new("window_empty", "until must be still to come.", StatusCodes.Status409Conflict)
        : Until > now + Longest ? new("import_too_long", "Who is brought in holds the role for 180 days at most.", StatusCodes.Status409Conflict)
        : Until > now + (role.LongestAssignment ?? Longest)
            ? new("longest_assignment", "The window is longer than the role allows.", StatusCodes.Status409Conflict)
        : null;

    /// <summary>What the file would do as things stand, for <paramref name="caller"/> to propose.</summary>
    public static async Task<HoldersImport> PlanAsync(
        EntitlementsDb db,
        string tenant,
        string role,
        DateTimeOffset until,
        HolderFile file,
        Caller caller,
        DateTimeOffset now
    )
    {
        var match = await HolderMatch.FindAsync(db, tenant, file.Lines);
        var barred = await BarredAsync(db, tenant, role, until, now);
        var people = new List<string>();
        var left = match.LeftOut.ToList();
        foreach (var (line, person) in match.People)
        {
            var isOwn = caller.HumanId is { } own && person.Person == own;
            if (isOwn || barred.ContainsKey(person.Key))
            {
                left.Add(new(line.Number, line.Name, isOwn ? WhyLeftOut.Own : barred[person.Key]));
            }
            else
            {
                people.Add(person.Id);
            }
        }
        return new(tenant, role, until, file.Sha256, file.Lines.Count, [.. people.Order(StringComparer.Ordinal)], [.. left.OrderBy(l => l.Line)]);
    }

    /// <summary>Those of <see cref="People"/> whom nothing bars, nor has since the file was read.</summary>
    private async Task<List<SubjectRow>> EligibleAsync(WriteScope scope)
    {
        var home = await scope.Db.Tenants.Where(t => t.Id == Tenant).Select(t => t.Issuer).SingleAsync();
        var barred = await BarredAsync(scope.Db, Tenant, Role, Until, scope.Now);
        var people = await scope
            .Db.Subjects.AsNoTracking()
            .Where(s => s.Tenant == Tenant && s.Issuer == home && s.Active && !s.Suspended && EF.Parameter(People).Contains(s.Id))
            .ToListAsync();
        return people.FindAll(s => !barred.ContainsKey(s.Key));
    }

    /// <summary>Who may not be given the role until then, or has it anyway, by the key of their account.</summary>
    private static async Task<Dictionary<long, WhyLeftOut>> BarredAsync(EntitlementsDb db, string tenant, string role, DateTimeOffset until, DateTimeOffset now)
    {
        var apart = (await IncompatibleRoles.PairsAsync(db, tenant)).Where(p => p.One == role).Select(p => p.Other).ToList();
        var held = await db
            .Assignments.Unended(now)
            .Where(a => a.Tenant == tenant && (a.Role == role || (apart.Contains(a.Role) && !a.Suspended && a.NotBefore < until)))
            .Select(a => new
            {
                a.SubjectKey,
                Because = a.Role != role ? WhyLeftOut.IncompatibleRole
                : a.Suspended ? WhyLeftOut.Suspended
                : WhyLeftOut.Holds,
            })
            .ToListAsync();
        return held.GroupBy(h => h.SubjectKey, h => h.Because).ToDictionary(g => g.Key, g => g.Min());
    }
}
