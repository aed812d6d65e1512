using System.Collections.Immutable;

namespace Entitlements.Engine.Decisions;

/// <summary>
/// Everything the truth says that one decision may depend on, read at one revision. The caller brings it, the engine judges it.
/// A fact that is missing is a fact against: null and empty mean nobody.
/// </summary>
public sealed record Facts
{
    /// <summary>The caller may ask about this tenant at all.</summary>
    public bool CallerMayAsk { get; init; }

    /// <summary>The subject, or null when no such subject is known in the tenant.</summary>
    public SubjectFacts? Subject { get; init; }

    /// <summary>The resource, or null when nothing of that type and id is catalogued.</summary>
    public ResourceFacts? Resource { get; init; }

    /// <summary>The rule for (tenant, resource, action); null means nobody.</summary>
    public RuleFacts? Rule { get; init; }

    /// <summary>The tenant's assessment of the app; null when there is none.</summary>
    public AssessmentFacts? Assessment { get; init; }

    /// <summary>This subject's assignments in the tenant, whatever their window: of roles the rule names and of roles incompatible with those.</summary>
    public ImmutableArray<HeldRole> Held { get; init; } = [];

    /// <summary>What the tenant's sources say of this subject's accreditations, whatever their window: those that the rule or a role of <see cref="Held"/> asks for.</summary>
    public ImmutableArray<HeldAccreditation> Accreditations { get; init; } = [];

    /// <summary>True when guidance is in force for the app and this person has not accepted its version in force.</summary>
    public bool GuidanceOutstanding { get; init; }

    /// <summary>Until this instant, not included, an emergency lets the guidance wait; null: none does.</summary>
    public DateTimeOffset? GuidanceDeferredUntil { get; init; }

    /// <summary>The device the request named, or null when it is not one of the tenant's.</summary>
    public DeviceFacts? Device { get; init; }
}

/// <summary>The subject as the tenant knows it.</summary>
/// <param name="Active">False after the identity provider or an administrator ended the account.</param>
/// <param name="Suspended">True while an administrator's suspension stands.</param>
public sealed record SubjectFacts(bool Active, bool Suspended)
{
    /// <summary>From this instant the tenant knows no such person: the end of the last mutual aid of somebody from another tenant, or of the exercise that the subject lives in. Nobody else has such an end.</summary>
    public DateTimeOffset KnownUntil { get; init; } = DateTimeOffset.MaxValue;
}

/// <summary>The resource as the catalogue knows it.</summary>
public sealed record ResourceFacts
{
    /// <summary>True for type <c>app</c>: releases, assessments, guidance and devices apply, request properties never do.</summary>
    public bool IsApp { get; init; } = true;

    /// <summary>The asking tenant owns or adopted it.</summary>
    public bool Adopted { get; init; }

    /// <summary>Hidden apps do not exist for who holds no role that the rule names.</summary>
    public bool Hidden { get; init; }

    /// <summary>The type lists the action, or it is <c>download</c> on an app.</summary>
    public bool ActionKnown { get; init; }

    /// <summary>High risk: an assessment must be in force.</summary>
    public bool HighRisk { get; init; }

    /// <summary>Bars on the app in force for this tenant; they add up.</summary>
    public Bars Bars { get; init; }

    /// <summary>The release that the request names, else the current one; null when there is none to be had.</summary>
    public ReleaseFacts? Release { get; init; }

    /// <summary>False when the request names a release: then a missing one is <see cref="DenyReason.ReleaseNotAvailable"/>.</summary>
    public bool ReleaseNamed { get; init; }

    /// <summary>Most devices on which one person may have the app; null when there is no limit.</summary>
    public int? DeviceLimit { get; init; }

    /// <summary>Other devices on which this person already has the app.</summary>
    public int OtherDevices { get; init; }
}

/// <summary>Bars on an app or release. Undone by a change, except a recall, which is final.</summary>
[Flags]
public enum Bars
{
    /// <summary>Nothing stands.</summary>
    None = 0,

    /// <summary>Nobody, and copies are chased; final.</summary>
    Recalled = 1,

    /// <summary>No new entitlements; copies stay.</summary>
    Withdrawn = 2,

    /// <summary>Nobody, until lifted.</summary>
    Suspended = 4,
}

/// <summary>A release in the catalogue.</summary>
/// <param name="Published">A change published it.</param>
/// <param name="Bars">Bars on this release; <see cref="Bars.Withdrawn"/> on a release is a yank.</param>
public sealed record ReleaseFacts(bool Published, Bars Bars)
{
    /// <summary>It can do more than the asking tenant's assessment covers: it waits there until that is assessed.</summary>
    public bool Held { get; init; }
}

/// <summary>What a rule asks. A rule that could not be read is <see cref="Unreadable"/> and denies.</summary>
/// <param name="Roles">Any of these roles; empty means nobody.</param>
/// <param name="Device">What the rule asks of the device.</param>
/// <param name="Conditions">All must hold; only types other than app have any.</param>
public sealed record RuleFacts(ImmutableArray<string> Roles, DeviceCondition Device, IReadOnlyList<Condition> Conditions)
{
    /// <summary>A stored rule that cannot be read: loud when written, closed when read.</summary>
    public static RuleFacts Unreadable { get; } = new([], DeviceCondition.Managed, []) { Readable = false };

    /// <summary>All of these, besides one of the roles; empty asks for none.</summary>
    public ImmutableArray<string> Accreditations { get; init; } = [];

    /// <summary>First instant at which it opens nothing any more.</summary>
    public DateTimeOffset InForceUntil { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>False only for <see cref="Unreadable"/>.</summary>
    public bool Readable { get; private init; } = true;
}

/// <summary>What a rule asks of the device, weakest first.</summary>
public enum DeviceCondition
{
    /// <summary>No device need be named.</summary>
    None,

