using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Issuance;

/// <param name="Asked">An evaluation request for <c>download</c> on an app, bound to its caller.</param>
/// <param name="SubjectToken">The person's own access token, where it was sent.</param>
internal sealed record IssueRequest(Caller.Client Caller, Question.Asked Asked, string? SubjectToken, IdempotencyKey? Key)
{
    /// <summary>What is proven of the person already, where they are at the portal; null: the token has to prove it.</summary>
    public Proof? Proof { get; init; }
}

/// <summary>What became of a request for an entitlement.</summary>
internal abstract record IssueOutcome
{
    private IssueOutcome() { }

    /// <summary>Recorded, with its audit record; a repeated request finds the same one.</summary>
    /// <param name="Token">Null where the bytes are in a managed store.</param>
    internal sealed record Issued(EntitlementRow Entitlement, ReleaseTruth Release, string? Token) : IssueOutcome;

    /// <summary>The decision is no.</summary>
    internal sealed record Refused(Evaluation.Judged Judged) : IssueOutcome;

    /// <summary>It was asked in an exercise: whatever the decision, nothing is issued.</summary>
    internal sealed record Rehearsed(Evaluation.Judged Judged) : IssueOutcome;

    /// <summary>The decision is yes, but the person did not prove to be there.</summary>
    /// <param name="Code"><see cref="PersonProof.Required"/> or <see cref="PersonProof.Invalid"/>.</param>
    internal sealed record Unproven(string Code) : IssueOutcome;

    /// <summary>The person has had as many as one person may within an hour.</summary>
    internal sealed record TooMany(TimeSpan RetryAfter) : IssueOutcome;

    /// <summary>The key was used with another body.</summary>
    internal sealed record KeyReused : IssueOutcome;

    /// <summary>A repeated request whose entitlement is spent, over or no longer allowed.</summary>
    internal sealed record Over(Judgement? Judgement) : IssueOutcome;

    /// <summary>The truth kept moving, or is not as fresh as asked.</summary>
    internal sealed record Undecidable : IssueOutcome;
}

