using Entitlements.Engine.Changes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Identity;

/// <summary>Registers a client or alters its registration: an approver of each tenant it names votes on what widens.</summary>
/// <param name="Functions">Administrative roles, as <c>tenant/function</c>.</param>
internal sealed record ClientAlteration(
    string Issuer,
    string ClientId,
    IReadOnlyList<string> Tenants,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> Functions,
    string? ServiceSubject,
    string? Person
) : ClientWrite(Issuer, ClientId)
{
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (await scope.Db.Tenants.CountAsync(t => Tenants.Contains(t.Id)) != Tenants.Count)
        {
            return Weight.Refused("tenant_unknown", "The registration names a tenant that does not exist.");
        }
        var row = await FindAsync(scope);
        var quorum = new List<string>();
        foreach (var tenant in Tenants.DefaultIfEmpty(TenantRow.Platform))
        {
            quorum.Add(await Quorum.ForAppointmentAsync(scope.Db, tenant, scope.Now));
        }
        return new(
            Widening.OfClient(
                row is null ? null : PolicyOf(row.Tenants, row.Scopes, row.Functions, row.ServiceSubject, row.Person),
                PolicyOf(Tenants, Scopes, Functions, ServiceSubject, Person)
            ),
            row?.Version ?? 0
        )
        {
            Global = true,
            Quorum = [.. quorum.Distinct()],
            Named = [.. new[] { row?.Person, Person }.OfType<string>().Distinct()],
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await FindAsync(scope);
        if (row is null)
        {
            row = new ClientRow
            {
                Issuer = Issuer,
                ClientId = ClientId,
                Version = 0,
            };
            scope.Db.Clients.Add(row);
        }
        (row.Tenants, row.Scopes, row.Functions) = ([.. Tenants], [.. Scopes], [.. Functions]);
        (row.ServiceSubject, row.Person) = (ServiceSubject, Person);
        row.Version++;
        return null;
    }

    private static ClientPolicy PolicyOf(
        IReadOnlyList<string> tenants,
        IReadOnlyList<string> scopes,
        IReadOnlyList<string> functions,
        string? serviceSubject,
        string? person
    ) =>
        new(
            tenants,
            scopes,
            functions
                .Select(f => f.Split('/'))
                .GroupBy(f => f[0], f => f[1], StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => (IReadOnlyList<string>)[.. g], StringComparer.Ordinal),
            serviceSubject,
            person
        );
}

/// <summary>Ends a registration: the client is nobody from now on.</summary>
internal sealed record ClientRemoval(string Issuer, string ClientId) : ClientWrite(Issuer, ClientId)
{
    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await FindAsync(scope) is { } row ? new(Reach.Narrows, row.Version) { Global = true } : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        scope.Db.Clients.Remove((await FindAsync(scope))!);
        return null;
    }
}

/// <summary>A write to one registration. Its evidence is the platform's, as it may span tenants.</summary>
internal abstract record ClientWrite(string Issuer, string ClientId) : Alteration
{
    public override string EvidenceTenant => TenantRow.Platform;
    public override string Target => $"client/{Issuer}|{ClientId}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([Evidence.Client(Issuer, ClientId)]);

    protected Task<ClientRow?> FindAsync(WriteScope scope) => scope.Db.Clients.SingleOrDefaultAsync(c => c.Issuer == Issuer && c.ClientId == ClientId);
}
