using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Devices;
using Entitlements.Gateway.OpenStores;
using Entitlements.Gateway.Publications;
using Entitlements.Gateway.Recalls;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Telling.People;
using static Entitlements.Gateway.Exercises.ExerciseTable;

namespace Entitlements.Gateway.Exercises;

/// <summary>Every table in which an exercise has rows: in this order they are copied, in the opposite one deleted. A test holds that none is missing.</summary>
internal static class ExerciseTables
{
    /// <summary>In force or to come; an administrative one only once it has begun, so that whoever loses it before never has it in a copy.</summary>
    private const string Unended =
        "o.tenant = {0} and not o.ended and (o.not_after is null or o.not_after > {2}) and (o.not_before < {2} or not exists "
        + "(select 1 from role r where r.tenant = o.tenant and r.id = o.role and r.administrative))";

    /// <summary>Not over, and not taken over by somebody who was not copied: it would fall back to whom it was given to.</summary>
    private const string Shifts =
        "o.tenant = {0} and not o.ended and o.not_after > {2} and not exists (select 1 from rota_swap w join subject x on x.key = w.taker_key "
        + "where w.shift = o.id and w.state = 'Accepted' and w.not_after > {2} and not x.active)";

    private static readonly string CopiedShift =
        "join rota_shift a on a.id = o.shift "
        + Person("a.subject_key")
        + "join rota_shift b on b.tenant = {1} and b.rota = a.rota and b.source = a.source and b.subject_key = s.key and b.not_before = a.not_before "
        + "and not b.ended ";

    public static IReadOnlyList<ExerciseTable> All { get; } =
    [
        // without where they are reached: nobody is told anything
        CopyOf<SubjectRow>(
            "o.tenant = {0} and o.active",
            "",
            ("issuer", "o.issuer || {3}"),
            ("person", "o.person || {3}"),
            ("email", "null"),
            ("mobile", "null"),
            ("tell_by", "'Mail'")
        ),
        CopyOf<RoleRow>(),
        CopyOf<RoleAssignmentRow>(Unended, Person("o.subject_key"), ("subject_key", "s.key"), ("origin", "null")),
        CopyOf<ApprovalPolicyRow>(),
        CopyOf<CalendarRow>(),
        CopyOf<ReviewPolicyRow>(),
        CopyOf<DelegationRow>(
            "o.tenant = {0} and not o.ended and o.not_after > {2}",
            Person("o.from_subject", "g") + Person("o.to_subject", "t"),
            ("from_subject", "g.key"),
            ("to_subject", "t.key")
        ),
        CopyOf<RotaRow>(instead: ("feeders", "'[]'")), // no system feeds it
        CopyOf<ShiftRow>(Shifts, Person("o.subject_key"), ("subject_key", "s.key")),
        CopyOf<SwapRow>(
            "a.tenant = {0} and o.not_after > {2}",
            CopiedShift + Person("o.giver_key", "g") + Person("o.taker_key", "t"),
            ("shift", "b.id"),
            ("giver_key", "g.key"),
            ("taker_key", "t.key")
        ) with
        {
            Theirs = "shift in (select id from rota_shift where tenant = {0})",
        },
        CopyOf<AccreditationSourceRow>(instead: [("client_issuer", "null"), ("client_id", "null"), ("stale_told", "true")]), // no system reports; by hand it may be said
        CopyOf<AccreditationRow>(with: Person("o.subject_key"), instead: ("subject_key", "s.key")),
        CopyOf<DeviceRow>(
            "o.tenant = {0} and (o.subject_key is null or s.key is not null)",
            Person("o.subject_key", join: "left join"),
            ("subject_key", "s.key")
        ),
        CopyOf<DeviceIdentifierRow>("o.tenant = {0} and exists (select 1 from device d where d.tenant = {1} and d.id = o.device)"),
        new(typeof(AdoptionRow))
        {
            // what the force owns its exercise adopts: nobody in it alters the app
            Statement =
                "insert into adoption (app, tenant) select o.app, {1} from adoption o where o.tenant = {0} "
                + "union select a.id, {1} from app a where a.owner = {0} and a.type = 'app'",
        },
        CopyOf<RuleRow>(),
        CopyOf<AssessmentRow>(),
        CopyOf<GuidanceRow>(),
        CopyOf<GuidanceTextRow>(),
        CopyOf<AcknowledgementRow>(with: Person("o.subject_key"), instead: ("subject_key", "s.key")),
        CopyOf<BarRow>("o.tenant = {0} and o.lifted_at is null"),
        MadeIn<GuidanceResponseRow>(),
        MadeIn<ChangeRow>(),
        MadeIn<PublicationRow>(),
        MadeIn<AppDraftRow>(),
        MadeIn<ObservationRow>(),
        MadeIn<ReportedHolderRow>(),
        MadeIn<VoteRow>("change in (select id from change where tenant = {0})"),
        MadeIn<AccessRequestRow>(),
        MadeIn<RequestVoteRow>("request in (select id from access_request where tenant = {0})"),
        MadeIn<RequestCommentRow>("request in (select id from access_request where tenant = {0})"),
        MadeIn<RequestAskRow>(),
        MadeIn<ReviewRow>(),
        MadeIn<ReviewItemRow>("review in (select id from review where tenant = {0})"),
        MadeIn<ReviewToldRow>("review in (select id from review where tenant = {0})"),
        MadeIn<PersonMessageRow>("subject_key in (select key from subject where tenant = {0})"),
        MadeIn<DeliveryRow>(),
        MadeIn<IdempotencyRow>("caller like 'person:%#exercise/' || {0} || '|%'"),
        MadeIn<TenantGuardRow>(),
    ];
}
