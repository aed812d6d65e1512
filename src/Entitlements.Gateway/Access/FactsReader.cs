using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access;

/// <summary>Facts with the revision they were read at and the rows that issuing needs; all from one statement, so from one snapshot.</summary>
internal sealed record Truth(Facts Facts, long Revision, long TenantGuard, long GlobalGuard)
{
    /// <summary>Of the primary that answered; empty on SQLite.</summary>
    public string Timeline { get; init; } = "";

    /// <summary>The database was found gone back in time: nothing it says counts until an operator has recovered it.</summary>
    public bool SafeMode { get; init; }

    /// <summary>The subject's row, where known.</summary>
    public long? SubjectKey { get; init; }

    /// <summary>The release judged, where there is one.</summary>
    public ReleaseTruth? Release { get; init; }

    /// <summary>Issuing needs the person's own token.</summary>
    public bool PersonProof { get; init; }

    /// <summary>A role that the rule names is restricted: attempts are recorded one by one.</summary>
    public bool Restricted { get; init; }

    /// <summary>A role that the rule names is sensitive: never named to anyone without need.</summary>
    public bool Sensitive { get; init; }

    /// <summary>The rule's roles; empty where there is none.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>False where the decision also rests on what people do by themselves, which raises no revision.</summary>
    public bool IsCacheable { get; init; } = true;

    /// <summary>Where the app's bytes are.</summary>
    public Distribution Distribution { get; init; }

    /// <summary>Version of the guidance in force; null where there is none.</summary>
    public int? GuidanceVersion { get; init; }
}

/// <summary>A release as issuing names it.</summary>
internal sealed record ReleaseTruth(long Key, string Version, string Platform, string? Sha256, long? Size);

/// <summary>
/// Reads the truth for one request in one statement of many small parts (UNION ALL), each an index look-up: what a decision depends on and
/// nothing else. The same text serves both databases.
/// </summary>
/// <remarks>Read under a lease alone: whatever server answers, only the primary that grants leases is believed, and never an earlier state of it.</remarks>
internal sealed class FactsReader(EntitlementsDb db, IOptions<StorageOptions> storage, TimeProvider clock, Replica replica)
{
    /// <param name="mayAsk">The caller may ask about this tenant at all.</param>
    /// <exception cref="NoLeaseException">There is no lease, or another database answered than the one that granted it.</exception>
    public async Task<Truth> ReadAsync(EvaluationRequest request, bool mayAsk = true, CancellationToken cancellation = default)
    {
        var view = await replica.ViewAsync(request.Context.MinimumRevision, cancellation);
        var truth = await ReadUnfencedAsync(request, mayAsk, cancellation);
        if (truth.SafeMode)
        {
            throw new NoLeaseException("SAFE MODE: the database went back in time.");
        }
        return truth.Timeline == view.Timeline && truth.Revision >= view.Applied
            ? truth
            : throw new NoLeaseException("The database that answered is not the primary that granted the lease.");
    }

    /// <summary>Seconds to wait for an answer.</summary>
    private const int Patience = 3;

    private async Task<Truth> ReadUnfencedAsync(EvaluationRequest request, bool mayAsk, CancellationToken cancellation)
    {
        await db.Database.OpenConnectionAsync(cancellation);
        try
        {
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = FactsStatement.Text(storage.Value.IsPostgres);
            command.CommandTimeout = Patience; // a database that hangs is one that is away
            FactsStatement.Bind(command, request, clock.Now(), storage.Value.IsPostgres);
            if (storage.Value.IsPostgres)
            {
                await command.PrepareAsync(cancellation); // once a connection: planning took 1.3 ms, reading 0.4
            }
            var parts = new FactsParts();
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                parts.Take(reader);
            }
            return parts.Assemble(request, mayAsk);
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }
}
