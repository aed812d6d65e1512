using System.Linq.Expressions;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.OpenStores;

/// <summary>Why a line of a file brings nobody in.</summary>
internal enum WhyLeftOut
{
    /// <summary>No active person of the force has that name.</summary>
    Nobody,

    /// <summary>More than one has, or its names lead to different people.</summary>
    Several,

    /// <summary>An earlier line means the same person.</summary>
    Repeated,

    /// <summary>They hold the role anyway.</summary>
    Holds,

    /// <summary>They hold the role and it is suspended: giving it back is a change of its own.</summary>
    Suspended,

    /// <summary>They hold a role that may not be held together with this one.</summary>
    IncompatibleRole,

    /// <summary>Whoever brings the file: nobody assigns a role to themself.</summary>
    Own,
}

/// <summary>A line that brings nobody in.</summary>
internal sealed record LeftOutLine(int Line, string Name, WhyLeftOut Because);

/// <summary>Whom the lines of a file mean.</summary>
/// <param name="People">Each with the first line that means them, in the order of the file.</param>
/// <param name="LeftOut">The other lines.</param>
internal sealed record HolderMatch(IReadOnlyList<(HolderLine Line, SubjectRow Person)> People, IReadOnlyList<LeftOutLine> LeftOut)
{
    /// <summary>Exactly one active account of the tenant's home issuer, else nobody: a wrong one would be let in. All names of people in a line must lead to the same one; a device counts where there is no other name.</summary>
    public static async Task<HolderMatch> FindAsync(EntitlementsDb db, string tenant, IReadOnlyList<HolderLine> lines)
    {
        var home = await db.Tenants.Where(t => t.Id == tenant).Select(t => t.Issuer).SingleOrDefaultAsync();
        var active = db.Subjects.AsNoTracking().Where(s => s.Tenant == tenant && s.Issuer == home && s.Active && !s.Suspended);
        var ids = await FindAsync(l => l.Subject, names => s => EF.Parameter(names).Contains(s.Id), s => s.Id);
        var principals = await FindAsync(l => l.UserPrincipalName, names => s => EF.Parameter(names).Contains(s.UserPrincipalName!), s => s.UserPrincipalName!);
        var numbers = await FindAsync(l => l.EmployeeNumber, names => s => EF.Parameter(names).Contains(s.Person!), s => s.Person!);
        var devices = await OwnersAsync(db, tenant, active, Given(lines, l => l.Device));

        var people = new Dictionary<long, (HolderLine, SubjectRow)>();
        var left = new List<LeftOutLine>();
        foreach (var line in lines)
        {
            List<List<SubjectRow>> leads = [.. Lead(ids, line.Subject), .. Lead(principals, line.UserPrincipalName), .. Lead(numbers, line.EmployeeNumber)];
            leads = leads.Count > 0 ? leads : [.. Lead(devices, line.Device)];
            var meant = leads.SelectMany(l => l).DistinctBy(s => s.Key).ToList();
            WhyLeftOut? because =
                leads.Count == 0 || leads.Exists(l => l.Count == 0) ? WhyLeftOut.Nobody
                : meant.Count > 1 ? WhyLeftOut.Several
                : people.TryAdd(meant[0].Key, (line, meant[0])) ? null
                : WhyLeftOut.Repeated;
            if (because is { } barrier)
            {
                left.Add(new(line.Number, line.Name, barrier));
            }
        }
        return new([.. people.Values], left);

        async Task<ILookup<string, SubjectRow>> FindAsync(
            Func<HolderLine, string?> name,
            Func<List<string>, Expression<Func<SubjectRow, bool>>> having,
            Func<SubjectRow, string> nameOf
        ) =>
            Given(lines, name) is { Count: > 0 } names
                ? (await active.Where(having(names)).ToListAsync()).ToLookup(nameOf, StringComparer.Ordinal)
                : Enumerable.Empty<SubjectRow>().ToLookup(nameOf);
    }

    private static List<string> Given(IEnumerable<HolderLine> lines, Func<HolderLine, string?> name) => [.. lines.Select(name).OfType<string>().Distinct()];

    /// <summary>One lead where the line has that name, none where it has not.</summary>
    private static IEnumerable<List<SubjectRow>> Lead(ILookup<string, SubjectRow> found, string? name) =>
        name is null
            ? []
            :
            [
                [.. found[name]],
            ];

    /// <summary>Whose a device is for good: of one that is booked, or enrolled by its owner until it is seen, nobody says who had what on it.</summary>
    private static async Task<ILookup<string, SubjectRow>> OwnersAsync(EntitlementsDb db, string tenant, IQueryable<SubjectRow> active, List<string> names)
    {
        var devices = db.Devices.Where(d => d.Tenant == tenant && d.Kind == DeviceKind.Personal && d.UsableUntil == null);
        var owners =
            names.Count == 0
                ? []
                : await (
                    from named in devices
                        .Where(d => EF.Parameter(names).Contains(d.Id))
                        .Select(d => new { Name = d.Id, d.SubjectKey })
                        .Concat(
                            from identifier in db.DeviceIdentifiers
                            join device in devices on identifier.Device equals device.Id
                            where identifier.Tenant == tenant && EF.Parameter(names).Contains(identifier.Identifier)
                            select new { Name = identifier.Identifier, device.SubjectKey }
                        )
                    join person in active on named.SubjectKey equals person.Key
                    select new { named.Name, Person = person }
                ).ToListAsync();
        return owners.ToLookup(o => o.Name, o => o.Person, StringComparer.Ordinal);
    }
}
