using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Refusals;

/// <param name="Device">The one it is asked from; left out: none.</param>
internal sealed record ReferralBody(NameId App, OpaqueId? Device = null);

/// <param name="Reference">For the service desk; good for 30 days.</param>
internal sealed record ReferralReceipt(string Reference);

/// <summary>What the log keeps of a refusal under its reference.</summary>
/// <param name="Subject">Key of the account.</param>
/// <param name="Reasons">Codes, in order.</param>
/// <param name="MayRequest">Only a role was missing, which somebody may give them.</param>
internal sealed record RefusalRecord(long Subject, string App, string? Device, IReadOnlyList<string> Reasons, bool MayRequest);

/// <summary>
/// <c>POST /v1/my/refusals</c>: judges again, and puts what was found on record under a reference. Only who asks for one leaves it: looking at the store does not.
/// </summary>
internal sealed class ReferToDesk(ListCatalogue catalogue, EntitlementsDb db, Writes writes)
{
    public const string Kind = "refusal.referred";

    public async Task<WriteOutcome> ReferAsync(WriteRequest request, ReferralBody body)
    {
        if (
            request.Caller is not Caller.Person { Tenant: { } tenant, SubjectKey: { } key } person
            || await db.FindAppOfAsync(tenant, Resource.App, body.App.Value) is not { } app
        )
        {
            return new WriteOutcome.Refused(Weight.NotFound.Refusal!);
        }
        var shopper = new Shopper(tenant, person.Issuer, person.Subject, body.Device?.Value, Platform: null);
        if (await catalogue.JudgeAsync(person, shopper, [app]) is not [var found])
        {
            return WriteOutcome.Refuse("undecidable", "No answer can be given at this moment.", StatusCodes.Status503ServiceUnavailable);
        }
        if (found.Reasons.Contains(DenyReason.NotAvailable))
        {
            return new WriteOutcome.Refused(Weight.NotFound.Refusal!); // hidden is as unknown
        }
        return found.Standing == Standing.MayHave
            ? WriteOutcome.Refuse("not_refused", "You may have it now.")
            : await RecordAsync(
                request,
                tenant,
                new(
                    key,
                    app.Id,
                    Access.AttemptLog.DeviceOf(body.Device?.Value),
                    [.. found.Reasons.InOrder().Select(r => r.Code)],
                    found.Standing == Standing.MayRequest
                )
            );
    }

    public static string TargetOf(string reference) => $"refusal/{reference}";

    private Task<WriteOutcome> RecordAsync(WriteRequest request, string tenant, RefusalRecord refusal) =>
        writes.RecordAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            var reference = RefusalReference.New();
            scope.Audit(Kind, tenant, request.Caller.Key, TargetOf(reference), refusal);
            var outcome = new WriteOutcome.Created($"/v1/refusals/{reference}", new ReferralReceipt(reference));
            Idempotency.Keep(scope, request, outcome);
            return (WriteOutcome)outcome;
        });
}
