using System.Security.Cryptography;
using System.Text.Json;
using Entitlements.Engine.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Changes;

/// <summary>
/// Where every write to what anyone may have goes: what narrows acts at once, what widens becomes a change that others vote on. The
/// endpoint does not choose; the weight of the alteration does.
/// </summary>
internal sealed class ChangeDesk(Writes writes, AlterationKinds kinds)
{
    /// <summary>How long a change waits for its votes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromDays(14);

    /// <remarks>What widens is counted and proposed in a transaction that leaves the revision counter alone: no revocation waits for it.</remarks>
    public async Task<WriteOutcome> SubmitAsync(WriteRequest request, Alteration alteration)
    {
        while (true)
        {
            if (await writes.ReviseWriteAsync(scope => TakeAsync(scope, request, alteration, proposes: false)) is var done and not WriteOutcome.Otherwise)
            {
                return done;
            }
            if (await writes.RecordAsync(scope => TakeAsync(scope, request, alteration, proposes: true)) is var proposed and not WriteOutcome.Otherwise)
            {
                return proposed;
            } // what stands has changed in between: it does not widen any more
        }
    }

    private async Task<WriteOutcome> TakeAsync(WriteScope scope, WriteRequest request, Alteration alteration, bool proposes)
    {
        if (await Idempotency.FindAsync(scope, request) is { } earlier)
        {
            return proposes ? scope.Abandon<WriteOutcome>(new WriteOutcome.Otherwise()) : earlier.Keep(scope); // what acted at once is waited for, too
        }
        try
        {
            var outcome = await DoAsync(scope, request, alteration, proposes);
            if (outcome is WriteOutcome.Otherwise)
            {
                return scope.Abandon(outcome);
            }
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        }
        catch (RefusedException refused)
        {
            return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(refused.Because));
        }
    }

    private async Task<WriteOutcome> DoAsync(WriteScope scope, WriteRequest request, Alteration alteration, bool proposes)
    {
        if (await alteration.ObjectToAsync(scope, request.Caller) is { } standing)
        {
            throw new RefusedException(standing);
        }
        var weight = await alteration.WeighAsync(scope);
        if (Objection(request, weight) is { } objection)
        {
            throw new RefusedException(objection);
        }
        var isProposed = weight is { Reach: Reach.Widens, Direct: false };
        if ((isProposed || weight.Final) && StepUp.ObjectionTo(request.Caller, scope.Now) is { } weak)
        {
            throw new RefusedException(weak);
        }
        return isProposed != proposes ? new WriteOutcome.Otherwise()
            : isProposed ? await ProposeAsync(scope, request, alteration, weight)
            : await ApplyAsync(scope, request, alteration, weight);
    }

    /// <summary>428 and 412 come from the version seen; a change needs somebody behind it.</summary>
    private static Refusal? Objection(WriteRequest request, Weight weight) =>
        weight switch
        {
            { Refusal: { } refusal } => refusal,
            { Versioned: true } when request.ObjectionTo(weight.BaseVersion) is { } stale => stale,
            { Reach: Reach.Widens, Direct: false } when request.Caller.HumanId is null => new(
                "person_required",
                "This write widens access, and only a known person proposes one: the caller has no person on record.",
                StatusCodes.Status403Forbidden
            ),
            _ => null,
        };

    private async Task<WriteOutcome> ApplyAsync(WriteScope scope, WriteRequest request, Alteration alteration, Weight weight)
    {
        var narrows = weight.Reach == Reach.Narrows;
        var details = await PutInForceAsync(scope, alteration, weight, request.Caller.Key);
        scope.AuditIn(
            alteration.EvidenceTenants(),
            $"{kinds.KindOf(alteration)}.applied",
            request.Caller.Key,
            alteration.Target,
            new
            {
                alteration = alteration.ToEvidence(),
                reason = request.Reason,
                step_up = weight.Final ? StepUp.EvidenceOf(request.Caller) : null,
            }
        );
        scope.Tell("access.changed", alteration.EvidenceTenant, new { what = kinds.KindOf(alteration), narrows }); // no target: it may name a person or a sensitive role
        return new WriteOutcome.Done(scope.Revision, narrows, weight.BaseVersion + 1, details);
    }

    /// <summary>Applies the alteration, names what it may have changed, and overtakes what was judged before.</summary>
    /// <remarks>Also for what widens: cheap, and an issue that was judged before simply asks again.</remarks>
    internal static async Task<object?> PutInForceAsync(WriteScope scope, Alteration alteration, Weight weight, string actor)
    {
        scope.Invalidate(await alteration.ScopesAsync(scope.Db) ?? [weight.Global ? Evidence.Everything : Evidence.Tenant(alteration.EvidenceTenant)]);
        var details = await alteration.ApplyAsync(scope, actor);
        await scope.RaiseGuardAsync(alteration.EvidenceTenant);
        if (weight.Global)
        {
            await scope.RaiseGlobalGuardAsync();
        }
        return details;
    }

    private async Task<WriteOutcome> ProposeAsync(WriteScope scope, WriteRequest request, Alteration alteration, Weight weight)
    {
        var audience = await MeasureAsync(scope, alteration, weight);
        var kind = kinds.KindOf(alteration);
        var json = StoredJson.Write(alteration);
        var change = new ChangeRow
        {
            Id = $"chg_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10))}",
            Tenant = alteration.EvidenceTenant,
            OtherTenant = alteration.OtherTenant,
            Kind = kind,
            Alteration = json,
            Target = alteration.Target,
            BaseVersion = weight.BaseVersion,
            Hash = ChangeHash.Of(
                kind,
                alteration.Target,
                JsonSerializer.SerializeToElement(alteration, alteration.GetType(), StoredJson.Options),
                weight.BaseVersion
            ),
            AudienceBefore = audience.Before,
            AudienceAfter = audience.After,
            Quorum = await Quorum.ForAsync(scope.Db, alteration.EvidenceTenant, weight, audience),
            Proposer = request.Caller.Key,
            ProposerPerson = request.Caller.HumanId!,
            Named = [.. weight.Named],
            Reason = request.Reason ?? "",
            ProposedAt = scope.Now,
            ExpiresAt = scope.Now + Patience,
        };
        scope.Db.Changes.Add(change);
        scope.AuditIn(
            change.EvidenceTenants(),
            "change.proposed",
            request.Caller.Key,
            change.Id,
            new
            {
                change.Kind,
                change.Target,
                change.Hash,
                before = audience.Before,
                after = audience.After,
                change.Quorum,
                change.Reason,
                alteration = alteration.ToEvidence(),
                step_up = StepUp.EvidenceOf(request.Caller),
            }
        );
        scope.Tell("change.proposed", change.Tenant, new { change = change.Id });
        return new WriteOutcome.Proposed(change.Id);
    }

    /// <summary>People reached before, and after the alteration was tried out and undone.</summary>
    internal static async Task<Audience> MeasureAsync(WriteScope scope, Alteration alteration, Weight weight)
    {
        if (weight.Apps.Count == 0)
        {
            return new(0, 0);
        }
        var before = await Exposure.CountAsync(scope.Db, alteration.EvidenceTenant, weight.Apps, scope.Now);
        var after = await scope.TryOutAsync(
            () => alteration.ApplyAsync(scope, "measure"),
            () => Exposure.CountAsync(scope.Db, alteration.EvidenceTenant, weight.Apps, scope.Now)
        );
        return new(before, after);
    }
}

/// <summary>People reached before and after.</summary>
internal sealed record Audience(int Before, int After);
