using System.Text.Json;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;

namespace Entitlements.Engine.Tests.Changes;

public sealed class WideningTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly Condition Open = new(RequestPart.Resource, "status", JsonElement.Parse("\"open\""));
    private static readonly RuleFacts Rule = new(["a"], DeviceCondition.Known, [Open]);
    private static readonly RolePolicy Role = new(12, TimeSpan.FromDays(30), Restricted: true, ["auditor"]);
    private static readonly AssessmentPolicy Approved = new(true, Noon, TimeSpan.FromDays(7));
    private static readonly AppPolicy App = new(true, true, 2, AppVisibility.ByLink, new("artifact"));
    private static readonly AccreditationSourcePolicy Source = new(["refresher"], "client");
    private static readonly Window Hour = new(Noon, Noon.AddHours(1));
    private static readonly ClientPolicy Client = new(
        ["t"],
        ["manage"],
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["t"] = ["role-admin"] },
        "service",
        "person"
    );

    /// <summary>Each: what it is, before, after, what it does. Whatever is said to narrow must widen the other way round.</summary>
    public static TheoryData<string, Reach, Reach> Judgements =>
        new()
        {
            { "a rule where there was none", Widening.OfRule(null, Rule), Reach.Widens },
            { "a rule removed", Widening.OfRule(Rule, null), Reach.Narrows },
            { "no rule still", Widening.OfRule(null, null), Reach.Unchanged },
            { "a role more", Widening.OfRule(Rule, Rule with { Roles = ["a", "b"] }), Reach.Widens },
            { "another role instead", Widening.OfRule(Rule, Rule with { Roles = ["b"] }), Reach.Widens },
            { "a role less", Widening.OfRule(Rule with { Roles = ["b", "a"] }, Rule), Reach.Narrows },
            { "roles in another order, one twice", Widening.OfRule(Rule with { Roles = ["b", "a"] }, Rule with { Roles = ["a", "b", "a"] }), Reach.Unchanged },
            { "a weaker device condition", Widening.OfRule(Rule, Rule with { Device = DeviceCondition.None }), Reach.Widens },
            { "a stronger device condition", Widening.OfRule(Rule, Rule with { Device = DeviceCondition.Managed }), Reach.Narrows },
            { "a condition removed", Widening.OfRule(Rule, Rule with { Conditions = [] }), Reach.Widens },
            { "a condition changed", Widening.OfRule(Rule, Rule with { Conditions = [Open with { EqualTo = JsonElement.Parse("\"shut\"") }] }), Reach.Widens },
            { "a condition moved", Widening.OfRule(Rule, Rule with { Conditions = [Open with { On = RequestPart.Action }] }), Reach.Widens },
            { "a condition more", Widening.OfRule(Rule, Rule with { Conditions = [Open, Open with { Property = "other" }] }), Reach.Narrows },
            {
                "the same conditions in other objects",
                Widening.OfRule(Rule, Rule with { Conditions = [Open with { EqualTo = JsonElement.Parse(" \"open\" ") }] }),
                Reach.Unchanged
            },
            { "a role more and a stronger device condition", Widening.OfRule(Rule, new(["a", "b"], DeviceCondition.Managed, [Open])), Reach.Widens },
            { "a later end", Widening.OfRule(Rule with { InForceUntil = Noon }, Rule with { InForceUntil = Noon.AddDays(1) }), Reach.Widens },
            { "no end any more", Widening.OfRule(Rule with { InForceUntil = Noon }, Rule), Reach.Widens },
            { "an earlier end", Widening.OfRule(Rule, Rule with { InForceUntil = Noon }), Reach.Narrows },
            { "an accreditation asked for", Widening.OfRule(Rule, Rule with { Accreditations = ["refresher"] }), Reach.Narrows },
            { "an accreditation no longer asked for", Widening.OfRule(Rule with { Accreditations = ["refresher"] }, Rule), Reach.Widens },
            {
                "another accreditation instead",
                Widening.OfRule(Rule with { Accreditations = ["refresher"] }, Rule with { Accreditations = ["first-aid"] }),
                Reach.Widens
            },
            { "an unreadable rule replaced", Widening.OfRule(RuleFacts.Unreadable, Rule), Reach.Widens },
            { "an unreadable rule written", Widening.OfRule(Rule, RuleFacts.Unreadable), Reach.Widens },
            { "an unreadable rule removed", Widening.OfRule(RuleFacts.Unreadable, null), Reach.Narrows },
            { "establishment raised", Widening.OfRolePolicy(Role, Role with { Establishment = 13 }), Reach.Widens },
            { "establishment removed", Widening.OfRolePolicy(Role, Role with { Establishment = null }), Reach.Widens },
            { "establishment lowered", Widening.OfRolePolicy(Role, Role with { Establishment = 0 }), Reach.Narrows },
            { "establishment set", Widening.OfRolePolicy(Role with { Establishment = null }, Role), Reach.Narrows },
            { "longest assignment raised", Widening.OfRolePolicy(Role, Role with { LongestAssignment = TimeSpan.FromDays(31) }), Reach.Widens },
            { "longest assignment removed", Widening.OfRolePolicy(Role, Role with { LongestAssignment = null }), Reach.Widens },
            { "longest assignment cut", Widening.OfRolePolicy(Role, Role with { LongestAssignment = TimeSpan.FromDays(1) }), Reach.Narrows },
            { "no longer restricted", Widening.OfRolePolicy(Role, Role with { Restricted = false }), Reach.Widens },
            { "restricted", Widening.OfRolePolicy(Role with { Restricted = false }, Role), Reach.Narrows },
            { "an incompatibility removed", Widening.OfRolePolicy(Role, Role with { IncompatibleWith = [] }), Reach.Widens },
            { "a role that asks for an accreditation", Widening.OfRolePolicy(Role, Role with { Accreditations = ["refresher"] }), Reach.Narrows },
            {
                "a role that asks for one less",
                Widening.OfRolePolicy(Role with { Accreditations = ["x", "refresher"] }, Role with { Accreditations = ["x"] }),
                Reach.Widens
            },
            { "a source registered", Widening.OfAccreditationSource(null, Source), Reach.Widens },
            { "a source that may say more", Widening.OfAccreditationSource(Source, Source with { Accreditations = ["x", "refresher"] }), Reach.Widens },
            { "a source that may say less", Widening.OfAccreditationSource(Source, Source with { Accreditations = [] }), Reach.Narrows },
            { "a source for which another speaks", Widening.OfAccreditationSource(Source, Source with { Client = "other" }), Reach.Widens },
            { "a source taken to be kept by hand", Widening.OfAccreditationSource(Source, Source with { Client = null }), Reach.Widens },
            { "a source removed", Widening.OfAccreditationSource(Source, null), Reach.Narrows },
            { "an incompatibility more", Widening.OfRolePolicy(Role, Role with { IncompatibleWith = ["x", "auditor"] }), Reach.Narrows },
            { "a new client", Widening.OfClient(null, Client), Reach.Widens },
            { "even one that may do nothing", Widening.OfClient(null, new([], [], Client.Functions, null, null)), Reach.Widens },
            { "a client removed", Widening.OfClient(Client, null), Reach.Narrows },
            { "a tenant more", Widening.OfClient(Client, Client with { Tenants = ["t", "u"] }), Reach.Widens },
            { "a tenant less", Widening.OfClient(Client, Client with { Tenants = [] }), Reach.Narrows },
            { "a scope more", Widening.OfClient(Client, Client with { Scopes = ["manage", "audit.read"] }), Reach.Widens },
            { "a scope less", Widening.OfClient(Client, Client with { Scopes = [] }), Reach.Narrows },
            { "a function in another tenant", Widening.OfClient(Client, Client with { Functions = Functions("u") }), Reach.Widens },
            { "the same functions in another object", Widening.OfClient(Client, Client with { Functions = Functions("t") }), Reach.Unchanged },
            {
                "no functions",
                Widening.OfClient(Client, Client with { Functions = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) }),
                Reach.Narrows
            },
            { "another service subject", Widening.OfClient(Client, Client with { ServiceSubject = "other" }), Reach.Widens },
            { "no person", Widening.OfClient(Client, Client with { Person = null }), Reach.Narrows },
            { "another person", Widening.OfClient(Client, Client with { Person = "other" }), Reach.Widens },
            { "a new approved assessment", Widening.OfAssessment(null, Approved), Reach.Widens },
            { "a new refused assessment", Widening.OfAssessment(null, Approved with { Approved = false }), Reach.Unchanged },
            { "an approval", Widening.OfAssessment(Approved with { Approved = false }, Approved), Reach.Widens },
            { "an approval taken back", Widening.OfAssessment(Approved, Approved with { Approved = false, InForceUntil = Noon.AddDays(1) }), Reach.Narrows },
            { "a later review date", Widening.OfAssessment(Approved, Approved with { InForceUntil = Noon.AddTicks(1) }), Reach.Widens },
            { "an earlier review date", Widening.OfAssessment(Approved, Approved with { InForceUntil = Noon.AddTicks(-1) }), Reach.Narrows },
            { "an earlier review date and a longer grace", Widening.OfAssessment(Approved, new(true, Noon.AddDays(-9), TimeSpan.FromDays(8))), Reach.Widens },
            { "a shorter grace", Widening.OfAssessment(Approved, Approved with { Grace = TimeSpan.Zero }), Reach.Narrows },
            { "one capability more", Widening.OfAssessment(Approved, Approved with { Covers = ["camera"] }), Reach.Widens },
            { "one capability less", Widening.OfAssessment(Approved with { Covers = ["camera"] }, Approved), Reach.Narrows },
            { "one capability for another", Widening.OfAssessment(Approved with { Covers = ["camera"] }, Approved with { Covers = ["sms"] }), Reach.Widens },
            { "one capability more and refused", Widening.OfAssessment(Approved, Approved with { Approved = false, Covers = ["camera"] }), Reach.Narrows },
            { "no longer high risk", Widening.OfApp(App, App with { HighRisk = false }), Reach.Widens },
            { "no longer proof of the person", Widening.OfApp(App, App with { PersonProof = false }), Reach.Widens },
            { "device limit raised", Widening.OfApp(App, App with { DeviceLimit = 3 }), Reach.Widens },
            { "device limit removed", Widening.OfApp(App, App with { DeviceLimit = null }), Reach.Widens },
            { "device limit lowered", Widening.OfApp(App, App with { DeviceLimit = 1 }), Reach.Narrows },
            { "listed", Widening.OfApp(App, App with { Visibility = AppVisibility.Listed }), Reach.Widens },
            { "hidden", Widening.OfApp(App, App with { Visibility = AppVisibility.Hidden }), Reach.Narrows },
            { "from elsewhere", Widening.OfApp(App, App with { Distribution = new("managed-store", "org.example") }), Reach.Widens },
            {
                "by another signer",
                Widening.OfApp(App with { Distribution = new("managed-store", "x", "a") }, App with { Distribution = new("managed-store", "x", "b") }),
                Reach.Widens
            },
            { "a window where there was none", Widening.OfWindow(null, Hour), Reach.Widens },
            { "a window removed", Widening.OfWindow(Hour, null), Reach.Narrows },
            { "a window emptied", Widening.OfWindow(Hour, new(Noon.AddDays(9), Noon.AddDays(9))), Reach.Narrows },
            { "a window that opens earlier", Widening.OfWindow(Hour, Hour with { NotBefore = Noon.AddTicks(-1) }), Reach.Widens },
            { "a window that shuts later", Widening.OfWindow(Hour, Hour with { NotAfter = Noon.AddHours(2) }), Reach.Widens },
            { "a window moved", Widening.OfWindow(Hour, new(Noon.AddHours(-1), Noon.AddTicks(1))), Reach.Widens },
            { "a window cut", Widening.OfWindow(Hour, new(Noon.AddTicks(1), Noon.AddMinutes(59))), Reach.Narrows },
        };

    [Theory]
    [MemberData(nameof(Judgements))]
    public void A_write_reaches_as_far_as_it_says(string what, Reach judged, Reach expected) => Assert.True(expected == judged, $"{what}: {judged}");

    private static Dictionary<string, IReadOnlyList<string>> Functions(string tenant) => new(StringComparer.Ordinal) { [tenant] = ["role-admin"] };
}