/// <summary>Trades an allow decision for an entitlement: facts, verdict, one guarded statement. No cache, and no audit record means no entitlement.</summary>
internal sealed class IssueEntitlement(
    FactsReader facts,
    PersonProof proofs,
    GuardedInsert guarded,
    EntitlementAnswers answers,
    EntitlementsDb db,
    Writes writes,
    IOptions<IssuanceOptions> options,
    TimeProvider clock
)
{
    /// <summary>How often a revocation may come between facts and record before the answer is "not now".</summary>
    private const int Attempts = 3;

    private static readonly TimeSpan QuotaWindow = TimeSpan.FromHours(1);

    /// <exception cref="ProviderUnavailableException">The subject token cannot be judged now.</exception>
    public async Task<IssueOutcome> IssueAsync(IssueRequest request)
    {
        var proof = request.Proof ?? await proofs.OfAsync(request.SubjectToken); // may fetch keys: before the facts, so that these are fresh
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await answers.FindEarlierAsync(request, proof) is { } earlier)
            {
                return earlier;
            }
            if (await TryAsync(request, proof) is { } outcome)
            {
                return outcome;
            }
        }
        return new IssueOutcome.Undecidable();
    }

    /// <summary>Null: overtaken, or another request with the same key was first.</summary>
    private async Task<IssueOutcome?> TryAsync(IssueRequest request, Proof proof)
    {
        var question = request.Asked.Request;
        var truth = await facts.ReadAsync(question, request.Asked.MayAsk);
        if (truth.Revision < question.Context.MinimumRevision)
        {
            return new IssueOutcome.Undecidable();
        }
        var at = clock.Now();
        var decision = clock.Judge(question, truth, at);
        var judged = new Evaluation.Judged(EntitlementRecords.NewEvaluationId(), request.Asked, decision, truth, at);
        if (request.Caller.IsExercise(question.Tenant))
        {
            await RecordRefusalAsync(request, judged, "exercise");
            return new IssueOutcome.Rehearsed(judged);
        }
        if (decision is not Decision.Allow allow)
        {
            await RecordRefusalAsync(request, judged, null);
            return new IssueOutcome.Refused(judged);
        }
        if (truth.PersonProof && proof.ObjectionFor(truth.SubjectKey) is { } code)
        {
            await RecordRefusalAsync(request, judged, code);
            return new IssueOutcome.Unproven(code);
        }
        return await WaitForQuotaAsync(truth.SubjectKey!.Value, at) is { } wait ? new IssueOutcome.TooMany(wait) : await RecordAsync(request, judged, allow);
    }

    private async Task<IssueOutcome?> RecordAsync(IssueRequest request, Evaluation.Judged judged, Decision.Allow allow)
    {
        var (truth, question, at) = (judged.Truth, request.Asked.Request, judged.At);
        var end = WholeSeconds(at + options.Value.Lifetime < allow.HoldsUntil ? at + options.Value.Lifetime : allow.HoldsUntil);
        if (truth.Release is not { } release || end <= at || (truth.Distribution == Distribution.Artifact && (release.Sha256 is null || release.Size is null)))
        {
            return new IssueOutcome.Undecidable(); // the right ends within the second, or the bytes are not on record
        }
        var entitlement = new EntitlementRow
        {
            Id = Hosting.RandomIds.New("ent_"),
            Tenant = question.Tenant,
            SubjectKey = truth.SubjectKey!.Value,
            App = question.Resource.Id,
            Release = release.Key,
            Device = question.Context.Device,
            ClientIssuer = request.Caller.Issuer,
            ClientId = request.Caller.ClientId,
            Assignment = allow.By,
            GuidanceVersion = truth.GuidanceVersion,
            Revision = truth.Revision,
            IssuedAt = WholeSeconds(at),
            ExpiresAt = end,
        };
        var managed = truth.Distribution == Distribution.ManagedStore;
        List<object> rows = [entitlement, AuditOf(request, judged, entitlement, release, managed), TellOf(judged, entitlement, managed)];
        if (request.Key is { } key)
        {
            rows.Add(IssueIdempotency.RowOf(request.Caller, key, entitlement.Id, at));
        }
        return await guarded.TryAsync(question.Tenant, truth, rows) == GuardedOutcome.Recorded
            ? answers.Issued(entitlement, release, question.Subject.Id, managed)
            : null;
    }

    private static Audit.AuditEventRow AuditOf(
        IssueRequest request,
        Evaluation.Judged judged,
        EntitlementRow entitlement,
        ReleaseTruth release,
        bool managed
    ) =>
        new()
        {
            Kind = "entitlement.issued",
            Tenant = entitlement.Tenant,
            Actor = request.Caller.Key,
            Target = entitlement.Id,
            Details = StoredJson.Write(
                new
                {
                    evaluation = judged.Id,
                    subject = entitlement.SubjectKey,
                    app = entitlement.App,
                    release.Version,
                    release.Platform,
                    release.Sha256,
                    by = entitlement.Assignment,
                    guidance = entitlement.GuidanceVersion,
                    entitlement.ExpiresAt,
                    person_proven = judged.Truth.PersonProof,
                    managed_store = managed,
                }
            ),
            At = judged.At,
            Revision = judged.Truth.Revision,
        };

    private static OutboxRow TellOf(Evaluation.Judged judged, EntitlementRow entitlement, bool managed) =>
        new()
        {
            Kind = "entitlement.issued",
            Tenant = entitlement.Tenant,
            Payload = StoredJson.Write(
                new
                {
                    entitlement = entitlement.Id,
                    app = judged.Truth.Sensitive ? null : entitlement.App,
                    managed_store = managed,
                }
            ),
            At = judged.At,
            Revision = judged.Truth.Revision,
        };

    /// <summary>What strangers ask goes into the installation's evidence, not into the tenant's they asked about.</summary>
    private Task RecordRefusalAsync(IssueRequest request, Evaluation.Judged judged, string? code) =>
        writes.RecordAsync(scope =>
        {
            var app = request.Asked.Request.Resource.Id;
            scope.Audit(
                "entitlement.refused",
                request.Asked.MayAsk ? request.Asked.Request.Tenant : null,
                request.Caller.Key,
                Hosting.NameId.IsValid(app) ? $"app/{app}" : "(not an id)",
                new
                {
                    evaluation = judged.Id,
                    subject = judged.Truth.SubjectKey,
                    device = AttemptLog.DeviceOf(request.Asked.Request.Context.Device),
                    reasons = judged.Decision is Decision.Deny ? AttemptLog.CodesOf(judged.Decision) : [code!],
                    judged_at = judged.Truth.Revision,
                }
            );
            return Task.FromResult(0);
        });

    /// <summary>How long until the person may have another; null when now.</summary>
    private async Task<TimeSpan?> WaitForQuotaAsync(long subject, DateTimeOffset now)
    {
        var since = now - QuotaWindow;
        var oldestThatCounts = await db
            .Entitlements.Where(e => e.SubjectKey == subject && e.IssuedAt > since)
            .OrderByDescending(e => e.IssuedAt)
            .Skip(options.Value.HourlyQuota - 1)
            .Select(e => (DateTimeOffset?)e.IssuedAt)
            .FirstOrDefaultAsync();
        return oldestThatCounts - since;
    }

    private static DateTimeOffset WholeSeconds(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());
}
