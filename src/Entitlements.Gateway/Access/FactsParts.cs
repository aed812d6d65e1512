using System.Data.Common;
using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Engine.Packages;
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
    private (string Roles, string Device, string? Conditions, string Accreditations, DateTimeOffset? InForceUntil)? _rule;
    private AssessmentFacts? _assessment;
    private List<string> _covered = [];
    private readonly List<(HeldRole Role, string? Aid)> _held = [];
    private readonly GuestParts _guest = new();
    private readonly Dictionary<string, (bool Restricted, bool Sensitive, bool Requestable)> _roles = new(StringComparer.Ordinal);
    private readonly List<HeldAccreditation> _accreditations = [];
    private (int? Accepted, DateTimeOffset? DeferredUntil)? _guidance;
    private DeviceRead? _device;
    private bool _deviceIsHere;

    private sealed record App(
        Distribution Distribution,
        Visibility Visibility,
        bool HighRisk,
        bool PersonProof,
        int? DeviceLimit,
        int OtherDevices,
        bool Adopted,
        bool Observed
    );

    /// <param name="Capabilities">As they stand in the row: read for those releases alone that may be the one.</param>
    private sealed record Release(ReleaseTruth Truth, DateTimeOffset? PublishedAt, string Capabilities);

    /// <summary>Gives the row to the question that it is for, or to all.</summary>
    public static void Take(DbDataReader row, FactsParts[] parts)
    {
        foreach (var one in row.GetInt32(11) is > 0 and var ask ? parts.AsSpan(ask - 1, 1) : parts)
        {
            one.Take(row);
        }
    }

    private void Take(DbDataReader row)
    {
        switch ((Part)row.GetInt32(0))
        {
            case Part.Revision:
                (_revision, _globalGuard, _timeline, _safeMode) = (row.GetInt64(4), row.GetInt64(5), row.GetString(1), row.Flag(6));
                _readAt = row.InstantOrNone(9);
                break;
            case Part.Guard:
                _tenantGuard = row.GetInt64(4);
                break;
            case Part.Subject:
                _subject = (row.GetInt64(4), row.Flag(6), row.Flag(7), row.GetString(1), row.InstantOrNone(10) ?? DateTimeOffset.MaxValue);
                break;
            case Part.App:
                _app = ReadApp(row);
                break;
            case Part.Type:
                (_actions, _subjectProperties) = (FactsRow.ReadList(row.GetString(1)), row.Flag(6));
                break;
            case Part.Bar:
                _bars.Add((ReadBar(row.GetString(1)), row.GetInt64(4)));
                break;
            case Part.Release:
                _releases.Add(ReadRelease(row));
                break;
            case Part.Rule:
                _rule = (row.GetString(1), row.GetString(2), row.Text(3), row.GetString(12), row.InstantOrNone(9));
                break;
            case Part.Assessment:
                _assessment = new(
                    row.GetString(1) == nameof(AssessmentOutcome.Approved),
                    row.GetInstant(9),
                    TimeSpan.FromSeconds(Math.Clamp(row.GetInt64(4), 0, LongestGrace)),
                    row.Flag(6)
                )
                {
                    SetAsideUntil = row.InstantOrNone(10),
                };
                _covered = _assessment.Approved ? FactsRow.ReadList(row.GetString(2)) ?? [] : [];
                break;
            case Part.Held:
                TakeHeld(row);
                break;
            case Part.Accreditation:
                _accreditations.Add(row.ReadAccreditation());
                break;
            case Part.Role:
                _roles[row.GetString(1)] = (row.Flag(6), row.Flag(7), row.Flag(8));
                break;
            case Part.Guidance:
                _guidance = (row.IsDBNull(4) ? null : (int)row.GetInt64(4), row.InstantOrNone(9));
                break;
            case Part.Device:
                (_deviceIsHere, _device) = (true, row.ReadDevice());
                break;
            default:
                if (!_guest.Take(row))
                {
                    throw new InvalidOperationException($"The facts statement has a part that nobody reads: {row.GetInt32(0)}.");
                }
                break;
        }
    }

    /// <summary>One that was lent names its aid, or none that could be found.</summary>
    private void TakeHeld(DbDataReader row)
    {
        if (row.ReadHeld() is { } held)
        {
            _held.Add((held, row.Flag(8) ? row.Text(12) ?? "" : null));
        }
    }

    /// <summary>A bar that cannot be read still bars.</summary>
    private static Bars ReadBar(string kind) => FactsRow.TryReadName<Bars>(kind, out var bar) && bar != Bars.None ? bar : Bars.Suspended;

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
                GuidanceOutstanding = _guidance is { Accepted: null },
                GuidanceDeferredUntil = _guidance?.DeferredUntil,
                Device = (_deviceIsHere ? _device : _guest.Device) is { } device
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
            GuidanceVersion = _guidance?.Accepted,
            Restricted = rule?.Roles.Any(r => _roles.TryGetValue(r, out var role) && role.Restricted) ?? false,
            Observed = _app?.Observed ?? false,
            Elsewhere = home is null ? [] : _guest.Scopes(request, home),
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
            Release = release is null ? null : new(release.PublishedAt is not null, Combine(release.Truth.Key)) { Held = IsHeld(release) },
            ReleaseNamed = IsReleaseNamed(request),
            DeviceLimit = app.DeviceLimit,
            OtherDevices = app.OtherDevices,
        };

    private static bool IsReleaseNamed(EvaluationRequest request) => request.Resource.Properties.Text("version") is { Length: > 0 };

    private Bars Combine(long release) => _bars.Where(b => b.Release == release).Aggregate(Bars.None, (all, bar) => all | bar.Kind);

    /// <summary>It can do more than this tenant has assessed. What it can do, if unreadable, is more than anybody has.</summary>
    private bool IsHeld(Release release) =>
        FactsRow.ReadList(release.Capabilities) is not { } capabilities || !Coverage.Missing(capabilities, _covered, _app?.HighRisk ?? true).IsEmpty;

    /// <summary>The named release, else the current one: the latest published that is neither barred nor held, or, if all are, the latest that is not barred, or the latest published.</summary>
    private Release? ChooseRelease(EvaluationRequest request)
    {
        var newestFirst = _releases.OrderByDescending(r => r.PublishedAt ?? DateTimeOffset.MinValue).ThenByDescending(r => r.Truth.Key).ToList();
        return newestFirst.Find(r => r.PublishedAt is not null && Combine(r.Truth.Key) == Bars.None && !IsHeld(r))
            ?? newestFirst.Find(r => r.PublishedAt is not null && Combine(r.Truth.Key) == Bars.None)
            ?? newestFirst.Find(r => r.PublishedAt is not null)
            ?? (IsReleaseNamed(request) ? newestFirst.FirstOrDefault() : null);
    }

    /// <summary>Assignments of the rule's roles, and of those that conflict with one of them in either direction.</summary>
    /// <param name="isGuest">Of another tenant: whatever they hold here rests on something there, or confers nothing.</param>
    private List<HeldRole> Relevant(IReadOnlyList<string> roles, bool isGuest) =>
        FactsRow.Relevant(_held.ConvertAll(h => isGuest || h.Aid is not null ? h.Role with { RestsOn = _guest.RightOf(h.Aid) } : h.Role), roles);

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
                FactsRow.ReadList(rule.Roles) is { } roles
                && FactsRow.ReadList(rule.Accreditations) is { } accreditations
                && conditions is not null
                && FactsRow.TryReadName<DeviceCondition>(rule.Device, out var device)
                && conditions.TrueForAll(c => c is not null && (_subjectProperties || c.On != RequestPart.Subject))
                ? new([.. roles], device, [.. conditions.OfType<Condition>()])
                {
                    Accreditations = [.. accreditations],
                    InForceUntil = rule.InForceUntil ?? DateTimeOffset.MaxValue,
                }
                : RuleFacts.Unreadable;
        }
        catch (JsonException)
        {
            return RuleFacts.Unreadable; // loud when written, closed when read
        }
    }

    /// <summary>An app that cannot be read is not there.</summary>
    private static App? ReadApp(DbDataReader row) =>
        !FactsRow.TryReadName<Distribution>(row.GetString(1), out var distribution) || !FactsRow.TryReadName<Visibility>(row.GetString(2), out var visibility)
            ? null
            : new(
                distribution,
                visibility,
                row.Flag(6),
                row.Flag(7),
                row.GetInt64(4) is >= 0 and var limit ? (int)limit : null,
                (int)row.GetInt64(5),
                row.Flag(8),
                row.Text(3) is not null
            );

    private static Release ReadRelease(DbDataReader row) =>
        new(
            new(row.GetInt64(4), row.GetString(1), row.GetString(2), row.Text(3), row.Text(3) is null ? null : row.GetInt64(5)),
            row.InstantOrNone(9),
            row.GetString(12)
        );
}
