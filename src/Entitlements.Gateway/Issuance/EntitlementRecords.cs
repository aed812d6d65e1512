using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Gateway.Issuance;

/// <summary>An entitlement as it was recorded: what was asked, for whom, and whether it was used.</summary>
internal sealed record EntitlementRecord(
    EntitlementRow Row,
    string Version,
    string Platform,
    string? FileName,
    string SubjectId,
    string SubjectIssuer,
    long? Size,
    RedemptionRow? Redemption
)
{
    /// <summary>The question it answered, with the release that was meant then.</summary>
    public EvaluationRequest Question =>
        new(
            Row.Tenant,
            new("user", SubjectId, Text(("iss", SubjectIssuer))),
            new(Action.Download, Properties.None),
            new(Resource.App, Row.App, Text(("version", Version), ("platform", Platform))),
            new(Row.Device)
        );

    private static Properties Text(params (string Name, string Value)[] members) =>
        new(members.ToDictionary(m => m.Name, m => JsonSerializer.SerializeToElement(m.Value), StringComparer.Ordinal));
}

/// <summary>An entitlement judged afresh.</summary>
/// <param name="Record">As it stood after the facts were read: what ended in between is seen here, what ends later raises a guard.</param>
/// <param name="IssuerStands">The client that issued it may still issue in its tenant.</param>
internal sealed record Judgement(EntitlementRecord Record, Evaluation.Judged Judged, bool IssuerStands)
{
    /// <summary>Reasons that stop new entitlements and void unspent tokens, but let a running download finish.</summary>
    private static readonly DenyReasons LetFinish = default(DenyReasons)
        .With(DenyReason.AppWithdrawn)
        .With(DenyReason.ReleaseYanked)
        .With(DenyReason.AssessmentLapsed);

    public Truth Truth => Judged.Truth;

    /// <summary>What the judgement rests on.</summary>
    public string[] Evidence =>
        [
            .. Gateway.Consistency.Evidence.Of(Judged.Asked.Request, Truth.Roles, Truth.Elsewhere),
            Gateway.Consistency.Evidence.Entitlement(Record.Row.Id),
            Gateway.Consistency.Evidence.Client(Record.Row.ClientIssuer, Record.Row.ClientId),
        ];

    /// <summary>It can be redeemed.</summary>
    public bool MayBegin => Stands && Judged.Decision is Decision.Allow;

    /// <summary>A session that was begun may go on.</summary>
    public bool MayGoOn =>
        Stands
        && Judged.Decision switch
        {
            Decision.Allow => true,
            Decision.Deny { Reasons.Bits: var bits } => (bits & ~LetFinish.Bits) == 0,
            _ => false,
        };

    /// <summary>Nothing ended the entitlement itself, and its person and release are still the ones it was issued for.</summary>
    private bool Stands =>
        Record.Row.RevokedAt is null && IssuerStands && Truth.SubjectKey == Record.Row.SubjectKey && Truth.Release?.Key == Record.Row.Release;
}

/// <summary>Looks entitlements up and judges them again by the truth of now.</summary>
internal sealed class EntitlementRecords(EntitlementsDb db, FactsReader facts, TimeProvider clock)
{
    public Task<EntitlementRecord?> FindAsync(string id) =>
        (
            from row in db.Entitlements.AsNoTracking()
            where row.Id == id
            join release in db.Releases on row.Release equals release.Key
            join subject in db.Subjects on row.SubjectKey equals subject.Key
            join used in db.Redemptions on row.Id equals used.Entitlement into uses
            from redemption in uses.DefaultIfEmpty()
            join artifact in db.Artifacts on release.Sha256 equals artifact.Sha256 into files
            from file in files.DefaultIfEmpty()
            select new EntitlementRecord(
                row,
                release.ReleaseVersion,
                release.Platform,
                release.FileName,
                subject.Id,
                subject.Issuer,
                file == null ? null : file.Size,
                redemption
            )
        ).SingleOrDefaultAsync();

    /// <remarks>Facts first, the rest after: what is committed between the two has either raised a guard, which the guarded insert sees, or is seen here.</remarks>
    public async Task<Judgement?> JudgeAsync(EntitlementRecord record, CancellationToken cancellation = default)
    {
        var question = record.Question;
        var truth = await facts.ReadAsync(question, mayAsk: true, cancellation);
        if (await FindAsync(record.Row.Id) is not { } now)
        {
            return null;
        }
        var at = clock.Now();
        var decision = clock.Judge(question, truth, at);
        return new(
            now,
            new(NewEvaluationId(), new(question, MayAsk: true, Purpose.Attempt), decision, truth, at),
            await IssuerStandsAsync(now.Row, cancellation)
        );
    }

    public static string NewEvaluationId() => Hosting.RandomIds.New("ev_");

    private async Task<bool> IssuerStandsAsync(EntitlementRow row, CancellationToken cancellation) =>
        row.ClientIssuer == IssueToPerson.Portal
        || await db.Clients.AsNoTracking().SingleOrDefaultAsync(client => client.Issuer == row.ClientIssuer && client.ClientId == row.ClientId, cancellation)
            is { } client
            && client.Tenants.Contains(row.Tenant)
            && client.Scopes.Contains(Scopes.Issue);
}
