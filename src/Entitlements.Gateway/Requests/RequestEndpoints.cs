using Entitlements.Engine.Requests;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Requests;

/// <summary><c>/v1/requests</c>: officers ask, approvers vote. For people, with their own token.</summary>
internal static class RequestEndpoints
{
    public static void MapRequestRoutes(this IEndpointRouteBuilder routes)
    {
        var requests = routes.MapGroup("/v1/requests").WithTags("Requests").InExercises();
        requests
            .MapPost("", SubmitAsync)
            .Permit(anyPerson: true)
            .WithName("SubmitRequest")
            .WithSummary("Asks for a role, or for what a role opens, for oneself.")
            .Produces<RequestReceipt>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        requests
            .MapGet("", RequestLists.ListAsync)
            .Permit(anyPerson: true)
            .WithName("ListRequests")
            .WithSummary(
                "One's own (mine), those that wait for one's vote (inbox), that one voted on (voted), or those of a tenant whose people one looks after (all)."
            )
            .Produces<Page<RequestView>>();
        requests
            .MapGet("{request}", RequestLists.ReadAsync)
            .Permit(anyPerson: true)
            .WithName("GetRequest")
            .WithSummary("One request: where it stands, who is asked, who said what.")
            .Produces<RequestView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        requests
            .MapPost("{request}/votes", VoteAsync)
            .Permit(anyPerson: true)
            .WithName("VoteOnRequest")
            .WithSummary("One person's vote; the deciding approval assigns the role until its end.")
            .ProducesWrite();
        requests
            .MapPost("{request}/withdraw", WithdrawAsync)
            .Permit(anyPerson: true)
            .WithName("WithdrawRequest")
            .WithSummary("Takes the request back; where it was granted, hands the role back at once.")
            .ProducesWrite();
        requests
            .MapPost("{request}/shorten", ShortenAsync)
            .Permit(anyPerson: true)
            .WithName("ShortenGrant")
            .WithSummary("Lets what was granted end earlier.")
            .ProducesWrite();
        requests
            .MapPost("{request}/do-not-renew", DoNotRenewAsync)
            .Permit(anyPerson: true)
            .WithName("DoNotRenewGrant")
            .WithSummary("Puts on record that what was granted is not to be renewed; it ends nothing early.")
            .ProducesWrite();
        requests
            .MapDelete("{request}/do-not-renew", MayRenewAsync)
            .Permit(anyPerson: true)
            .WithName("AllowRenewal")
            .WithSummary("Takes back, with a reason, that it is not to be renewed.")
            .ProducesWrite();
    }

    private static async Task<IResult> SubmitAsync(WriteRequest request, Body<RequestBody> body, SubmitRequest submit)
    {
        body.Value.Faults().ThrowIfAny();
        return (await submit.SubmitAsync(request, body.Value.ToAsk())).ToResult();
    }

    private static async Task<IResult> VoteAsync(string request, WriteRequest write, Body<RequestVoteBody> body, CastRequestVote votes)
    {
        Text.ReasonFaults(body.Value.Reason, required: true).ThrowIfAny();
        return (await votes.CastAsync(write, request, new(body.Value.Vote == RequestVote.Approve, body.Value.Reason.Trim(), body.Value.Until))).ToResult();
    }

    private static async Task<IResult> WithdrawAsync(string request, WriteRequest write, Body<RequestWithdrawalBody> body, WithdrawRequest withdraw)
    {
        Text.ReasonFaults(body.Value.Reason).ThrowIfAny();
        return (await withdraw.WithdrawAsync(write.For(body.Value.Reason), request, until: null)).ToResult();
    }

    private static async Task<IResult> DoNotRenewAsync(string request, WriteRequest write, Body<NoRenewalBody> body, DoNotRenew renewals)
    {
        Text.ReasonFaults(body.Value.Reason, required: true).ThrowIfAny();
        return (await renewals.RecordAsync(write.For(body.Value.Reason.Trim()), request)).ToResult();
    }

    private static async Task<IResult> MayRenewAsync(string request, WriteRequest write, DoNotRenew renewals) =>
        (await renewals.UndoAsync(write, request)).ToResult();

    private static async Task<IResult> ShortenAsync(string request, WriteRequest write, Body<ShorteningBody> body, WithdrawRequest withdraw)
    {
        Text.ReasonFaults(body.Value.Reason).ThrowIfAny();
        return (await withdraw.WithdrawAsync(write.For(body.Value.Reason), request, body.Value.Until)).ToResult();
    }
}

