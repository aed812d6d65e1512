using System.Data.Common;
using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Access;

/// <summary>The rows of <see cref="FactsStatement"/>, put together into facts. What cannot be read stays a fact against.</summary>
internal sealed class FactsParts
{
    /// <summary>30 days, in seconds: no grace is longer, whatever a row says.</summary>
    private const long LongestGrace = 30L * 24 * 60 * 60;

    /// <summary>A condition without its parts is unreadable, not one about nothing.</summary>
    private static readonly JsonSerializerOptions Complete = new(StoredJson.Options)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private long? _revision;
    private long _tenantGuard,
        _globalGuard;
    private string _timeline = "";
    private bool _safeMode;
    private DateTimeOffset? _readAt;
    private (long Key, bool Active, bool Suspended, string Home, DateTimeOffset KnownUntil)? _subject;
    private App? _app;
    private List<string>? _actions;
    private bool _subjectProperties;
    private readonly List<(Bars Kind, long Release)> _bars = [];
    private readonly List<Release> _releases = [];
    private (string Roles, string Device, string? Conditions, string Accreditations)? _rule;
    private AssessmentFacts? _assessment;
    private readonly List<(HeldRole Role, string? Aid)> _held = [];
    private readonly Dictionary<string, (string Role, string HomeRole)> _aids = new(StringComparer.Ordinal);
    private readonly List<HeldRole> _heldAtHome = [];
    private readonly List<HeldAccreditation> _accreditationsAtHome = [];
    private readonly Dictionary<string, (bool Restricted, bool Sensitive, bool Requestable)> _roles = new(StringComparer.Ordinal);
    private readonly List<HeldAccreditation> _accreditations = [];
    private (int Version, bool Accepted, DateTimeOffset? DeferredUntil)? _guidance;
    private (DeviceKind Kind, long Subject, bool Managed, DateTimeOffset Until)? _device,
        _deviceAtHome;
    private bool _deviceIsHere;

    private sealed record App(
        Distribution Distribution,
        Visibility Visibility,
        bool HighRisk,
        bool PersonProof,
        int? DeviceLimit,
        int OtherDevices,
        bool Adopted
    );

    private sealed record Release(ReleaseTruth Truth, DateTimeOffset? PublishedAt);

    public void Take(DbDataReader row)
    {
        switch ((Part)row.GetInt32(0))
        {
            case Part.Revision:
                (_revision, _globalGuard, _timeline, _safeMode) = (row.GetInt64(4), row.GetInt64(5), row.GetString(1), Flag(row, 6));
                _readAt = Instant(row, 9);
                break;
            case Part.Guard:
                _tenantGuard = row.GetInt64(4);
                break;
            case Part.Subject:
                _subject = (row.GetInt64(4), Flag(row, 6), Flag(row, 7), row.GetString(1), Instant(row, 10) ?? DateTimeOffset.MaxValue);
                break;
            case Part.App:
                _app = ReadApp(row);
                break;
            case Part.Type:
                (_actions, _subjectProperties) = (ReadList(row.GetString(1)), Flag(row, 6));
                break;
            case Part.Bar:
                _bars.Add((ReadBar(row.GetString(1)), row.GetInt64(4)));
                break;
            case Part.Release:
                _releases.Add(ReadRelease(row));
                break;
            case Part.Rule:
                _rule = (row.GetString(1), row.GetString(2), Text(row, 3), row.GetString(12));
                break;
            case Part.Assessment:
                _assessment = new(
                    row.GetString(1) == nameof(AssessmentOutcome.Approved),
                    row.GetInstant(9),
                    TimeSpan.FromSeconds(Math.Clamp(row.GetInt64(4), 0, LongestGrace)),
                    Flag(row, 6)
                )
                {
                    SetAsideUntil = Instant(row, 10),
                };
                break;
            case Part.Held:
                TakeHeld(row);
                break;
            case Part.Accreditation:
                _accreditations.Add(ReadAccreditation(row));
                break;
            case Part.Aid:
                _aids[row.GetString(1)] = (row.GetString(2), row.GetString(3));
                break;
            case Part.HomeHeld:
                if (ReadHeld(row) is { } atHome)
                {
                    _heldAtHome.Add(atHome);
                }
                break;
            case Part.HomeAccreditation:
                _accreditationsAtHome.Add(ReadAccreditation(row));
                break;
            case Part.Role:
                _roles[row.GetString(1)] = (Flag(row, 6), Flag(row, 7), Flag(row, 8));
                break;
            case Part.Guidance:
                _guidance = ((int)row.GetInt64(4), row.GetInt64(5) > 0, Instant(row, 9));
                break;
            case Part.Device:
                (_deviceIsHere, _device) = (true, ReadDevice(row));
                break;
            case Part.HomeDevice:
                _deviceAtHome = ReadDevice(row);
                break;
            default:
                throw new InvalidOperationException($"The facts statement has a part that nobody reads: {row.GetInt32(0)}.");
        }
    }

