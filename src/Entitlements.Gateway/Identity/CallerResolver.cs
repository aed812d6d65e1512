using System.Collections.Frozen;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>From a verified token to the caller that this product's own records know; null when they know nobody.</summary>
internal sealed class CallerResolver(RegisteredClients clients, IServiceScopeFactory scopes, TimeProvider clock, IOptions<BootstrapOptions> bootstrap)
{
    /// <param name="exercise">The exercise that the request names; null: it is in earnest.</param>
    /// <exception cref="Hosting.ProblemException">It names one in which the caller cannot act: never is it taken to be in earnest instead.</exception>
    public async ValueTask<Caller?> ResolveAsync(VerifiedToken token, string? exercise = null)
    {
        // whom the token proves a person is not looked for among the clients: people must get in without a lease, to end SAFE MODE
        var mayBeClient = token.ProvenClient || token.Profile == "keycloak";
        var registration = mayBeClient && token.ClientId is { } id ? await clients.FindAsync(token.Issuer, id, needsLease: token.ProvenClient) : null;
        var client = registration?.Row;
        var isClient = token.ProvenClient || (token.Profile == "keycloak" && client?.ServiceSubject is { } service && service == token.RawSubject);
        return !isClient ? await OfPersonAsync(token, exercise)
            : exercise is not null ? throw ExerciseHeader.ForPeople
            : Now(registration?.CallerOf(token));
    }

    /// <summary>True for a tenant that is an exercise, also one that is over.</summary>
    public async Task<bool> IsExerciseAsync(string tenant)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<EntitlementsDb>().Tenants.AnyAsync(t => t.Id == tenant && t.ExerciseOf != null);
    }

    /// <summary>An exercise ends on its instant, whatever is remembered of it.</summary>
    private Caller.Client? Now(Caller.Client? client) =>
        client is null or { Exercises.Count: 0 }
            ? client
            : client with
            {
                Exercises = client.Exercises.Where(e => clock.GetUtcNow() < e.Value).ToFrozenDictionary(StringComparer.Ordinal),
            };

    private async Task<Caller.Person?> OfPersonAsync(VerifiedToken token, string? exercise)
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
        if (exercise is not null)
        {
            return await InExerciseAsync(db, token, subject ?? throw ExerciseHeader.Unknown, exercise);
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

    /// <summary>The person's copy in an exercise of their force that runs. The one who is behind it was found active just now.</summary>
    private async Task<Caller.Person?> InExerciseAsync(EntitlementsDb db, VerifiedToken token, SubjectRow inEarnest, string exercise)
    {
        var (now, issuer) = (clock.Now(), ExerciseNames.IssuerIn(exercise, inEarnest.Issuer));
        var startedAt = await (
            from tenant in db.Tenants
            join row in db.Exercises on tenant.Id equals row.Id
            where tenant.Id == exercise && tenant.ExerciseOf == inEarnest.Tenant && tenant.ExerciseUntil > now
            select (DateTimeOffset?)row.StartedAt
        ).SingleOrDefaultAsync();
        var copy = await db.Subjects.AsNoTracking().SingleOrDefaultAsync(s => s.Tenant == exercise && s.Issuer == issuer && s.Id == inEarnest.Id);
        if (startedAt is not { } started || copy is null)
        {
            throw ExerciseHeader.Unknown;
        }
        return !copy.Active || copy.Suspended
            ? null
            : new(copy.Issuer, copy.Id, copy.Tenant, copy.Key, copy.Person, (await FunctionsInAsync(db, copy, inEarnest, started)).ToFrozenSet())
            {
                SignIn = token.SignIn,
                Exercise = exercise,
            };
    }

    /// <summary>What the exercise gave them, and of what it was begun with what they hold in earnest still: who lost a function reads nobody's records in a copy either.</summary>
    private async Task<HashSet<string>> FunctionsInAsync(EntitlementsDb db, SubjectRow copy, SubjectRow inEarnest, DateTimeOffset startedAt)
    {
        var functions = await FunctionsAsync(db, copy);
        var held = (await FunctionsAsync(db, inEarnest)).Select(f => $"{copy.Tenant}{f[f.IndexOf('/', StringComparison.Ordinal)..]}");
        functions.IntersectWith([.. held, .. await FunctionsAsync(db, copy, startedAt)]);
        return functions;
    }

    private async Task<HashSet<string>> FunctionsAsync(EntitlementsDb db, SubjectRow subject, DateTimeOffset? since = null) =>
        (await HoldingsAsync(db, subject, since)).Functions;

    /// <summary>Functions come from administrative roles in one's own tenant alone, whatever another one has given.</summary>
    /// <param name="since">Only those whose assignment begins then or later; null: all.</param>
    private async Task<(HashSet<string> Functions, List<string> Hosts)> HoldingsAsync(EntitlementsDb db, SubjectRow subject, DateTimeOffset? since = null)
    {
        var now = clock.Now();
        var held = await (
            from assignment in db.Assignments.Unended(now)
            join role in db.Roles on new { assignment.Tenant, assignment.Role } equals new { role.Tenant, Role = role.Id }
            where
                assignment.SubjectKey == subject.Key
                && (
                    assignment.Tenant == subject.Tenant
                        ? role.Administrative
                            && !role.Deleted
                            && !assignment.Suspended
                            && assignment.NotBefore <= now
                            && (since == null || assignment.NotBefore >= since)
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
