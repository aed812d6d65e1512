using System.Data.Common;
using Entitlements.Engine.Decisions;

namespace Entitlements.Gateway.Access;

/// <summary>What somebody brings who is lent by another tenant: the aid, and what they hold at home.</summary>
internal sealed class GuestParts
{
    private readonly Dictionary<string, (string Role, string HomeRole)> _aids = new(StringComparer.Ordinal);
    private readonly List<HeldRole> _held = [];
    private readonly List<HeldAccreditation> _accreditations = [];

    /// <summary>Of their own, at home.</summary>
    public DeviceRead? Device { get; private set; }

    /// <returns>False where the row is about something else.</returns>
    public bool Take(DbDataReader row)
    {
        switch ((Part)row.GetInt32(0))
        {
            case Part.Aid:
                _aids[row.GetString(1)] = (row.GetString(2), row.GetString(3));
                return true;
            case Part.HomeHeld:
                if (row.ReadHeld() is { } held)
                {
                    _held.Add(held);
                }
                return true;
            case Part.HomeAccreditation:
                _accreditations.Add(row.ReadAccreditation());
                return true;
            case Part.HomeDevice:
                Device = row.ReadDevice();
                return true;
            default:
                return false;
        }
    }

    /// <summary>The right at home that the aid rests on; none where the aid, or the role's equivalence, is not there.</summary>
    public HomeRight RightOf(string? aid) =>
        aid is not null && _aids.TryGetValue(aid, out var lent)
            ? new(lent.HomeRole, [.. FactsRow.Relevant(_held, [lent.HomeRole])], [.. _accreditations])
            : HomeRight.None;

    /// <summary>Scopes in their home tenant that a decision about them rests on.</summary>
    public IReadOnlyList<string> Scopes(EvaluationRequest request, string home) =>
        Consistency.Evidence.OfGuest(request, home, [.. _aids.Values.Select(a => a.Role)], [.. _aids.Values.Select(a => a.HomeRole).Distinct()]);
}