    /// <summary>One that was lent names its aid, or none that could be found.</summary>
    private void TakeHeld(DbDataReader row)
    {
        if (ReadHeld(row) is { } held)
        {
            _held.Add((held, Flag(row, 8) ? Text(row, 12) ?? "" : null));
        }
    }

    /// <summary>A role whose policy cannot be read is held by nobody.</summary>
    private static HeldRole? ReadHeld(DbDataReader row) =>
        ReadList(row.GetString(2)) is { } conflicts && ReadList(row.GetString(3)) is { } accreditations
            ? new(row.GetInt64(4), row.GetString(1), row.GetInstant(9), Instant(row, 10) ?? DateTimeOffset.MaxValue, Flag(row, 6), [.. conflicts])
            {
                Accreditations = [.. accreditations],
                ForAnotherDevice = Flag(row, 7),
            }
            : null;

    private static HeldAccreditation ReadAccreditation(DbDataReader row) => new(row.GetString(1), row.GetInstant(9), row.GetInstant(10), Flag(row, 6));

    /// <summary>A device whose kind cannot be read is not known.</summary>
    private static (DeviceKind Kind, long Subject, bool Managed, DateTimeOffset Until)? ReadDevice(DbDataReader row) =>
        TryReadName<DeviceKind>(row.GetString(1), out var kind) ? (kind, row.GetInt64(4), Flag(row, 6), Instant(row, 9) ?? DateTimeOffset.MaxValue) : null;

    /// <summary>A bar that cannot be read still bars.</summary>
    private static Bars ReadBar(string kind) => TryReadName<Bars>(kind, out var bar) && bar != Bars.None ? bar : Bars.Suspended;

    /// <summary>Names only: a number, however it came into the row, is not read as a member.</summary>
    private static bool TryReadName<T>(string text, out T value)
        where T : struct, Enum => Enum.TryParse(text, out value) && value.ToString() == text && !char.IsAsciiDigit(text[0]) && text[0] != '-';

    public Truth Assemble(EvaluationRequest request, bool mayAsk)
    {
        var rule = ReadRule();
        var release = ChooseRelease(request);
        var home = _subject is { Home: var own } && own != request.Tenant ? own : null;
        var held = rule is null ? [] : Relevant(rule.Roles, isGuest: home is not null);
        return new(
            new()
            {
                CallerMayAsk = mayAsk && request.Subject.Type == "user",
                Subject = _subject is { } subject ? new(subject.Active, subject.Suspended) { KnownUntil = subject.KnownUntil } : null,
                Resource = _app is null ? null : ResourceOf(request, _app, release),
                Rule = rule,
                Assessment = _assessment,
                Held = [.. held],
                Accreditations =
                [
                    .. _accreditations.Where(c =>
                        rule is not null && (rule.Accreditations.Contains(c.Accreditation) || held.Exists(h => h.Accreditations.Contains(c.Accreditation)))
                    ),
                ],
                GuidanceOutstanding = _guidance is { Accepted: false },
                GuidanceDeferredUntil = _guidance?.DeferredUntil,
                Device = (_deviceIsHere ? _device : _deviceAtHome) is { } device
                    ? new(device.Kind, IsTheirs(device.Subject), IsTheirs(device.Subject), device.Managed, device.Until)
                    : null,
            },
            _revision ?? throw new InvalidOperationException("The database has no revision."),
            _tenantGuard,
            _globalGuard
        )
        {
            Timeline = _timeline,
            SafeMode = _safeMode,
            ReadAt = _readAt,
            Roles = rule?.Roles ?? [],
            IsCacheable = _app?.DeviceLimit is null, // a redemption counts against it
            SubjectKey = _subject?.Key,
            Release = release?.Truth,
            PersonProof = _app?.PersonProof ?? true,
            Distribution = _app?.Distribution ?? default,
            GuidanceVersion = _guidance?.Version,
            Restricted = rule?.Roles.Any(r => _roles.TryGetValue(r, out var role) && role.Restricted) ?? false,
            Elsewhere = home is null
                ? []
                : Consistency.Evidence.OfGuest(request, home, [.. _aids.Values.Select(a => a.Role)], [.. _aids.Values.Select(a => a.HomeRole).Distinct()]),
            IsRequestable = home is null && rule?.Roles.Any(r => _roles.TryGetValue(r, out var role) && role.Requestable) == true,
            Sensitive = rule?.Roles.Any(r => _roles.TryGetValue(r, out var role) && role.Sensitive) ?? false,
        };
    }

    private bool IsTheirs(long owner) => _subject is { } subject && owner == subject.Key;

