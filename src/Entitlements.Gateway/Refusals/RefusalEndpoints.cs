using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Refusals;

/// <summary>One refusal: why, and what would change it.</summary>
/// <param name="HasDevice">It was asked from a device that can be on record.</param>
/// <param name="Reasons">In order, the headline first.</param>
/// <param name="MayRequest">Only a role was missing, which somebody may give them on request.</param>
/// <param name="Subject">Who was refused; null for the service desk and auditors, who need not know.</param>
internal sealed record RefusalView(
    string Reference,
    string App,
    string AppName,
    DateTimeOffset At,
    bool HasDevice,
    IReadOnlyList<RefusalReasonView> Reasons,
    bool MayRequest,
    string? Subject
);

/// <param name="Words">For a screen, by language (<c>en</c>, <c>cy</c>).</param>
internal sealed record RefusalReasonView(string Code, IReadOnlyDictionary<string, string> Words);

/// <summary><c>/v1/refusals</c>: the service desk reads one refusal by the reference that somebody tells it, and finds nobody's otherwise.</summary>
internal static class RefusalEndpoints
{
    /// <summary>How long a reference is good for: what was true longer ago helps nobody.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private static readonly string[] Readers = [Function.ServiceDesk, Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor];
    private static readonly string[] Told = [Function.RoleAdmin, Function.DataProtectionOfficer];

    public static void AddRefusals(this WebApplicationBuilder builder) => builder.Services.AddScoped<ReferToDesk>();

    public static void MapRefusals(this IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/v1/my/refusals", ReferAsync)
            .WithTags("Refusals")
            .Permit(anyPerson: true)
            .WithName("ReferRefusal")
            .WithSummary("Puts on record why one is refused an app, under a reference for the service desk.")
            .Produces<ReferralReceipt>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        routes
            .MapGet("/v1/refusals/{reference}", ReadAsync)
            .WithTags("Refusals")
            .PermitManaging(Readers)
            .WithName("GetRefusal")
            .WithSummary("Why somebody was refused, and what would change it, by the reference that they were given.")
            .Produces<RefusalView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> ReferAsync(WriteRequest write, Body<ReferralBody> body, ReferToDesk desk) =>
        (await desk.ReferAsync(write, body.Value)).ToResult();

    private static async Task<IResult> ReadAsync(string reference, Caller caller, EntitlementsDb db, TimeProvider clock)
    {
        if (RefusalReference.Read(reference) is not { } known)
        {
            return Problems.NotFound();
        }
        var (tenants, target, since) = (caller.TenantsHolding(Readers), ReferToDesk.TargetOf(known), clock.Now() - Longest);
        var row = await db
            .AuditEvents.AsNoTracking()
            .Where(a => a.Target == target && a.Kind == ReferToDesk.Kind && tenants.Contains(a.Tenant!) && a.At >= since)
            .SingleOrDefaultAsync();
        return row is null ? Problems.NotFound() : TypedResults.Ok(await ViewAsync(db, caller, known, row));
    }

    private static async Task<RefusalView> ViewAsync(EntitlementsDb db, Caller caller, string reference, Audit.AuditEventRow row)
    {
        var kept = JsonSerializer.Deserialize<RefusalRecord>(row.Details, StoredJson.Options)!;
        var names = Told.Any(function => caller.Holds(function, row.Tenant!)) ? await Subjects.IdsAsync(db, [kept.Subject]) : [];
        return new(
            reference,
            kept.App,
            await db.Apps.Where(a => a.Type == Resource.App && a.Id == kept.App).Select(a => a.Name).SingleAsync(),
            row.At,
            kept.Device is not null,
            [.. kept.Reasons.Join(Enum.GetValues<DenyReason>(), code => code, r => r.Code, (code, r) => new RefusalReasonView(code, ReasonWords.Of(r)))],
            kept.MayRequest,
            names.GetValueOrDefault(kept.Subject)
        );
    }
}