    /// <summary>A device of the tenant that this person may use. The default for apps.</summary>
    Known,

    /// <summary>A known device that device management reports as managed.</summary>
    Managed,
}

/// <summary>Equality on one property of the request. The catalogue refuses conditions on apps, and the engine ignores a rule that has any there.</summary>
/// <param name="On">The part whose property is compared.</param>
/// <param name="Property">The property's name.</param>
/// <param name="EqualTo">The JSON value it must equal.</param>
public sealed record Condition(RequestPart On, string Property, System.Text.Json.JsonElement EqualTo);

/// <summary>The part of a request that a <see cref="Condition"/> looks at.</summary>
public enum RequestPart
{
    /// <summary>Only where the resource type says that its callers vouch for subject properties.</summary>
    Subject,

    /// <summary>The action.</summary>
    Action,

    /// <summary>The resource.</summary>
    Resource,
}

/// <summary>A data protection impact assessment as the decision sees it.</summary>
/// <param name="Approved">The DPO's outcome lets the app be used.</param>
/// <param name="InForceUntil">The review date: from this instant it has lapsed.</param>
/// <param name="Grace">How long after the lapse someone who redeemed before it may go on (0 to 30 days).</param>
/// <param name="RedeemedBeforeLapse">This person redeemed an entitlement for this app before <paramref name="InForceUntil"/>.</param>
public sealed record AssessmentFacts(bool Approved, DateTimeOffset InForceUntil, TimeSpan Grace, bool RedeemedBeforeLapse)
{
    /// <summary>Until this instant, not included, the DPO let this person go on without it in an emergency; null: nobody did. A lapse alone can be set aside.</summary>
    public DateTimeOffset? SetAsideUntil { get; init; }
}

/// <summary>One assignment of one role to the subject: in force in [<paramref name="NotBefore"/>, <paramref name="NotAfter"/>).</summary>
/// <param name="Assignment">The assignment's id; makes the order total, so that replicas agree.</param>
/// <param name="Role">The role's id in the rule's tenant.</param>
/// <param name="NotBefore">First instant in force.</param>
/// <param name="NotAfter">First instant no longer in force; <see cref="DateTimeOffset.MaxValue"/> when the role sets no longest time.</param>
/// <param name="Suspended">True while the assignment itself is suspended.</param>
/// <param name="ConflictsWith">Roles that may not be held together with this one.</param>
public sealed record HeldRole(
    long Assignment,
    string Role,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    bool Suspended,
    ImmutableArray<string> ConflictsWith
)
{
    /// <summary>All of these are needed for the role to confer anything; it conflicts with others, and shows a hidden app, without them.</summary>
    public ImmutableArray<string> Accreditations { get; init; } = [];

    /// <summary>It is for one device, and the request names another or none: it confers nothing.</summary>
    public bool ForAnotherDevice { get; init; }

    /// <summary>Given in mutual aid: the right in the person's own tenant without which it confers nothing. Null: it rests on nothing else.</summary>
    public HomeRight? RestsOn { get; init; }

    /// <summary>True when <paramref name="at"/> lies in the window; its last instant is already outside.</summary>
    public bool CoversInstant(DateTimeOffset at) => NotBefore <= at && at < NotAfter;
}

/// <summary>What an assignment given in mutual aid rests on, in the person's own tenant, the home.</summary>
/// <param name="Role">The role there that was declared equivalent.</param>
/// <param name="Held">The person's assignments there, whatever their window: of that role and of those incompatible with it.</param>
/// <param name="Accreditations">What the home's sources say of the accreditations that these ask for.</param>
public sealed record HomeRight(string Role, ImmutableArray<HeldRole> Held, ImmutableArray<HeldAccreditation> Accreditations)
{
    /// <summary>No right is left there, or none that could be read.</summary>
    public static HomeRight None { get; } = new("", [], []);
}

/// <summary>What one source says of one accreditation of the subject: held in [<paramref name="NotBefore"/>, <paramref name="NotAfter"/>), unless ended.</summary>
/// <param name="Accreditation">Its id in the rule's tenant.</param>
/// <param name="NotBefore">First instant held.</param>
/// <param name="NotAfter">First instant no longer held.</param>
/// <param name="Ended">Its source took it back, whatever the window says.</param>
public sealed record HeldAccreditation(string Accreditation, DateTimeOffset NotBefore, DateTimeOffset NotAfter, bool Ended)
{
    /// <summary>True when it is held at <paramref name="at"/>.</summary>
    public bool CoversInstant(DateTimeOffset at) => !Ended && NotBefore <= at && at < NotAfter;
}

/// <summary>The named device as the tenant knows it.</summary>
/// <param name="Kind">Personal, pool or shared.</param>
/// <param name="BelongsToSubject">A personal device of this person's.</param>
/// <param name="BookedToSubject">A pool device booked to this person (until <paramref name="UsableUntil"/>).</param>
/// <param name="Managed">Device management reports it as managed.</param>
/// <param name="UsableUntil">End of the booking, or of a provisional enrolment; <see cref="DateTimeOffset.MaxValue"/> when neither.</param>
public sealed record DeviceFacts(DeviceKind Kind, bool BelongsToSubject, bool BookedToSubject, bool Managed, DateTimeOffset UsableUntil);

/// <summary>Whose a device is.</summary>
public enum DeviceKind
{
    /// <summary>Belongs to one person.</summary>
    Personal,

    /// <summary>Booked to one person until a time.</summary>
    Pool,

    /// <summary>Anyone of the tenant may use it.</summary>
    Shared,
}