    private ResourceFacts ResourceOf(EvaluationRequest request, App app, Release? release) =>
        new()
        {
            IsApp = request.Resource.Type == Resource.App,
            Adopted = app.Adopted,
            Hidden = app.Visibility == Visibility.Hidden,
            ActionKnown =
                request.Resource.Type == Resource.App
                    ? request.Action.Name == Engine.Decisions.Action.Download || _rule is not null
                    : _actions?.Contains(request.Action.Name) == true,
            HighRisk = app.HighRisk,
            Bars = Combine(0),
            Release = release is null ? null : new(release.PublishedAt is not null, Combine(release.Truth.Key)),
            ReleaseNamed = IsReleaseNamed(request),
            DeviceLimit = app.DeviceLimit,
            OtherDevices = app.OtherDevices,
        };

    private static bool IsReleaseNamed(EvaluationRequest request) => request.Resource.Properties.Text("version") is { Length: > 0 };

    private Bars Combine(long release) => _bars.Where(b => b.Release == release).Aggregate(Bars.None, (all, bar) => all | bar.Kind);

    /// <summary>The named release, else the current one: the latest published that is not barred, or, if all are, the latest published.</summary>
    private Release? ChooseRelease(EvaluationRequest request)
    {
        var newestFirst = _releases.OrderByDescending(r => r.PublishedAt ?? DateTimeOffset.MinValue).ThenByDescending(r => r.Truth.Key).ToList();
        return newestFirst.Find(r => r.PublishedAt is not null && Combine(r.Truth.Key) == Bars.None)
            ?? newestFirst.Find(r => r.PublishedAt is not null)
            ?? (IsReleaseNamed(request) ? newestFirst.FirstOrDefault() : null);
    }

    /// <summary>Assignments of the rule's roles, and of those that conflict with one of them in either direction.</summary>
    /// <param name="isGuest">Of another tenant: whatever they hold here rests on something there, or confers nothing.</param>
    private List<HeldRole> Relevant(IReadOnlyList<string> roles, bool isGuest) =>
        Relevant(_held.ConvertAll(h => isGuest || h.Aid is not null ? h.Role with { RestsOn = RightOf(h.Aid) } : h.Role), roles);

    private static List<HeldRole> Relevant(List<HeldRole> all, IReadOnlyList<string> roles)
    {
        var named = all.FindAll(h => roles.Contains(h.Role));
        return all.FindAll(h => roles.Contains(h.Role) || named.Exists(n => n.ConflictsWith.Contains(h.Role) || h.ConflictsWith.Contains(n.Role)));
    }

    /// <summary>The right at home that the aid rests on; none where the aid, or the role's equivalence, is not there.</summary>
    private HomeRight RightOf(string? aid) =>
        aid is not null && _aids.TryGetValue(aid, out var lent)
            ? new(lent.HomeRole, [.. Relevant(_heldAtHome, [lent.HomeRole])], [.. _accreditationsAtHome])
            : HomeRight.None;

    private RuleFacts? ReadRule()
    {
        if (_rule is not { } rule)
        {
            return null;
        }
        try
        {
            List<Condition?>? conditions = rule.Conditions is null ? [] : JsonSerializer.Deserialize<List<Condition?>>(rule.Conditions, Complete);
            return
                ReadList(rule.Roles) is { } roles
                && ReadList(rule.Accreditations) is { } accreditations
                && conditions is not null
                && TryReadName<DeviceCondition>(rule.Device, out var device)
                && conditions.TrueForAll(c => c is not null && (_subjectProperties || c.On != RequestPart.Subject))
                ? new([.. roles], device, [.. conditions.OfType<Condition>()]) { Accreditations = [.. accreditations] }
                : RuleFacts.Unreadable;
        }
        catch (JsonException)
        {
            return RuleFacts.Unreadable; // loud when written, closed when read
        }
    }

    private static List<string>? ReadList(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<List<string?>>(json, StoredJson.Options) is { } list && !list.Contains(null) ? [.. list.OfType<string>()] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>An app that cannot be read is not there.</summary>
    private static App? ReadApp(DbDataReader row) =>
        !TryReadName<Distribution>(row.GetString(1), out var distribution) || !TryReadName<Visibility>(row.GetString(2), out var visibility)
            ? null
            : new(
                distribution,
                visibility,
                Flag(row, 6),
                Flag(row, 7),
                row.GetInt64(4) is >= 0 and var limit ? (int)limit : null,
                (int)row.GetInt64(5),
                Flag(row, 8)
            );

    private static Release ReadRelease(DbDataReader row) =>
        new(new(row.GetInt64(4), row.GetString(1), row.GetString(2), Text(row, 3), Text(row, 3) is null ? null : row.GetInt64(5)), Instant(row, 9));

    private static bool Flag(DbDataReader row, int column) => row.GetInt32(column) == 1;

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Instant(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInstant(column);
}
