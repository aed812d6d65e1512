using System.Security.Cryptography;
using System.Text;
using Entitlements.Edge.Downloads;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Recovery;
using Entitlements.Gateway.Storage;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Issuance;

/// <summary>Spends a token, exactly once: the insert into <c>redemption</c>, unique on <c>jti</c>, decides who was first.</summary>
internal sealed class RedeemEntitlement(
    EntitlementVerifier verifier,
    EntitlementRecords records,
    GuardedInsert guarded,
    Writes writes,
    Replica replica,
    IOptions<ConsistencyOptions> options,
    TimeProvider clock
)
{
    private const int Attempts = 3;

    /// <summary>How long the same token and key get the same answer.</summary>
    private static readonly TimeSpan Repeatable = TimeSpan.FromMinutes(5);

    public async Task<RedeemOutcome> RedeemAsync(string text, string? idempotencyKey, bool canServe)
    {
        if (verifier.Read(text) is not { } token)
        {
            return new RedeemOutcome.NotOurs();
        }
        var keyHash = idempotencyKey is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(idempotencyKey)));
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await records.FindAsync(token.Id) is not { } record)
            {
                return IsPerhapsElsewhere(token) ? new RedeemOutcome.Undecidable() : new RedeemOutcome.NotOurs(); // signed, but nowhere on record
            }
            if (record.Redemption is { } spent)
            {
                return spent.KeyHash is not null && spent.KeyHash == keyHash && clock.GetUtcNow() - spent.RedeemedAt < Repeatable
                    ? Created(spent, record, token)
                    : new RedeemOutcome.Spent();
            }
            if (token.ExpiresAt <= clock.GetUtcNow())
            {
                return new RedeemOutcome.Gone(IssuanceProblems.Expired);
            }
            if (await TryAsync(token, record, keyHash, canServe) is { } outcome)
            {
                return outcome;
            }
        }
        return new RedeemOutcome.Undecidable();
    }

    /// <summary>For one lease after a failover this replica may still read the old primary, which has no record of what the new one issued.</summary>
    private bool IsPerhapsElsewhere(EntitlementToken token) => replica.Last?.Clock is not null && clock.GetUtcNow() - token.IssuedAt < options.Value.Wait;

    /// <summary>Null: overtaken by a revocation or by another redemption.</summary>
    private async Task<RedeemOutcome?> TryAsync(EntitlementToken token, EntitlementRecord record, string? keyHash, bool canServe)
    {
        if (await records.JudgeAsync(record) is not { } judgement)
        {
            return new RedeemOutcome.Undecidable();
        }
        if (judgement.Truth.Revision < token.Revision)
        {
            await SafeMode.EnterAsync(writes, $"A token of revision {token.Revision} was redeemed at revision {judgement.Truth.Revision}.");
            return new RedeemOutcome.Undecidable(); // a token newer than the database: it went back in time, and nothing it says counts
        }
        if (!judgement.MayBegin || !token.IsOf(judgement))
        {
            await RecordRefusalAsync(judgement);
            return new RedeemOutcome.Gone(IssuanceProblems.Of(judgement));
        }
        if (!canServe)
        {
            return new RedeemOutcome.Undecidable(); // an unspent token is better than a session that nobody can use
        }
        var at = judgement.Judged.At;
        var redemption = new RedemptionRow
        {
            Entitlement = token.Id,
            Session = SessionId.New(),
            RedeemedAt = at,
            LastByteAt = at,
            KeyHash = keyHash,
        };
        var outcome = await guarded.TryAsync(token.Tenant, judgement.Truth, redemption, AuditOf(judgement, token), TellOf(judgement, token));
        return outcome == GuardedOutcome.Recorded ? Created(redemption, record, token) : null;
    }

    private static RedeemOutcome.Created Created(RedemptionRow redemption, EntitlementRecord record, EntitlementToken token) =>
        new(redemption.Session, SessionClock.EndOf(redemption), new(record.Version, record.Platform, token.Sha256, record.Size ?? 0));

    private static Audit.AuditEventRow AuditOf(Judgement judgement, EntitlementToken token) =>
        new()
        {
            Kind = "entitlement.redeemed",
            Tenant = token.Tenant,
            Actor = ActorOf(token.Id),
            Target = token.Id,
            Details = StoredJson.Write(
                new
                {
                    evaluation = judgement.Judged.Id,
                    subject = judgement.Record.Row.SubjectKey,
                    app = token.App,
                    token.Version,
                    token.Sha256,
                }
            ),
            At = judgement.Judged.At,
            Revision = judgement.Truth.Revision,
        };

    private static OutboxRow TellOf(Judgement judgement, EntitlementToken token) =>
        new()
        {
            Kind = "entitlement.redeemed",
            Tenant = token.Tenant,
            Payload = StoredJson.Write(new { entitlement = token.Id, app = judgement.Truth.Sensitive ? null : token.App }),
            At = judgement.Judged.At,
            Revision = judgement.Truth.Revision,
        };

    private Task RecordRefusalAsync(Judgement judgement) =>
        writes.RecordAsync(scope =>
        {
            scope.Audit(
                "redemption.refused",
                judgement.Record.Row.Tenant,
                ActorOf(judgement.Record.Row.Id),
                judgement.Record.Row.Id,
                new
                {
                    evaluation = judgement.Judged.Id,
                    reasons = (judgement.Judged.Decision as Decision.Deny)?.Reasons.InOrder().Select(reason => reason.Code).ToList() ?? ["ended"],
                    judged_at = judgement.Truth.Revision,
                }
            );
            return Task.FromResult(0);
        });

    /// <summary>The holder of the token; nobody else is known at the gate.</summary>
    private static string ActorOf(string entitlement) => $"entitlement:{entitlement}";
}
