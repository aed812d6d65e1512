using System.Text.Json.Serialization;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Issuance;

/// <summary>Where an entitlement stands.</summary>
internal enum EntitlementState
{
    Issued,
    Redeemed,
    Expired,
    Revoked,
}

/// <summary><c>GET /v1/entitlements/{id}</c>.</summary>
/// <param name="Guidance">Version of the guidance that its holder had accepted; null where none was in force, or an emergency let it wait.</param>
internal sealed record EntitlementAnswer(
    string Id,
    EntitlementState State,
    string Tenant,
    string App,
    string Version,
    string Platform,
    string ClientId,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? RedeemedAt,
    DateTimeOffset? LastByteAt,
    long? BytesSent,
    DateTimeOffset? RevokedAt,
    int? Guidance,
    long Revision
)
{
    /// <summary>Left out, like the device, for the app's owner, who sees no names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subject { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Device { get; init; }
}

/// <summary>The answer to a revocation.</summary>
/// <param name="Effective">In force on every replica; false: committed, but not confirmed in time, so ask again.</param>
internal sealed record RevocationAnswer(long Revision, bool Effective);

/// <summary>Reading and revoking one entitlement: the client that issued it, and the app-owner and DPO of its tenant. To all others it does not exist.</summary>
internal static class EntitlementStateEndpoints
{
    private const string Route = "/v1/entitlements/{id}";

    public static void MapEntitlementState(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet(Route, ReadAsync)
            .Permit(Scopes.Issue, anyPerson: false, Function.AppOwner, Function.DataProtectionOfficer)
            .WithName("ReadEntitlement")
            .WithTags("Entitlements")
            .WithSummary("Where an entitlement stands.")
            .Produces<EntitlementAnswer>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        routes
            .MapDelete(Route, RevokeAsync)
            .Permit(Scopes.Issue, anyPerson: false, Function.AppOwner, Function.DataProtectionOfficer)
            .WithName("RevokeEntitlement")
            .WithTags("Entitlements")
            .WithSummary("Ends an entitlement and the download that it opened.")
            .Produces<RevocationAnswer>()
            .Produces<RevocationAnswer>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> ReadAsync(OpaqueId id, Caller caller, EntitlementRecords records, TimeProvider clock) =>
        await records.FindAsync(id.Value) is { } record && MaySee(caller, record.Row)
            ? TypedResults.Ok(AnswerOf(record, MaySeeNames(caller, record.Row), clock.GetUtcNow()))
            : Problems.NotFound();

    private static async Task<IResult> RevokeAsync(
        OpaqueId id,
        string? reason,
        Caller caller,
        EntitlementRecords records,
        RevokeEntitlement revoke,
        StorageGuard guard
    )
    {
        if (reason is { Length: > 500 } || reason?.Any(char.IsControl) == true)
        {
            return Problems.BadRequest("Give one reason of at most 500 characters, without control characters.", "invalid_reason");
        }
        if (await records.FindAsync(id.Value) is not { } record || !MaySee(caller, record.Row))
        {
            return Problems.NotFound();
        }
        return await guard.OrAsync<Revised<long>?>(async () => await revoke.RevokeAsync(record.Row, caller, reason), null) switch
        {
            { InForce: true } done => TypedResults.Ok(new RevocationAnswer(done.Outcome, Effective: true)),
            { } done => TypedResults.Json(new RevocationAnswer(done.Outcome, Effective: false), statusCode: StatusCodes.Status202Accepted),
            null => Problems.Undecidable(),
        };
    }

    private static bool MaySee(Caller caller, EntitlementRow row) =>
        IsIssuer(caller, row) || caller.Holds(Function.AppOwner, row.Tenant) || caller.Holds(Function.DataProtectionOfficer, row.Tenant);

    private static bool MaySeeNames(Caller caller, EntitlementRow row) => IsIssuer(caller, row) || caller.Holds(Function.DataProtectionOfficer, row.Tenant);

    private static bool IsIssuer(Caller caller, EntitlementRow row) =>
        caller is Caller.Client client
        && client.Issuer == row.ClientIssuer
        && client.ClientId == row.ClientId
        && client.Tenants.Contains(row.Tenant)
        && client.Scopes.Contains(Scopes.Issue);

    private static EntitlementAnswer AnswerOf(EntitlementRecord record, bool withNames, DateTimeOffset now)
    {
        var (row, used) = (record.Row, record.Redemption);
        var state = row switch
        {
            { RevokedAt: not null } => EntitlementState.Revoked,
            _ when used is not null => EntitlementState.Redeemed,
            _ when row.ExpiresAt <= now => EntitlementState.Expired,
            _ => EntitlementState.Issued,
        };
        return new(
            row.Id,
            state,
            row.Tenant,
            row.App,
            record.Version,
            record.Platform,
            row.ClientId,
            row.IssuedAt,
            row.ExpiresAt,
            used?.RedeemedAt,
            used?.LastByteAt,
            used?.BytesSent,
            row.RevokedAt,
            row.GuidanceVersion,
            row.Revision
        )
        {
            Subject = withNames ? record.SubjectId : null,
            Device = withNames ? row.Device : null,
        };
    }
}
