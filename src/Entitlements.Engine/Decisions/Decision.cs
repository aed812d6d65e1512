namespace Entitlements.Engine.Decisions;

/// <summary>The engine's answer. Two cases; callers test for <see cref="Allow"/> and refuse all else.</summary>
/// <param name="HoldsUntil">
/// The earliest instant after the judged one at which the same facts would be judged differently: in verdict, in reasons, or in the assignment that confers;
/// <see cref="DateTimeOffset.MaxValue"/> when time alone changes nothing.
/// </param>
public abstract record Decision(DateTimeOffset HoldsUntil)
{
    /// <summary>Allowed.</summary>
    /// <param name="By">The assignment that confers it: of those in force the one that lasts longest, then the lowest id; 0 never occurs.</param>
    /// <param name="HoldsUntil">See <see cref="Decision"/>.</param>
    public sealed record Allow(long By, DateTimeOffset HoldsUntil) : Decision(HoldsUntil);

    /// <summary>Refused.</summary>
    /// <param name="Reasons">Every reason that applies, in the order of <see cref="DenyReason"/>; never empty.</param>
    /// <param name="HoldsUntil">See <see cref="Decision"/>.</param>
    public sealed record Deny(DenyReasons Reasons, DateTimeOffset HoldsUntil) : Decision(HoldsUntil);
}

/// <summary>Why a decision refuses. Closed list; the order is the order of report, and the wire code is the name in snake case (<see cref="DenyReasonCodes"/>).</summary>
public enum DenyReason
{
    /// <summary>Unknown, foreign or hidden: said alone, so that the three cannot be told apart.</summary>
    NotAvailable,

    /// <summary>The account has ended.</summary>
    SubjectInactive,

    /// <summary>An administrator suspended the person.</summary>
    SubjectSuspended,

    /// <summary>The app was recalled; final.</summary>
    AppRecalled,

    /// <summary>The app was withdrawn: no new entitlements.</summary>
    AppWithdrawn,

    /// <summary>The app is suspended.</summary>
    AppSuspended,

    /// <summary>No release of the app is published.</summary>
    AppNotPublished,

    /// <summary>The named release does not exist or is not published.</summary>
    ReleaseNotAvailable,

    /// <summary>The release was yanked.</summary>
    ReleaseYanked,

    /// <summary>The release was recalled; final.</summary>
    ReleaseRecalled,

    /// <summary>The release is suspended.</summary>
    ReleaseSuspended,

    /// <summary>The release can do more than the tenant's assessment covers, and there is none that does not.</summary>
    ReleaseHeld,

    /// <summary>No rule opens the app to anybody in this tenant.</summary>
    NoRule,

    /// <summary>The stored rule cannot be read.</summary>
    RuleUnreadable,

    /// <summary>The rule's own end has passed, and nobody has renewed it.</summary>
    RuleLapsed,

    /// <summary>A condition of the rule does not hold for this request.</summary>
    ConditionNotMet,

    /// <summary>A high-risk app without an approved assessment in this tenant.</summary>
    AssessmentMissing,

    /// <summary>The assessment's review date has passed.</summary>
    AssessmentLapsed,

    /// <summary>The subject holds, at this instant, none of the roles the rule names.</summary>
    RoleNotHeld,

    /// <summary>The only assignments that would do are suspended.</summary>
    AssignmentSuspended,

    /// <summary>The roles that would do conflict with another role held.</summary>
    SeparationOfDuty,

    /// <summary>The assignment that would do is for one device, and another, or none, was named.</summary>
    DeviceNotGranted,

    /// <summary>The mutual aid that would do rests on a role in the person's own force that they do not hold at this instant.</summary>
    HomeRightNotHeld,

    /// <summary>An accreditation that the rule, or the role that would do, asks for is not held, or not yet.</summary>
    AccreditationMissing,

    /// <summary>An accreditation that is asked for was held and has ended.</summary>
    AccreditationLapsed,

    /// <summary>The guidance in force has not been accepted by this person.</summary>
    GuidanceNotAccepted,

    /// <summary>The rule asks for a device and none was named.</summary>
    DeviceRequired,

    /// <summary>The named device is not one of the tenant's.</summary>
    DeviceUnknown,

    /// <summary>The device belongs or is booked to somebody else, or its booking or provisional time is over.</summary>
    DeviceNotTheirs,

    /// <summary>The rule asks for a managed device.</summary>
    DeviceNotManaged,

    /// <summary>The person already has the app on as many devices as it allows.</summary>
    DeviceLimitReached,
}

/// <summary>A set of <see cref="DenyReason"/>, in their order. A value: building one allocates nothing.</summary>
public readonly record struct DenyReasons(uint Bits)
{
    /// <summary>True when no reason applies.</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>The first reason: the headline.</summary>
    public DenyReason Headline => (DenyReason)System.Numerics.BitOperations.TrailingZeroCount(Bits);

    /// <summary>The reasons after the headline. Not a property: a record prints those.</summary>
    public DenyReasons Rest() => new(Bits & (Bits - 1));

    /// <summary>True when <paramref name="reason"/> applies.</summary>
    public bool Contains(DenyReason reason) => (Bits & (1u << (int)reason)) != 0;

    /// <summary>This set and <paramref name="reason"/>, when <paramref name="applies"/>.</summary>
    public DenyReasons With(DenyReason reason, bool applies = true) => applies ? new(Bits | (1u << (int)reason)) : this;

    /// <summary>The reasons, in order of report.</summary>
    public IEnumerable<DenyReason> InOrder()
    {
        for (var left = this; !left.IsEmpty; left = left.Rest())
        {
            yield return left.Headline;
        }
    }
}