/// <summary>What is asked for: a resource, a role, or a resource by a role that its rule names.</summary>
internal sealed record RequestBody
{
    private const int LongestTicket = 100;

    public WantedResource? Resource { get; init; }
    public NameId? Role { get; init; }

    /// <summary>First instant wanted; left out: from the grant on.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>First instant no longer wanted.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>How long, where no end is named; with neither, as long as the policy gives by itself.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>Why, on one line.</summary>
    public required string Reason { get; init; }

    /// <summary>The number under which this is known elsewhere.</summary>
    public string? Ticket { get; init; }

    /// <summary>How urgent: by the role's stages, by whoever is on duty, or taken at once and reviewed afterwards.</summary>
    public Urgency Urgency { get; init; }

    /// <summary>The device it is for; needed to break the glass, which opens for one device.</summary>
    public WantedDevice? Device { get; init; }

    /// <summary>In an emergency: the notice was read, and the guidance will be accepted within a day.</summary>
    public bool GuidanceNoticeRead { get; init; }

    /// <summary>By the id of the question.</summary>
    public IReadOnlyDictionary<string, string> Answers { get; init; } = new Dictionary<string, string>();

    public Ask ToAsk() =>
        new(
            Role?.Value,
            Resource is { } resource ? new(resource.Type.Value, resource.Id.Value, resource.Action?.Value ?? Engine.Decisions.Action.Download) : null,
            From,
            Until,
            For,
            Reason.Trim(),
            Ticket?.Trim(),
            Answers
        )
        {
            Urgency = Urgency,
            Device = Device is { } device ? new(device.Id.Value, device.Serial?.Value) : null,
            NoticeRead = GuidanceNoticeRead,
        };

    public IEnumerable<(string, string)> Faults()
    {
        if (Resource is null && Role is null)
        {
            yield return ("/resource", "is required where no role is named");
        }
        if (Until is not null && For is not null)
        {
            yield return ("/for", "stands where there is no until");
        }
        if (Until <= From || For <= TimeSpan.Zero)
        {
            yield return (Until <= From ? "/until" : "/for", "must leave some time");
        }
        if (Urgency == Urgency.Ordinary ? Device is not null || GuidanceNoticeRead : From is not null)
        {
            yield return (
                Urgency != Urgency.Ordinary ? "/from"
                : Device is not null ? "/device"
                : "/guidance_notice_read",
                Urgency == Urgency.Ordinary ? "stands in an emergency only" : "stands in no emergency: it begins at once"
            );
        }
        if (Urgency == Urgency.BreakGlass && Device is null)
        {
            yield return ("/device", "is required: the glass is broken for one device");
        }
        if (Ticket is not null && !Text.IsLine(Ticket, LongestTicket))
        {
            yield return ("/ticket", FormattableString.Invariant($"must be 1 to {LongestTicket} characters on one line"));
        }
        foreach (var fault in Text.ReasonFaults(Reason, required: true))
        {
            yield return fault;
        }
    }
}

/// <param name="Action">Default <c>download</c>.</param>
internal sealed record WantedResource(NameId Type, NameId Id, NameId? Action = null);

/// <param name="Serial">Its serial number, where the force does not know the device.</param>
internal sealed record WantedDevice(OpaqueId Id, OpaqueId? Serial = null);

/// <summary>The answer to a request that was made.</summary>
/// <param name="OnDuty">Who is on duty now, where it asks a rota; names as far as the reader may know them.</param>
/// <param name="Escalated">Others are asked besides, for want of somebody on duty who could decide.</param>
internal sealed record RequestReceipt(string Request, RequestStatus Status, IReadOnlyList<RequestDutyView> OnDuty, bool Escalated);

/// <param name="Reason">Why, on one line.</param>
/// <param name="Until">Lets the grant end no later.</param>
internal sealed record RequestVoteBody(RequestVote Vote, string Reason, DateTimeOffset? Until = null);

internal enum RequestVote
{
    Approve,
    Deny,
}

/// <param name="Reason">Why, on one line; the holder sees it.</param>
internal sealed record NoRenewalBody(string Reason);

internal sealed record RequestWithdrawalBody(string? Reason = null);

internal sealed record ShorteningBody(DateTimeOffset Until, string? Reason = null);
