using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Telling.People;

/// <summary>When people are told once a day what waits for them.</summary>
internal static class Digest
{
    private const string Zone = "Europe/London";

    /// <summary>The last instant not after <paramref name="now"/> at which it was <paramref name="hour"/> o'clock in London.</summary>
    /// <remarks>For an hour that the clocks leave out the one after it, for one that comes twice the second.</remarks>
    public static DateTimeOffset Last(DateTimeOffset now, int hour)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(Zone);
        var today = TimeZoneInfo.ConvertTime(now, zone).Date.AddHours(hour);
        var at = InstantOf(today, zone);
        return at <= now ? at : InstantOf(today.AddDays(-1), zone);
    }

    /// <exception cref="SettingsException">The machine does not know London's clocks.</exception>
    public static void Check()
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out _))
        {
            throw new SettingsException($"Telling:DigestHour: this machine has no time zone {Zone}: install tzdata.");
        }
    }

    private static DateTimeOffset InstantOf(DateTime local, TimeZoneInfo zone) =>
        new(TimeZoneInfo.ConvertTimeToUtc(zone.IsInvalidTime(local) ? local.AddHours(1) : local, zone), TimeSpan.Zero);
}
