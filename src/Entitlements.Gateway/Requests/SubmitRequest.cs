using Entitlements.Engine.Decisions;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>What somebody asks for.</summary>
/// <param name="Role">Null: the one that opens least, of those that the resource's rule names and the person could hold.</param>
/// <param name="Resource">Null: the role itself is asked for.</param>
/// <param name="From">Null: from the grant on.</param>
/// <param name="Until">Null: by <paramref name="For"/>, else by the policy.</param>
internal sealed record Ask(
    string? Role,
    AskedResource? Resource,
    DateTimeOffset? From,
    DateTimeOffset? Until,
    TimeSpan? For,
    string Reason,
    string? Ticket,
    IReadOnlyDictionary<string, string> Answers
)
{
    public Urgency Urgency { get; init; }

    /// <summary>The device it is for, in an emergency.</summary>
    public AskedDevice? Device { get; init; }

    /// <summary>The person has read the notice that stands for the guidance in an emergency.</summary>
    public bool NoticeRead { get; init; }

    /// <summary>Which webhook hears of the end; null: none in particular.</summary>
    public Callback? Callback { get; init; }
}

/// <param name="Serial">Where the force does not know the device.</param>
internal sealed record AskedDevice(string Id, string? Serial);

/// <summary>A resource and what would be done to it.</summary>
internal sealed record AskedResource(string Type, string Id, string Action);

/// <summary>A person asks for a role, for themself. Nothing here gives anybody anything.</summary>
internal sealed class SubmitRequest(Writes writes, RequestableRoles roles)
{
    /// <summary>Open requests that one person may have at a time.</summary>
    private const int MostOpen = 20;

    /// <summary>Nothing that they could hold opens it, or it is not there: to them it is all one.</summary>
    private static readonly WriteOutcome NotRequestable = new WriteOutcome.Refused(Weight.NotFound.Refusal!);

    /// <summary>On behalf of the subject of a denied question, by a client that the subject's force has registered for it, or by the person.</summary>
    public async Task<WriteOutcome> SubmitForAsync(WriteRequest request, EvaluationRequest denied, Ask ask) =>
        request.Caller is Caller.Person
            ? await SubmitAsync(request, ask)
            : await writes.RecordAsync(async scope =>
                await Subjects.FindAsync(scope.Db, denied.Tenant, denied.Subject.Properties.Text("iss"), denied.Subject.Id) is { Person: { } person } subject
                    ? await SubmitAsync(scope, request, subject.Key, person, ask)
                    : scope.Abandon(NotRequestable)
            );

    public async Task<WriteOutcome> SubmitAsync(WriteRequest request, Ask ask)
    {
        if (request.Caller is not Caller.Person { SubjectKey: { } subject, Tenant: not null, HumanId: { } person } asker)
        {
            return WriteOutcome.Refuse("person_required", "Only a person with an employee number on record asks for access.", StatusCodes.Status403Forbidden);
        }
        return await roles.SeesAsync(asker, ask.Resource)
            ? await (
                ask.Urgency == Urgency.BreakGlass
                    ? writes.ReviseWriteAsync(scope => SubmitAsync(scope, request, subject, person, ask)) // it grants
                    : writes.RecordAsync(scope => SubmitAsync(scope, request, subject, person, ask))
            )
            : NotRequestable;
    }

