using Entitlements.Engine.Decisions;

namespace Entitlements.Engine.Tests.Reference;

/// <summary>
/// The second model: plain, slow, obvious, written from the rules of a decision, step by step and without a look at the evaluator.
/// It shares the facts with the evaluator and nothing else; reasons are words, in the order in which they are asked.
/// </summary>
internal static class ReferenceModel
{
    internal sealed record Answer(bool Allowed, string Reasons, long By, DateTimeOffset HoldsUntil);

    internal static Answer Decide(EvaluationRequest request, Facts facts, DateTimeOffset at)
    {
        var (reasons, by) = Ask(request, facts, at);
        var later = EveryInstant(facts).Where(instant => instant > at && instant < DateTimeOffset.MaxValue).Order();
        var until = later.Where(instant => Ask(request, facts, instant) != (reasons, by)).Append(DateTimeOffset.MaxValue).First();
        return new Answer(reasons.Length == 0, reasons, by, until);
    }

    private static (string Reasons, long By) Ask(EvaluationRequest request, Facts facts, DateTimeOffset at)
    {
        var rule = facts.Rule;
        List<HeldRole> named = [.. facts.Held.Where(held => rule is not null && rule.Roles.Contains(held.Role) && IsIn(held, at))];

        // 1 to 3: who asks, about whom, about what. What cannot be known is said alone.
        var known = facts.CallerMayAsk && facts.Subject is not null && facts.Resource is { Adopted: true, ActionKnown: true };
        var gone = facts.Subject is not null && at >= facts.Subject.KnownUntil; // lent by another force, or living in an exercise, and no longer
        if (!known || gone || (facts.Resource!.Hidden && !named.Any(held => HasGround(held, at))))
        {
            return ("not_available", 0);
        }
        var app = facts.Resource!;
        List<string> no = [];
        void Say(bool applies, string reason) => no.AddRange(applies ? [reason] : []);

        // 2: the subject is active.
        Say(!facts.Subject!.Active, "subject_inactive");
        Say(facts.Subject.Suspended, "subject_suspended");

        // 3: the app is live, and so is the release.
        Say(Has(app.Bars, Bars.Recalled), "app_recalled");
        Say(Has(app.Bars, Bars.Withdrawn), "app_withdrawn");
        Say(Has(app.Bars, Bars.Suspended), "app_suspended");
        var published = app.Release is { Published: true };
        Say(app.IsApp && !published && !app.ReleaseNamed, "app_not_published");
        Say(app.IsApp && !published && app.ReleaseNamed, "release_not_available");
        var releaseBars = app.IsApp && published ? app.Release!.Bars : Bars.None;
        Say(Has(releaseBars, Bars.Withdrawn), "release_yanked");
        Say(Has(releaseBars, Bars.Recalled), "release_recalled");
        Say(Has(releaseBars, Bars.Suspended), "release_suspended");
        Say(app.IsApp && published && app.Release!.Held, "release_held");

        // 4: a rule; none means nobody; one that cannot be read, or that would listen to what a caller says of an app, denies.
        var unreadable = rule is not null && (!rule.Readable || (app.IsApp && rule.Conditions.Any()));
        Say(rule is null, "no_rule");
        Say(unreadable, "rule_unreadable");
        Say(rule is not null && !unreadable && !(at < rule.InForceUntil), "rule_lapsed");
        Say(rule is not null && !unreadable && !rule.Conditions.All(condition => IsMet(condition, request)), "condition_not_met");

        // 5: a high-risk app's assessment.
        var assessment = facts.Assessment is { Approved: true } ? facts.Assessment : null;
        Say(app.HighRisk && assessment is null, "assessment_missing");
        Say(app.HighRisk && assessment is not null && !InForce(assessment, at), "assessment_lapsed");

        // 6: a role that the rule names, held now, with the accreditations that it asks for.
        var able = named.Where(held => !held.Suspended).ToList();
        var free = able.Where(held => !facts.Held.Any(other => IsIn(other, at) && !other.Suspended && AreIncompatible(held, other))).ToList();
        var here = free.Where(held => !held.ForAnotherDevice).ToList();
        var grounded = here.Where(held => HasGround(held, at)).ToList();
        var conferring = grounded.Where(held => held.Accreditations.All(asks => IsAccredited(facts, asks, at))).ToList();
        var lacking = rule is not null && conferring.Count == 0;
        Say(lacking && named.Count == 0, "role_not_held");
        Say(lacking && named.Any(held => held.Suspended), "assignment_suspended");
        Say(lacking && able.Count > free.Count, "separation_of_duty");

        Say(lacking && able.Any(held => held.ForAnotherDevice), "device_not_granted");
        Say(lacking && able.Any(held => !HasGround(held, at)), "home_right_not_held");

        // and those that the rule itself asks for.
        List<string> asks = [.. rule?.Accreditations ?? [], .. lacking ? able.SelectMany(held => held.Accreditations) : []];
        var wanting = asks.Where(ask => !IsAccredited(facts, ask, at)).ToList();
        Say(wanting.Any(ask => !WasAccredited(facts, ask, at)), "accreditation_missing");
        Say(wanting.Any(ask => WasAccredited(facts, ask, at)), "accreditation_lapsed");

        // 7: guidance, unless an emergency lets it wait.
        Say(app.IsApp && facts.GuidanceOutstanding && !Stands(facts.GuidanceDeferredUntil, at), "guidance_not_accepted");

        // 8: the device.
        var asked = rule is not null && rule.Device != DeviceCondition.None;
        var isNamed = request.Context.Device is not null;
        var device = asked && isNamed ? facts.Device : null;
        Say(asked && !isNamed, "device_required");
        Say(asked && isNamed && device is null, "device_unknown");
        Say(device is not null && !(IsTheirs(device) && at < device.UsableUntil), "device_not_theirs");
        Say(device is not null && rule!.Device == DeviceCondition.Managed && !device.Managed, "device_not_managed");
        Say(device is not null && app.DeviceLimit is not null && app.OtherDevices + 1 > app.DeviceLimit, "device_limit_reached");

        var best = conferring.OrderByDescending(held => held.NotAfter).ThenBy(held => held.Assignment).FirstOrDefault();
        return (string.Join(' ', no), no.Count == 0 ? best!.Assignment : 0);
    }

