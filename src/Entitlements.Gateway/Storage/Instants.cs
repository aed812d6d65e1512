using System.Data.Common;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Entitlements.Gateway.Storage;

/// <summary>
/// Instants are UTC to the microsecond on both databases, so that what is written is what is read: <c>timestamptz</c> on PostgreSQL, Unix
/// microseconds on SQLite, which has no such type and cannot order one.
/// </summary>
internal static class Instants
{
    /// <summary>Now, cut to the microsecond that both databases keep.</summary>
    public static DateTimeOffset Now(this TimeProvider clock) => clock.GetUtcNow().Cut();

    /// <summary>To the microsecond that both databases keep.</summary>
    public static DateTimeOffset Cut(this DateTimeOffset instant) => new(instant.UtcTicks - instant.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    /// <summary>Reads an instant from a hand-written statement on either database.</summary>
    public static DateTimeOffset GetInstant(this DbDataReader reader, int column) =>
        reader is Npgsql.NpgsqlDataReader ? reader.GetFieldValue<DateTimeOffset>(column) : FromMicroseconds(reader.GetInt64(column));

    /// <summary>The value that a hand-written statement binds for an instant.</summary>
    public static object ToParameter(DateTimeOffset instant, bool postgres) => postgres ? instant.ToUniversalTime() : ToMicroseconds(instant);

    private static long ToMicroseconds(DateTimeOffset instant) => (instant.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private static DateTimeOffset FromMicroseconds(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    internal sealed class Converter() : ValueConverter<DateTimeOffset, long>(instant => ToMicroseconds(instant), micros => FromMicroseconds(micros));
}
