using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Rotas;

/// <summary>Finds who a feed means: exactly one active person of the tenant, or nobody.</summary>
internal sealed class ShiftPeople
{
    private readonly Dictionary<string, SubjectRow> _byId;
    private readonly ILookup<string, SubjectRow> _byMail;

    private ShiftPeople(List<SubjectRow> people)
    {
        _byId = people.ToDictionary(s => s.Id, StringComparer.Ordinal);
        _byMail = people.Where(s => s.Email is not null).ToLookup(s => s.Email!, StringComparer.OrdinalIgnoreCase);
    }

    /// <remarks>By mail address everybody is looked through, so that an address that two share names neither.</remarks>
    public static async Task<ShiftPeople> ReadAsync(EntitlementsDb db, string tenant, IReadOnlyList<SaidShift> said)
    {
        var home = await db.Tenants.Where(t => t.Id == tenant).Select(t => t.Issuer).SingleAsync();
        var ids = said.Select(s => s.Who).Distinct().ToList();
        var byMail = said.Any(s => s.IsAddress);
        return new(
            await db
                .Subjects.AsNoTracking()
                .Where(s => s.Tenant == tenant && s.Issuer == home && s.Active && (EF.Parameter(ids).Contains(s.Id) || (byMail && s.Email != null)))
                .ToListAsync()
        );
    }

    public SubjectRow? Find(SaidShift shift)
    {
        var byId = _byId.GetValueOrDefault(shift.Who);
        return shift.IsAddress && _byMail[shift.Who].Append(byId).OfType<SubjectRow>().DistinctBy(s => s.Key).ToList() is not [] and var found
            ? found is [var only]
                ? only
                : null
            : byId;
    }
}
