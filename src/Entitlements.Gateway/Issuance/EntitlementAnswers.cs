using System.Text.Json;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Issuance;

/// <summary>What is kept under an Idempotency-Key: which entitlement it was, never its token.</summary>
internal static class IssueIdempotency
{
    public static IdempotencyRow RowOf(Caller caller, IdempotencyKey key, string entitlement, DateTimeOffset at) =>
        new()
        {
            Caller = caller.Key,
            Route = key.Route,
            Key = key.Key,
            BodyHash = key.BodyHash,
            Status = StatusCodes.Status201Created,
            Answer = StoredJson.Write(new Kept(entitlement)),
            At = at,
        };

    public static string EntitlementOf(IdempotencyRow row) => JsonSerializer.Deserialize<Kept>(row.Answer, StoredJson.Options)!.Id;

    private sealed record Kept(string Id);
}

/// <summary>Puts tokens to entitlements: new ones, and those that a repeated request asks for again.</summary>
internal sealed class EntitlementAnswers(EntitlementsDb db, EntitlementRecords records, EntitlementSigner signer, TimeProvider clock)
{
    public IssueOutcome.Issued Issued(EntitlementRow entitlement, ReleaseTruth release, string subject, bool managed) =>
        new(
            entitlement,
            release,
            managed
                ? null
                : signer.Sign(
                    new(
                        entitlement.Id,
                        subject,
                        entitlement.ClientId,
                        entitlement.Tenant,
                        entitlement.App,
                        release.Version,
                        release.Sha256!,
                        entitlement.Device,
                        entitlement.Revision,
                        entitlement.IssuedAt,
                        entitlement.ExpiresAt
                    )
                )
        );

    /// <summary>What a request with the same key came to; null where there was none. The same body finds the same entitlement while it is unspent, unexpired and allowed.</summary>
    public async Task<IssueOutcome?> FindEarlierAsync(IssueRequest request, Proof proof)
    {
        var row = request.Key is { } key
            ? await db.Idempotency.AsNoTracking().SingleOrDefaultAsync(i => i.Caller == request.Caller.Key && i.Route == key.Route && i.Key == key.Key)
            : null;
        return row switch
        {
            null => null,
            _ when row.BodyHash != request.Key!.BodyHash => new IssueOutcome.KeyReused(),
            _ => await AgainAsync(IssueIdempotency.EntitlementOf(row), proof),
        };
    }

    private async Task<IssueOutcome> AgainAsync(string entitlement, Proof proof)
    {
        if (await records.FindAsync(entitlement) is not { } record || await records.JudgeAsync(record) is not { } judgement)
        {
            return new IssueOutcome.Over(null);
        }
        if (
            judgement is not { MayBegin: true, Record.Redemption: null }
            || judgement.Record.Row.ExpiresAt <= clock.GetUtcNow()
            || judgement.Truth.Release is not { } release
        )
        {
            return new IssueOutcome.Over(judgement);
        }
        var managed = judgement.Truth.Distribution == Catalogue.Distribution.ManagedStore;
        return judgement.Truth.PersonProof && proof.ObjectionFor(judgement.Truth.SubjectKey) is { } code
            ? new IssueOutcome.Unproven(code)
            : Issued(judgement.Record.Row, release, judgement.Record.SubjectId, managed);
    }
}
