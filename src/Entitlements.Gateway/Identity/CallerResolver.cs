using System.Collections.Frozen;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>From a verified token to the caller that this product's own records know; null when they know nobody.</summary>
internal sealed class CallerResolver(RegisteredClients clients, IServiceScopeFactory scopes, TimeProvider clock, IOptions<BootstrapOptions> bootstrap)
{
    public async ValueTask<Caller?> ResolveAsync(VerifiedToken token)
    {
        // whom the token proves a person is not looked for among the clients: people must get in without a lease, to end SAFE MODE
        var mayBeClient = token.ProvenClient || token.Profile == "keycloak";
        var registration = mayBeClient && token.ClientId is { } id ? await clients.FindAsync(token.Issuer, id, needsLease: token.ProvenClient) : null;
        var client = registration?.Row;
        var isClient = token.ProvenClient || (token.Profile == "keycloak" && client?.ServiceSubject is { } service && service == token.RawSubject);
        return isClient ? registration?.CallerOf(token) : await OfPersonAsync(token);
    }

    private async Task<Caller.Person?> OfPersonAsync(VerifiedToken token)
    {
        if (token.Subject is null)
        {
            return null;
        }
        await using var scope = scopes.CreateAsyncScope(); // a client, who is remembered, needs none
        var db = scope.ServiceProvider.GetRequiredService<EntitlementsDb>();
        var subject = await db.Subjects.AsNoTracking().SingleOrDefaultAsync(s => s.Issuer == token.Issuer && s.Id == token.Subject);
        if (subject is not null && (!subject.Active || subject.Suspended || !token.ProviderTenants.Contains(subject.Tenant)))
        {
            return null;
        }
        var (functions, hosts) = subject is null ? ([], []) : await HoldingsAsync(db, subject);
        var starter = bootstrap.Value.Administrators.Find(a => a.Issuer == token.Issuer && a.Subject == token.Subject);
        if (starter is not null && !await db.Installation.Select(i => i.BootstrapEnded).SingleAsync())
        {
            functions.Add($"{TenantRow.Platform}/{Function.PlatformAdmin}");
        }
        else if (subject is null)
        {
            return null; // people are created by provisioning, never by a first sign-in
        }
        return new(token.Issuer, token.Subject, subject?.Tenant, subject?.Key, subject?.Person ?? starter?.Person, functions.ToFrozenSet())
        {
            SignIn = token.SignIn,
            Hosts = hosts,
        };
    }

    /// <summary>Functions come from administrative roles in one's own tenant alone, whatever another one has given.</summary>
    private async Task<(HashSet<string> Functions, List<string> Hosts)> HoldingsAsync(EntitlementsDb db, SubjectRow subject)
    {
        var now = clock.Now();
        var held = await (
            from assignment in db.Assignments.Unended(now)
            join role in db.Roles on new { assignment.Tenant, assignment.Role } equals new { role.Tenant, Role = role.Id }
            where
                assignment.SubjectKey == subject.Key
                && (
                    assignment.Tenant == subject.Tenant
                        ? role.Administrative && !role.Deleted && !assignment.Suspended && assignment.NotBefore <= now
                        : assignment.Source == AssignmentSource.MutualAid
                )
            select new { assignment.Tenant, assignment.Role }
        ).ToListAsync();
        return (
            held.Where(h => h.Tenant == subject.Tenant).Select(h => $"{h.Tenant}/{h.Role}").ToHashSet(StringComparer.Ordinal),
            held.Where(h => h.Tenant != subject.Tenant).Select(h => h.Tenant).Distinct().ToList()
        );
    }
}
