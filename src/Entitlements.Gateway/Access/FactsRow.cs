using System.Data.Common;
using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Access;

/// <summary>A device as it stands in a row.</summary>
/// <param name="Subject">0: nobody's.</param>
internal readonly record struct DeviceRead(DeviceKind Kind, long Subject, bool Managed, DateTimeOffset Until);

/// <summary>What stands in one row of <see cref="FactsStatement"/>, whoever it is about.</summary>
internal static class FactsRow
{
    extension(DbDataReader row)
    {
        public bool Flag(int column) => row.GetInt32(column) == 1;

        public string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);

        public DateTimeOffset? InstantOrNone(int column) => row.IsDBNull(column) ? null : row.GetInstant(column);

        /// <summary>A role whose policy cannot be read is held by nobody.</summary>
        public HeldRole? ReadHeld() =>
            ReadList(row.GetString(2)) is { } conflicts && ReadList(row.GetString(3)) is { } accreditations
                ? new(row.GetInt64(4), row.GetString(1), row.GetInstant(9), row.InstantOrNone(10) ?? DateTimeOffset.MaxValue, row.Flag(6), [.. conflicts])
                {
                    Accreditations = [.. accreditations],
                    ForAnotherDevice = row.Flag(7),
                }
                : null;

        public HeldAccreditation ReadAccreditation() => new(row.GetString(1), row.GetInstant(9), row.GetInstant(10), row.Flag(6));

        /// <summary>A device whose kind cannot be read is not known.</summary>
        public DeviceRead? ReadDevice() =>
            TryReadName<DeviceKind>(row.GetString(1), out var kind)
                ? new(kind, row.GetInt64(4), row.Flag(6), row.InstantOrNone(9) ?? DateTimeOffset.MaxValue)
                : null;
    }

    /// <summary>Names only: a number, however it came into the row, is not read as a member.</summary>
    public static bool TryReadName<T>(string text, out T value)
        where T : struct, Enum => Enum.TryParse(text, out value) && value.ToString() == text && !char.IsAsciiDigit(text[0]) && text[0] != '-';

    /// <returns>Null where it is no list of texts.</returns>
    public static List<string>? ReadList(string json)
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

    /// <summary>Those of the roles, and those that conflict with one of them in either direction.</summary>
    public static List<HeldRole> Relevant(List<HeldRole> all, IReadOnlyList<string> roles)
    {
        var named = all.FindAll(h => roles.Contains(h.Role));
        return all.FindAll(h => roles.Contains(h.Role) || named.Exists(n => n.ConflictsWith.Contains(h.Role) || h.ConflictsWith.Contains(n.Role)));
    }
}
