using System.Text.Json;
using Entitlements.Engine.Decisions;

namespace Entitlements.Engine.Changes;

/// <summary>
/// Says whether a write widens. Pure and conservative: what cannot be shown to take away or to leave alone counts as widening.
/// Each judges what <em>could</em> be allowed, not whom it reaches today. Throughout null means that there is no such thing.
/// </summary>
public static class Widening
{
    /// <summary>A rule for (tenant, resource, action). Unreadable on either side is widening unless it is removed or stays so.</summary>
    public static Reach OfRule(RuleFacts? before, RuleFacts? after)
    {
        if (before is null || after is null)
        {
            return OfExistence(before, after);
        }
        if (!before.Readable || !after.Readable)
        {
            return before.Readable == after.Readable ? Reach.Unchanged : Reach.Widens;
        }
        return default(ReachTally)
            .AndGrants(before.Roles, after.Roles)
            .AndGrants(after.Accreditations, before.Accreditations) // a bar, so the other way round
            .AndCeiling<DateTimeOffset>(before.InForceUntil, after.InForceUntil)
            .And(widens: after.Device < before.Device, narrows: after.Device > before.Device)
            .And(widens: !AllIn(before.Conditions, after.Conditions), narrows: !AllIn(after.Conditions, before.Conditions))
            .Reach;
    }

    /// <summary>A role's policy. Creating a role is not judged here: no rule reaches it yet.</summary>
    public static Reach OfRolePolicy(RolePolicy before, RolePolicy after) =>
        default(ReachTally)
            .AndCeiling(before.Establishment, after.Establishment)
            .AndCeiling(before.LongestAssignment, after.LongestAssignment)
            .And(widens: before.Restricted && !after.Restricted, narrows: !before.Restricted && after.Restricted)
            .AndGrants(after.IncompatibleWith, before.IncompatibleWith) // bars, so the other way round
            .AndGrants(after.Accreditations, before.Accreditations)
            .Reach;

    /// <summary>A source of accreditations: it may lift the bars that ask for them, so all but taking out widens, and so does another who speaks for it.</summary>
    public static Reach OfAccreditationSource(AccreditationSourcePolicy? before, AccreditationSourcePolicy? after) =>
        before is null || after is null
            ? OfExistence(before, after)
            : default(ReachTally).AndGrants(before.Accreditations, after.Accreditations).And(widens: before.Client != after.Client, narrows: false).Reach;

    /// <summary>A client's registration: a new one widens, and so does all but taking something out of it.</summary>
    public static Reach OfClient(ClientPolicy? before, ClientPolicy? after) =>
        before is null || after is null
            ? OfExistence(before, after)
            : default(ReachTally)
                .AndGrants(before.Tenants, after.Tenants)
                .AndGrants(before.Scopes, after.Scopes)
                .AndGrants(Flatten(before.Functions), Flatten(after.Functions))
                .AndGrants(OneOrNone(before.ServiceSubject), OneOrNone(after.ServiceSubject))
                .AndGrants(OneOrNone(before.Person), OneOrNone(after.Person))
                .Reach;

    /// <summary>An assessment. One that is not approved opens nothing, so only its approval widens.</summary>
    public static Reach OfAssessment(AssessmentPolicy? before, AssessmentPolicy? after)
    {
        var was = before is { Approved: true } ? before : null;
        var willBe = after is { Approved: true } ? after : null;
        return was is null || willBe is null
            ? OfExistence(was, willBe)
            : default(ReachTally)
                .AndCeiling<DateTimeOffset>(was.InForceUntil, willBe.InForceUntil)
                .AndCeiling<TimeSpan>(was.Grace, willBe.Grace)
                .AndGrants(was.Covers, willBe.Covers)
                .Reach;
    }

    /// <summary>An app's own settings. Another distribution is another set of bytes: always widening.</summary>
    public static Reach OfApp(AppPolicy before, AppPolicy after) =>
        default(ReachTally)
            .And(widens: before.HighRisk && !after.HighRisk, narrows: !before.HighRisk && after.HighRisk)
            .And(widens: before.PersonProof && !after.PersonProof, narrows: !before.PersonProof && after.PersonProof)
            .AndCeiling(before.DeviceLimit, after.DeviceLimit)
            .And(widens: after.Visibility > before.Visibility, narrows: after.Visibility < before.Visibility)
            .And(widens: before.Distribution != after.Distribution, narrows: false)
            .Reach;

    /// <summary>The window of one assignment: reaching further in either direction widens. A window with no instant in it is none.</summary>
    public static Reach OfWindow(Window? before, Window? after)
    {
        var was = before is { IsEmpty: false } ? before : null;
        var willBe = after is { IsEmpty: false } ? after : null;
        return was is null || willBe is null
            ? OfExistence(was, willBe)
            : default(ReachTally)
                .And(widens: willBe.NotBefore < was.NotBefore, narrows: willBe.NotBefore > was.NotBefore)
                .And(widens: willBe.NotAfter > was.NotAfter, narrows: willBe.NotAfter < was.NotAfter)
                .Reach;
    }

    private static Reach OfExistence(object? before, object? after) =>
        (before, after) switch
        {
            (null, null) => Reach.Unchanged,
            (null, _) => Reach.Widens,
            (_, null) => Reach.Narrows,
            _ => Reach.Unchanged,
        };

    private static bool AllIn(IReadOnlyList<Condition> these, IReadOnlyList<Condition> those) =>
        these.All(one => those.Any(other => one.On == other.On && one.Property == other.Property && JsonElement.DeepEquals(one.EqualTo, other.EqualTo)));

    private static IEnumerable<(string Tenant, string Role)> Flatten(IReadOnlyDictionary<string, IReadOnlyList<string>> functions) =>
        functions.SelectMany(tenant => tenant.Value.Select(role => (tenant.Key, role)));

    private static IEnumerable<string> OneOrNone(string? value) => value is null ? [] : [value];
}
