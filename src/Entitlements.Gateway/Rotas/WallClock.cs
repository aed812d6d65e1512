using System.Globalization;

namespace Entitlements.Gateway.Rotas;

/// <summary>Reads the clock on a rota's wall.</summary>
internal static class WallClock
{
    private static readonly string[] Local = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss"];
    private static readonly string[] Placed = [.. Local.Select(format => format + "K")];

    /// <summary>
    /// A local time as an instant, UTC. Where a clock change repeats it, the first of the two; where one skips it, so much later as by the offset before
    /// the gap. Source: RFC 5545 §3.3.5.
    /// </summary>
    public static DateTimeOffset InstantOf(DateTime wall, TimeZoneInfo zone)
    {
        var local = DateTime.SpecifyKind(wall, DateTimeKind.Unspecified);
        var offset =
            zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max()
            : zone.IsInvalidTime(local) ? zone.GetUtcOffset(local.AddDays(-1)) // no zone changes twice within a day
            : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    /// <summary>A local time (<c>2026-10-24T22:00</c>, seconds and a space for the T allowed), or one with <c>Z</c> or its offset.</summary>
    public static bool TryRead(string text, TimeZoneInfo zone, out DateTimeOffset instant)
    {
        instant = default;
        if (DateTime.TryParseExact(text, Local, CultureInfo.InvariantCulture, DateTimeStyles.None, out var wall))
        {
            if (wall.Year is < 2000 or > 9000)
            {
                return false;
            }
            instant = InstantOf(wall, zone);
            return true;
        }
        if (!DateTimeOffset.TryParseExact(text, Placed, CultureInfo.InvariantCulture, DateTimeStyles.None, out var placed) || placed.Year is < 2000 or > 9000)
        {
            return false;
        }
        instant = placed.ToUniversalTime();
        return true;
    }
}
