using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>What a name of somebody else's stands for: exactly one active subject or one device of the tenant, else nothing. Two are nothing.</summary>
internal sealed class ResolveSubject(EntitlementsDb db)
{
    /// <summary>The subject claim's value and its issuer.</summary>
    internal sealed record Found(string Id, string Issuer);

    public Task<Found?> ByUserPrincipalNameAsync(string tenant, string name) =>
        OnlyAsync(db.Subjects.Where(s => s.Tenant == tenant && s.UserPrincipalName == name && s.Active && !s.Suspended));

    public Task<Found?> ByEmployeeNumberAsync(string tenant, string number) =>
        OnlyAsync(db.Subjects.Where(s => s.Tenant == tenant && s.Person == number && s.Active && !s.Suspended));

    /// <summary>The id of the device.</summary>
    public Task<string?> DeviceAsync(string tenant, string identifier) =>
        db.DeviceIdentifiers.Where(i => i.Tenant == tenant && i.Identifier == identifier).Select(i => i.Device).SingleOrDefaultAsync();

    private static async Task<Found?> OnlyAsync(IQueryable<SubjectRow> found) =>
        await found.OrderBy(s => s.Key).Select(s => new Found(s.Id, s.Issuer)).Take(2).ToListAsync() is [var only] ? only : null;
}
