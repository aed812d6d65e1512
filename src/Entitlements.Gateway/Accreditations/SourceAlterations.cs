using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Accreditations;

/// <summary>
/// Registers a source or alters what it may say and who speaks for it. What it says afterwards acts at once and lifts the bars that ask for it, so
/// this is where the second person looks.
/// </summary>
/// <param name="ClientIssuer">With <paramref name="ClientId"/> the client that reports; both null: the tenant's role-admins do by hand.</param>
internal sealed record SourceAlteration(
    string Tenant,
    string Source,
    string? ClientIssuer,
    string? ClientId,
    IReadOnlyList<string> Accreditations,
    TimeSpan ReportEvery
) : SourceWrite(Tenant, Source)
{
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (!await scope.Db.Tenants.AnyAsync(t => t.Id == Tenant))
        {
            return Weight.NotFound;
        }
        var client = ClientId is null
            ? null
            : await scope.Db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.Issuer == ClientIssuer && c.ClientId == ClientId);
        if (ClientId is not null && client?.Tenants.Contains(Tenant) != true)
        {
            return Weight.Refused("client_unknown", "No client of that issuer and id is registered for this tenant.");
        }
        var row = await FindAsync(scope);
        var before = row is { Removed: false } ? row : null;
        var reach = Widening.OfAccreditationSource(
            before is null ? null : new(before.Accreditations, KeyOf(before.ClientIssuer, before.ClientId)),
            new(Accreditations, KeyOf(ClientIssuer, ClientId))
        );
        return new(reach, row?.Version ?? 0)
        {
            Versioned = before is not null,
            HighRisk = reach == Reach.Widens && await OpensHighRiskAsync(scope.Db),
            Named = client?.Person is { } person ? [person] : [],
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await FindAsync(scope);
        if (row is null)
        {
            row = new()
            {
                Tenant = Tenant,
                Id = Source,
                Version = 0,
                Removed = true,
            };
            scope.Db.AccreditationSources.Add(row);
        }
        if (row.Removed)
        {
            (row.Removed, row.RegisteredAt, row.CompleteAsOf, row.StaleTold) = (false, scope.Now, null, false);
        }
        (row.ClientIssuer, row.ClientId, row.ReportEvery) = (ClientIssuer, ClientId, ReportEvery);
        row.Accreditations = [.. Accreditations];
        row.Version++;
        return await EndAsync(scope, Accreditations);
    }

    private static string? KeyOf(string? issuer, string? client) => client is null ? null : $"{issuer} {client}";

    /// <summary>True when a high-risk app of the tenant asks, by its rule or by a role of that rule, for something that the source may say.</summary>
    private async Task<bool> OpensHighRiskAsync(EntitlementsDb db)
    {
        var roles = (await db.Roles.AsNoTracking().Where(r => r.Tenant == Tenant && !r.Deleted).ToListAsync())
            .Where(r => r.Accreditations.Intersect(Accreditations).Any())
            .Select(r => r.Id)
            .ToHashSet(StringComparer.Ordinal);
        var rules = await db
            .Rules.AsNoTracking()
            .Where(r => r.Tenant == Tenant && r.Type == Resource.App && db.Apps.Any(a => a.Type == r.Type && a.Id == r.App && a.HighRisk))
            .ToListAsync();
        return rules.Exists(r => r.Accreditations.Intersect(Accreditations).Any() || r.Roles.Exists(roles.Contains));
    }
}

/// <summary>Takes a source out: what it said ends at once.</summary>
internal sealed record SourceRemoval(string Tenant, string Source) : SourceWrite(Tenant, Source)
{
    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await FindAsync(scope) is { Removed: false } row ? new(Reach.Narrows, row.Version) : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = (await FindAsync(scope))!;
        row.Removed = true;
        row.Version++;
        return await EndAsync(scope, []) ?? new { ended = 0 };
    }
}

/// <summary>A write to one source. What it may change a decision on are its people's, so the whole tenant is asked anew.</summary>
internal abstract record SourceWrite(string Tenant, string Source) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string Target => $"tenant/{Tenant}/accreditation-source/{Source}";

    protected Task<AccreditationSourceRow?> FindAsync(WriteScope scope) =>
        scope.Db.AccreditationSources.SingleOrDefaultAsync(s => s.Tenant == Tenant && s.Id == Source);

    /// <summary>Ends what it said of all but <paramref name="kept"/>.</summary>
    protected async Task<object?> EndAsync(WriteScope scope, IReadOnlyList<string> kept)
    {
        var ended = await scope
            .Db.Accreditations.Where(a => a.Tenant == Tenant && a.Source == Source && !a.Ended && a.NotAfter > scope.Now && !kept.Contains(a.Accreditation))
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.Ended, true).SetProperty(a => a.Version, a => a.Version + 1));
        return ended == 0 ? null : new { ended };
    }
}
