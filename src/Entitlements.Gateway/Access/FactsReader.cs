using System.Data.Common;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access;

/// <summary>Facts with the revision they were read at and the rows that issuing needs; all from one statement, so from one snapshot.</summary>
internal sealed record Truth(Facts Facts, long Revision, long TenantGuard, long GlobalGuard)
{
    /// <summary>Of the primary that answered; empty on SQLite.</summary>
    public string Timeline { get; init; } = "";

    /// <summary>The database was found gone back in time: nothing it says counts until an operator has recovered it.</summary>
    public bool SafeMode { get; init; }

    /// <summary>When it was read, by the primary's own clock; null on SQLite.</summary>
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>The subject's row, where known.</summary>
    public long? SubjectKey { get; init; }

    /// <summary>The release judged, where there is one.</summary>
    public ReleaseTruth? Release { get; init; }

    /// <summary>Issuing needs the person's own token.</summary>
    public bool PersonProof { get; init; }

    /// <summary>A role that the rule names is restricted: attempts are recorded one by one.</summary>
    public bool Restricted { get; init; }

    /// <summary>The store does not enforce yet what is answered: attempts are recorded one by one as well, for whom it would refuse.</summary>
    public bool Observed { get; init; }

    /// <summary>A role that the rule names is sensitive: never named to anyone without need.</summary>
    public bool Sensitive { get; init; }

    /// <summary>A role that the rule names can be asked for.</summary>
    public bool IsRequestable { get; init; }

    /// <summary>The rule's roles; empty where there is none.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Scopes that it rests on in another tenant, which lends the subject; empty for the tenant's own people.</summary>
    public IReadOnlyList<string> Elsewhere { get; init; } = [];

    /// <summary>False where the decision also rests on what people do by themselves, which raises no revision.</summary>
    public bool IsCacheable { get; init; } = true;

    /// <summary>Where the app's bytes are.</summary>
    public Distribution Distribution { get; init; }

    /// <summary>Version of the guidance that the person accepted, of those that count; null where they accepted none.</summary>
    public int? GuidanceVersion { get; init; }
}

/// <summary>A release as issuing names it.</summary>
internal sealed record ReleaseTruth(long Key, string Version, string Platform, string? Sha256, long? Size);

/// <summary>
/// Reads the truth in one statement of many small parts (UNION ALL), each an index look-up: what a decision depends on and nothing else. On PostgreSQL
/// those who ask at the same time share a statement; nobody gets what was read before they asked.
/// </summary>
/// <remarks>Read under a lease alone: whatever server answers, only the primary that grants leases is believed, and never an earlier state of it.</remarks>
internal sealed class FactsReader
{
    /// <summary>Seconds to wait for an answer: a database that hangs is one that is away.</summary>
    private const int Patience = 3;

    private readonly Together<EvaluationRequest, FactsParts> _together;
    private readonly Func<DbConnection> _connect;
    private readonly bool _isPostgres;
    private readonly TimeProvider _clock;
    private readonly Replica _replica;

    public FactsReader(IOptions<StorageOptions> storage, TimeProvider clock, Replica replica)
    {
        (_isPostgres, _clock, _replica) = (storage.Value.IsPostgres, clock, replica);
        _connect = Databases.ForReading(storage.Value);
        _together = new(ReadAsync);
    }

    /// <param name="mayAsk">The caller may ask about this tenant at all.</param>
    /// <exception cref="NoLeaseException">There is no lease, or another database answered than the one that granted it.</exception>
    public async Task<Truth> ReadAsync(EvaluationRequest request, bool mayAsk = true, CancellationToken cancellation = default)
    {
        var view = await _replica.ViewAsync(request.Context.MinimumRevision, cancellation);
        var parts = _isPostgres ? await _together.AskAsync(request).WaitAsync(cancellation) : (await ReadAsync([request]))[0];
        var truth = parts.Assemble(request, mayAsk);
        if (truth.SafeMode)
        {
            throw new NoLeaseException("SAFE MODE: the database went back in time.");
        }
        return truth.Timeline == view.Timeline && truth.Revision >= view.Applied
            ? truth
            : throw new NoLeaseException("The database that answered is not the primary that granted the lease.");
    }

    private async Task<FactsParts[]> ReadAsync(IReadOnlyList<EvaluationRequest> requests)
    {
        await using var connection = _connect();
        await connection.OpenAsync();
        await using var command = FactsStatement.For(connection, requests, _clock.Now());
        command.CommandTimeout = Patience;
        await command.PrepareAsync(); // once a session
        await using var row = await command.ExecuteReaderAsync();
        FactsParts[] parts = [.. requests.Select(_ => new FactsParts())];
        while (await row.ReadAsync())
        {
            FactsParts.Take(row, parts);
        }
        return parts;
    }
}