    private static bool Stands(DateTimeOffset? until, DateTimeOffset at) => until is not null && until.Value > at;

    private static bool IsIn(HeldRole held, DateTimeOffset at) => at >= held.NotBefore && !(at >= held.NotAfter);

    /// <remarks>Mutual aid: the person is in the equivalent role at home, in full, and has been since before the aid began.</remarks>
    private static bool HasGround(HeldRole held, DateTimeOffset at)
    {
        var home = held.RestsOn;
        if (home is null)
        {
            return true;
        }
        var atHome = home.Held.Where(one => IsIn(one, at) && !one.Suspended).ToList();
        var rights = atHome.Where(one => one.Role == home.Role && one.RestsOn is null && !one.ForAnotherDevice && !(one.NotBefore > held.NotBefore));
        return rights.Any(right =>
            !atHome.Any(other => AreIncompatible(right, other)) && right.Accreditations.All(asks => IsAccredited(home.Accreditations, asks, at))
        );
    }

    private static bool IsAccredited(Facts facts, string accreditation, DateTimeOffset at) => IsAccredited(facts.Accreditations, accreditation, at);

    private static bool IsAccredited(IEnumerable<HeldAccreditation> said, string accreditation, DateTimeOffset at) =>
        said.Any(one => one.Accreditation == accreditation && !one.Ended && at >= one.NotBefore && !(at >= one.NotAfter));

    private static bool WasAccredited(Facts facts, string accreditation, DateTimeOffset at) =>
        facts.Accreditations.Any(one => one.Accreditation == accreditation && (one.Ended || at >= one.NotAfter));

    private static bool AreIncompatible(HeldRole one, HeldRole other) =>
        one.ConflictsWith.Any(role => role == other.Role) || other.ConflictsWith.Any(role => role == one.Role);

    private static bool Has(Bars bars, Bars bar) => (bars & bar) == bar;

    private static bool IsTheirs(DeviceFacts device) =>
        device.Kind == DeviceKind.Shared
        || (device.Kind == DeviceKind.Personal && device.BelongsToSubject)
        || (device.Kind == DeviceKind.Pool && device.BookedToSubject);

    private static bool InForce(AssessmentFacts assessment, DateTimeOffset at) =>
        Stands(assessment.SetAsideUntil, at)
        || at < assessment.InForceUntil
        || (assessment.RedeemedBeforeLapse && at - assessment.InForceUntil < assessment.Grace);

    private static bool IsMet(Condition condition, EvaluationRequest request)
    {
        var sent = new Dictionary<RequestPart, Properties>
        {
            [RequestPart.Subject] = request.Subject.Properties,
            [RequestPart.Action] = request.Action.Properties,
            [RequestPart.Resource] = request.Resource.Properties,
        };
        return sent[condition.On].Has(condition.Property, condition.EqualTo);
    }

    /// <remarks>Every instant that the facts mention, and the ticks beside it, so that a boundary off by one shows.</remarks>
    private static IEnumerable<DateTimeOffset> EveryInstant(Facts facts)
    {
        var mentioned = facts.Held.SelectMany(held => new[] { held.NotBefore, held.NotAfter }).ToList();
        mentioned.AddRange(facts.Accreditations.SelectMany(one => new[] { one.NotBefore, one.NotAfter }));
        var homes = facts.Held.Select(held => held.RestsOn ?? HomeRight.None).ToList();
        mentioned.AddRange(homes.SelectMany(home => home.Held).SelectMany(held => new[] { held.NotBefore, held.NotAfter }));
        mentioned.AddRange(homes.SelectMany(home => home.Accreditations).SelectMany(one => new[] { one.NotBefore, one.NotAfter }));
        mentioned.Add(facts.Subject?.KnownUntil ?? DateTimeOffset.MaxValue);
        mentioned.Add(facts.Rule?.InForceUntil ?? DateTimeOffset.MaxValue);
        if (facts.Assessment is { } assessment)
        {
            mentioned.Add(assessment.InForceUntil);
            mentioned.Add(assessment.SetAsideUntil ?? DateTimeOffset.MinValue);
            if (assessment.Grace < DateTimeOffset.MaxValue - assessment.InForceUntil)
            {
                mentioned.Add(assessment.InForceUntil + assessment.Grace);
            }
        }
        mentioned.Add(facts.GuidanceDeferredUntil ?? DateTimeOffset.MinValue);
        if (facts.Device is { } device)
        {
            mentioned.Add(device.UsableUntil);
        }
        return mentioned
            .Where(instant => instant > DateTimeOffset.MinValue && instant < DateTimeOffset.MaxValue)
            .SelectMany(instant => new[] { instant.AddTicks(-1), instant, instant.AddTicks(1) })
            .Distinct();
    }
}
