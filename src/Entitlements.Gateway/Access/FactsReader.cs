using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access;

/// <summary>Facts with the revision they were read at and the rows that issuing needs; all from one statement, so from one snapshot.</summary>
internal sealed record Truth(Facts Facts, long Revision, long TenantGuard, long GlobalGuard)
{
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
    public IReadOnlyList<string> Roles => Facts.Rule?.Roles ?? [];

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
internal sealed class FactsReader(EntitlementsDb db, IOptions<StorageOptions> storage, TimeProvider clock)
{
    /// <param name="mayAsk">The caller may ask about this tenant at all.</param>
    public async Task<Truth> ReadAsync(EvaluationRequest request, bool mayAsk = true, CancellationToken cancellation = default)
    {
        await db.Database.OpenConnectionAsync(cancellation);
        try
        {
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = FactsStatement.Text(storage.Value.IsPostgres);
            FactsStatement.Bind(command, request, clock.Now(), storage.Value.IsPostgres);
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