    private async Task<WriteOutcome> SubmitAsync(WriteScope scope, WriteRequest request, long subjectKey, string person, Ask ask)
    {
        try
        {
            return await FileAsync(scope, request, subjectKey, person, ask);
        }
        catch (RefusedException refused)
        {
            return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(refused.Because));
        }
    }

    private async Task<WriteOutcome> FileAsync(WriteScope scope, WriteRequest request, long subjectKey, string person, Ask ask)
    {
        await scope.AloneAsync(FormattableString.Invariant($"requests-of/{subjectKey}"));
        if (await Idempotency.FindAsync(scope, request) is { } earlier)
        {
            return earlier.Keep(scope);
        }
        var subject = await scope.Db.Subjects.AsNoTracking().SingleAsync(s => s.Key == subjectKey);
        if (await roles.ChooseAsync(scope, subject, ask) is not { } chosen)
        {
            return scope.Abandon(NotRequestable);
        }
        var aside = SetsAside.Nothing;
        if (ask.Urgency != Urgency.Ordinary)
        {
            (chosen, aside) = await Emergencies.PrepareAsync(scope, subject, chosen, ask);
        }
        if (await ObjectionAsync(scope, subject, chosen, ask) is { } objection)
        {
            return scope.Abandon(objection);
        }
        var row = RowOf(scope, request.Caller, subject, chosen, ask, aside, person);
        var facts = await RequestTruth.ReadAsync(scope, row, chosen.Policy, stage: 0);
        if (facts.Bar is { } bar)
        {
            return scope.Abandon(RefusalOf(bar));
        }
        if (facts.Unaccredited && row.Urgency != Urgency.Ordinary)
        {
            return scope.Abandon(CastRequestVote.RefusalOf(RequestRefusal.Unaccredited, row)); // it would wait for a source while the emergency does not
        }
        var step =
            row.Urgency == Urgency.BreakGlass
                ? RequestMachine.TakeAtOnce(
                    chosen.Policy,
                    [.. row.Interested()],
                    facts,
                    await Emergencies.GlassAsync(scope, subject, row, chosen.Policy.BreakGlass!)
                )
                : RequestMachine.Submit(chosen.Policy, [.. row.Interested()], facts);
        if (step.Refusal is { } refusal)
        {
            return scope.Abandon(CastRequestVote.RefusalOf(refusal, row));
        }
        var takes = step.Effects.Contains(RequestEffect.Grant);
        if (takes && StepUp.ObjectionTo(request.Caller, scope.Now) is { } weak)
        {
            throw new RefusedException(weak);
        }
        scope.Db.AccessRequests.Add(row);
        scope.Audit(
            "request.submitted",
            row.Tenant,
            row.FiledBy,
            row.Id,
            new
            {
                subject = subject.Id,
                row.Role,
                row.Resource,
                row.Action,
                from = row.AskedFrom,
                until = row.AskedUntil,
                row.Reason,
                row.Ticket,
                row.Urgency,
                row.SetsAside,
                row.Device,
                row.Serial,
                step_up = takes ? StepUp.EvidenceOf(request.Caller) : null,
            }
        );
        await StoredRequest.SaveAsync(scope, row, step, request.Caller.Key);
        if (takes)
        {
            await scope.Db.SaveChangesAsync();
            await GrantRole.GrantAsync(scope, row, step.Request, request.Caller.Key);
            await Emergencies.ReviewAsync(scope, row, chosen.Policy.BreakGlass!, request.Caller);
        }
        var outcome = new WriteOutcome.Created($"/v1/requests/{row.Id}", await ReceiptAsync(scope, request.Caller, row, step.Request));
        Idempotency.Keep(scope, request, outcome);
        return outcome;
    }

    private static async Task<RequestReceipt> ReceiptAsync(WriteScope scope, Caller caller, AccessRequestRow row, AccessRequest request)
    {
        var duties = await RequestDuties.OfAsync(scope.Db, caller, [(row.Tenant, request)], scope.Now);
        return new(row.Id, row.Status, [.. duties.Values], request.State is RequestState.Pending { Fallback: true });
    }

    /// <summary>What stands against asking at all. An open request for the role that says otherwise makes way.</summary>
    private static async Task<WriteOutcome?> ObjectionAsync(WriteScope scope, SubjectRow subject, RequestableRole role, Ask ask)
    {
        if (role.FaultOf(ask, scope.Now) is { } fault)
        {
            return WriteOutcome.Refuse("invalid_request", fault, StatusCodes.Status400BadRequest);
        }
        var since = scope.Now - role.Policy.CoolOff;
        if (
            await scope.Db.AccessRequests.AnyAsync(r =>
                r.SubjectKey == subject.Key && r.Tenant == subject.Tenant && r.Role == role.Id && r.Status == RequestStatus.Denied && r.DecidedAt > since
            )
        )
        {
            return WriteOutcome.Refuse("cooling_off", "Your last request for this was denied; it can be asked for again later.");
        }
        var open = await scope.Db.AccessRequests.AsNoTracking().Where(r => r.SubjectKey == subject.Key && r.IsOpen).ToListAsync();
        if (open.Find(r => r.Tenant == subject.Tenant && r.Role == role.Id) is { } standing)
        {
            if (Says(standing, ask))
            {
                return WriteOutcome.Refuse("duplicate_request", $"You have asked for this already: {standing.Id}.");
            }
            await SupersedeAsync(scope, standing.Id, standing.FiledBy);
        }
        else if (open.Count >= MostOpen)
        {
            return WriteOutcome.Refuse("too_many_requests", FormattableString.Invariant($"You have {MostOpen} open requests: withdraw one."));
        }
        return null;
    }

    private static bool Says(AccessRequestRow standing, Ask ask) =>
        (standing.ResourceType, standing.Resource, standing.Action) == (ask.Resource?.Type, ask.Resource?.Id, ask.Resource?.Action)
        && (standing.AskedFrom, standing.AskedUntil, standing.AskedFor) == (ask.From, ask.Until, ask.For)
        && (standing.Reason, standing.Ticket, standing.Urgency) == (ask.Reason, ask.Ticket, ask.Urgency)
        && (standing.Device, standing.Serial) == (ask.Device?.Id, ask.Device?.Serial);

    /// <summary>Votes already cast stay with the old one: nobody approved the new.</summary>
    private static async Task SupersedeAsync(WriteScope scope, string id, string actor)
    {
        var row = (await StoredRequest.LockAsync(scope, id))!;
        var request = await StoredRequest.ReadAsync(scope.Db, row);
        var facts = new RequestFacts(scope.Now, null, false, [], WorkingCalendar.AroundTheClock); // superseding looks at nothing
        await StoredRequest.SaveAsync(scope, row, RequestMachine.Next(request, new RequestEvent.Superseded(), facts), actor);
        await scope.Db.SaveChangesAsync(); // the old one is closed before the new one is there
    }

    private static AccessRequestRow RowOf(WriteScope scope, Caller filer, SubjectRow subject, RequestableRole role, Ask ask, SetsAside aside, string person) =>
        new()
        {
            Id = RandomIds.New("req_"),
            Tenant = subject.Tenant,
            SubjectKey = subject.Key,
            Role = role.Id,
            ResourceType = ask.Resource?.Type,
            Resource = ask.Resource?.Id,
            Action = ask.Resource?.Action,
            FiledBy = filer.Key,
            Person = person,
            FiledByPerson = filer.HumanId,
            Reason = ask.Reason,
            Ticket = ask.Ticket,
            Urgency = ask.Urgency,
            SetsAside = aside,
            Device = ask.Device?.Id,
            Serial = ask.Device?.Serial,
            Callback = ask.Callback is { } callback ? StoredJson.Write(callback) : null,
            Answers = StoredJson.Write(ask.Answers),
            AskedFrom = ask.From,
            AskedUntil = ask.Until,
            AskedFor = ask.For,
            Policy = StoredJson.Write(role.Policy),
            PolicyVersion = role.PolicyVersion,
            RoleVersion = role.Version,
            RuleVersion = role.RuleVersion,
            SubmittedAt = scope.Now,
            ExpiresAt = scope.Now + role.Policy.Patience,
            ScreenedRevision = scope.Revision,
            State = "",
        };

    private static WriteOutcome RefusalOf(VoidReason bar) =>
        bar switch
        {
            VoidReason.AlreadyHeld => WriteOutcome.Refuse(
                "already_held",
                "You hold this already. A renewal can be asked for in the last 14 days, and must end later."
            ),
            VoidReason.IncompatibleRole => WriteOutcome.Refuse(
                "incompatible_role",
                "You hold a role in that time that may not be held together with this one."
            ),
            VoidReason.EstablishmentReached => new WriteOutcome.Refused(Seats.Reached),
            VoidReason.WindowEmpty => WriteOutcome.Refuse("window_empty", "until must lie in the future and after from."),
            VoidReason.NotToBeRenewed => WriteOutcome.Refuse(
                "not_to_be_renewed",
                "It is on record that this is not to be renewed for you; the request that granted it says why."
            ),
            VoidReason.AppBarred
            or VoidReason.AssessmentLapsed
            or VoidReason.RuleChanged
            or VoidReason.RoleChanged
            or VoidReason.SubjectInactive
            or VoidReason.AccreditationLost
            or VoidReason.NoApprover => NotRequestable,
        };
}
