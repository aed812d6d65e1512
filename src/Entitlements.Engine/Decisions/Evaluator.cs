namespace Entitlements.Engine.Decisions;

/// <summary>Same request, same facts, same instant: same decision. No I/O, no clock, no randomness.</summary>
public static class Evaluator
{
    /// <summary>Judges <paramref name="request"/> by <paramref name="facts"/> at the instant <paramref name="at"/>.</summary>
    /// <returns>An allow only when nothing stands against it; otherwise every reason that applies, first the headline.</returns>
    /// <remarks>
    /// Deny overrides (XACML 3.0 §C.2): each step only ever adds reasons, and an allow is the absence of any.
    /// <c>HoldsUntil</c> is exact: the facts' own boundaries are tried in order until the verdict differs. Boundaries that cannot matter are not tried.
    /// </remarks>
    public static Decision Evaluate(EvaluationRequest request, Facts facts, DateTimeOffset at)
    {
        var verdict = Judge(request, facts, at);
        var until = verdict.Steady;
        while (until < DateTimeOffset.MaxValue && Judge(request, facts, until) is var later && later.Says(verdict))
        {
            until = later.Steady;
        }
        return verdict.Reasons.IsEmpty ? new Decision.Allow(verdict.By, until) : new Decision.Deny(verdict.Reasons, until);
    }

    /// <param name="Reasons">Empty means allowed.</param>
    /// <param name="By">The assignment that confers, or 0.</param>
    /// <param name="Steady">No instant before this one has another verdict; on it the verdict may differ.</param>
    private readonly record struct Verdict(DenyReasons Reasons, long By, DateTimeOffset Steady)
    {
        internal static Verdict NotAvailable(DateTimeOffset steady) => new(default(DenyReasons).With(DenyReason.NotAvailable), 0, steady);

        internal bool Says(Verdict other) => Reasons == other.Reasons && By == other.By;
    }

    private static Verdict Judge(EvaluationRequest request, Facts facts, DateTimeOffset at)
    {
        if (!facts.CallerMayAsk || facts is not { Subject: { } subject, Resource: { Adopted: true, ActionKnown: true } resource })
        {
            return Verdict.NotAvailable(DateTimeOffset.MaxValue);
        }
        if (at >= subject.KnownUntil)
        {
            return Verdict.NotAvailable(DateTimeOffset.MaxValue);
        }
        var role = RoleStep.Judge(facts, at);
        if (resource.Hidden && !role.InWindow)
        {
            return Verdict.NotAvailable(role.Steady);
        }
        var reasons = default(DenyReasons).With(DenyReason.SubjectInactive, !subject.Active).With(DenyReason.SubjectSuspended, subject.Suspended);
        reasons = OfResource(reasons, resource);
        reasons = OfRule(reasons, request, facts, resource, at);
        reasons = OfAssessment(reasons, facts, resource, at);
        reasons = facts.Rule is { } rule
            ? new(reasons.Bits | role.Reasons.Bits | AccreditationStep.Judge(rule.Accreditations, facts.Accreditations, at).Bits)
            : reasons;
        reasons = reasons.With(DenyReason.GuidanceNotAccepted, resource.IsApp && facts.GuidanceOutstanding && !(at < facts.GuidanceDeferredUntil));
        reasons = OfDevice(reasons, request, facts, resource, at);
        return new(reasons, reasons.IsEmpty ? role.By : 0, Boundaries.NextAfter(facts, at, role.Steady));
    }

    private static DenyReasons OfResource(DenyReasons reasons, ResourceFacts resource)
    {
        reasons = reasons
            .With(DenyReason.AppRecalled, resource.Bars.HasFlag(Bars.Recalled))
            .With(DenyReason.AppWithdrawn, resource.Bars.HasFlag(Bars.Withdrawn))
            .With(DenyReason.AppSuspended, resource.Bars.HasFlag(Bars.Suspended));
        if (!resource.IsApp)
        {
            return reasons;
        }
        if (resource.Release is not { Published: true } release)
        {
            return reasons.With(resource.ReleaseNamed ? DenyReason.ReleaseNotAvailable : DenyReason.AppNotPublished);
        }
        return reasons
            .With(DenyReason.ReleaseYanked, release.Bars.HasFlag(Bars.Withdrawn))
            .With(DenyReason.ReleaseRecalled, release.Bars.HasFlag(Bars.Recalled))
            .With(DenyReason.ReleaseSuspended, release.Bars.HasFlag(Bars.Suspended))
            .With(DenyReason.ReleaseHeld, release.Held);
    }

    private static DenyReasons OfRule(DenyReasons reasons, EvaluationRequest request, Facts facts, ResourceFacts resource, DateTimeOffset at)
    {
        if (facts.Rule is not { } rule)
        {
            return reasons.With(DenyReason.NoRule);
        }
        if (!rule.Readable || (resource.IsApp && rule.Conditions.Count > 0)) // an app's rule cannot listen to the caller
        {
            return reasons.With(DenyReason.RuleUnreadable);
        }
        reasons = reasons.With(DenyReason.RuleLapsed, at >= rule.InForceUntil);
        for (var i = 0; i < rule.Conditions.Count; i++)
        {
            var condition = rule.Conditions[i];
            var sent = condition.On switch
            {
                RequestPart.Subject => request.Subject.Properties,
                RequestPart.Action => request.Action.Properties,
                RequestPart.Resource => request.Resource.Properties,
            };
            reasons = reasons.With(DenyReason.ConditionNotMet, !sent.Has(condition.Property, condition.EqualTo));
        }
        return reasons;
    }

    private static DenyReasons OfAssessment(DenyReasons reasons, Facts facts, ResourceFacts resource, DateTimeOffset at)
    {
        if (!resource.HighRisk)
        {
            return reasons;
        }
        if (facts.Assessment is not { Approved: true } assessment)
        {
            return reasons.With(DenyReason.AssessmentMissing);
        }
        var inForce = at < assessment.InForceUntil;
        var inGrace = assessment.RedeemedBeforeLapse && at < Boundaries.EndOfGrace(assessment);
        return reasons.With(DenyReason.AssessmentLapsed, !inForce && !inGrace && !(at < assessment.SetAsideUntil));
    }

    private static DenyReasons OfDevice(DenyReasons reasons, EvaluationRequest request, Facts facts, ResourceFacts resource, DateTimeOffset at)
    {
        if (facts.Rule is not { Device: not DeviceCondition.None } rule)
        {
            return reasons;
        }
        if (request.Context.Device is null)
        {
            return reasons.With(DenyReason.DeviceRequired);
        }
        if (facts.Device is not { } device)
        {
            return reasons.With(DenyReason.DeviceUnknown);
        }
        var theirs =
            at < device.UsableUntil
            && device.Kind switch
            {
                DeviceKind.Personal => device.BelongsToSubject,
                DeviceKind.Pool => device.BookedToSubject,
                DeviceKind.Shared => true,
            };
        return reasons
            .With(DenyReason.DeviceNotTheirs, !theirs)
            .With(DenyReason.DeviceNotManaged, rule.Device == DeviceCondition.Managed && !device.Managed)
            .With(DenyReason.DeviceLimitReached, resource.DeviceLimit is { } limit && resource.OtherDevices >= limit);
    }
}
