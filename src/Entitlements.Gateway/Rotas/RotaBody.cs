using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Rotas;

/// <summary>A rota as it is registered.</summary>
internal sealed record RotaBody
{
    private const int MostFeeders = 10;
    private static readonly TimeSpan Shortest = TimeSpan.FromHours(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(92);

    /// <summary>May be left out by a caller who is role-admin of one tenant only.</summary>
    public NameId? Tenant { get; init; }
    public required string Name { get; init; }

    /// <summary>The pool: only who holds this role is ever on duty.</summary>
    public required NameId Role { get; init; }

    /// <summary>IANA name of the clock by which shifts are read, for instance <c>Europe/London</c>.</summary>
    public string TimeZone { get; init; } = Requests.Calendars.DefaultZone;

    /// <summary>Clients that may say who is on duty, at most 10. None: the tenant's role-admins do by hand, never about themselves.</summary>
    public IReadOnlyList<FeederBody> Feeders { get; init; } = [];

    /// <summary>How long its feeders may be silent (ISO 8601, PT1H to P92D). Later than that it is stale, which is told and ends nothing.</summary>
    public TimeSpan FeedWithin { get; init; } = TimeSpan.FromDays(7);

    public IEnumerable<(string, string)> Faults(TrustedProviders providers)
    {
        if (!Assignments.Names.IsName(Name))
        {
            yield return ("/name", FormattableString.Invariant($"must be 1 to {Assignments.Names.Longest} visible characters"));
        }
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
        {
            yield return ("/time_zone", "must be the name of a time zone, for instance Europe/London");
        }
        if (Feeders.Count > MostFeeders)
        {
            yield return ("/feeders", FormattableString.Invariant($"must be at most {MostFeeders}"));
        }
        foreach (var (i, feeder) in Feeders.Index())
        {
            if (feeder.Issuer is null ? providers.All.Count() != 1 : providers.ByIssuer(feeder.Issuer) is null)
            {
                yield return (FormattableString.Invariant($"/feeders/{i}/issuer"), "must be a configured provider");
            }
        }
        if (FeedWithin < Shortest || FeedWithin > Longest || FeedWithin.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            yield return ("/feed_within", "must be from PT1H to P92D, in whole seconds");
        }
    }

    public RotaAlteration ToAlteration(string tenant, string rota, TrustedProviders providers) =>
        new(
            tenant,
            rota,
            Name,
            Role.Value,
            TimeZone,
            [
                .. Feeders
                    .Select(f => new RotaFeeder(f.Issuer ?? providers.All.First().Issuer, f.Client.Value).ToString())
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ],
            FeedWithin
        );
}

/// <param name="Issuer">May be left out with one provider.</param>
internal sealed record FeederBody(OpaqueId Client, string? Issuer = null);

/// <param name="FedAt">When the last feed was taken; null before the first.</param>
/// <param name="Stale">Its feeders have been silent for longer than they may be.</param>
/// <param name="GapFrom">The first moment of the next 48 hours without anybody on duty, at the last look, at most a minute ago; null: there is none.</param>
internal sealed record RotaView(
    string Rota,
    string Tenant,
    string Name,
    string Role,
    string TimeZone,
    IReadOnlyList<FeederView> Feeders,
    TimeSpan FeedWithin,
    DateTimeOffset? FedAt,
    bool Stale,
    DateTimeOffset? GapFrom
)
{
    public static RotaView Of(RotaRow row, DateTimeOffset now) =>
        new(
            row.Id,
            row.Tenant,
            row.Name,
            row.Role,
            row.TimeZone,
            [.. row.Feeders.Select(RotaFeeder.Parse).Select(f => new FeederView(f.Client, f.Issuer))],
            row.FeedWithin,
            row.FedAt,
            row.StaleFrom <= now,
            row.GapTold
        );
}

internal sealed record FeederView(string Client, string Issuer);
