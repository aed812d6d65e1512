using System.Globalization;
using System.Text.Json;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Storage;

namespace Entitlements.Benchmarks.Whole;

/// <summary>
/// Years of requests in tenant <c>north</c>: nearly all decided, some open in one of two stages, first the line manager, then <see cref="Approver"/>'s role.
/// The approver is line manager of some besides, three others have delegated to them, and some of what is open they have voted on.
/// </summary>
internal static class RequestSeed
{
    public const string Approver = "approver-1";

    /// <summary>Holds the role, too, and is nobody's manager nor delegate.</summary>
    public const string Other = "approver-5";

    public static async Task PlantAsync(Installation installation, int requests, int open, int people)
    {
        var now = TimeProvider.System.GetUtcNow();
        var policy = new ApprovalPolicy(
            [Stage(ApproverKind.LineManager, ""), Stage(ApproverKind.Role, "approver")],
            TimeSpan.FromDays(30),
            TimeSpan.FromHours(8)
        );
        var deadlines = new Deadlines(now.AddDays(1), now.AddDays(2), null, now.AddDays(3));
        string State(RequestState state) => JsonSerializer.Serialize(state, StoredJson.Options);
        await installation.Database.ExecuteAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                update subject set manager = 'p-' || lpad((key / 12 + 1)::text, 7, '0') where id like 'p-%';
                insert into subject (tenant, issuer, id, person, active, suspended, version)
                  select 'north', '{{installation.Issuer.Authority}}', 'approver-' || i, 'approver-' || i, true, false, 1 from generate_series(1, 5) i;
                update subject set manager = '{{Approver}}' where id in (select 'p-' || lpad((i * 7)::text, 7, '0') from generate_series(1, 12) i);
                insert into role_assignment (tenant, role, subject_key, source, not_before, suspended, version)
                  select 'north', case when id in ('{{Approver}}', '{{Other}}') then 'approver' else 'role-0' end, key, 'Admin', now() - interval '1 day', false, 1
                  from subject where id like 'approver-%';
                insert into delegation (tenant, from_subject, to_subject, not_before, not_after, ended, version)
                  select 'north', other.key, one.key, now() - interval '1 day', now() + interval '7 days', false, 1
                  from subject one, subject other where one.id = '{{Approver}}' and other.id in ('approver-2', 'approver-3', 'approver-4');
                insert into approval_policy (tenant, role, policy, deleted, short_told, version) select 'north', id, '{{JsonSerializer.Serialize(policy, StoredJson.Options)}}', false, false, 1
                  from role where not administrative;
                create temporary table numbered as select row_number() over (order by key) n, key, person from subject where id like 'p-%';
                insert into access_request (id, tenant, subject_key, role, filed_by, person, filed_by_person, reason, answers, policy, policy_version, role_version,
                    submitted_at, expires_at, state, status, is_open, due_at, screened_revision, decided_at, granted_from, granted_until, version)
                  select 'req_' || md5(i::text), 'north', key, 'role-' || i % {{Seed.Roles}}, 'user/' || key, person, person, 'Needed on shift ' || i, '{}', p.policy, 1, 1,
                    at, at + interval '14 days', case when i <= {{open}} then case i % 2 when 0 then '{{State(
                    new RequestState.Pending(0, 1, false, deadlines)
                )}}' else '{{State(new RequestState.Pending(1, 1, false, deadlines))}}' end
                      when i % 10 < 8 then '{{State(new RequestState.Granted())}}' else '{{State(new RequestState.Denied())}}' end,
                    case when i <= {{open}} then 'Pending' when i % 10 < 8 then 'Granted' else 'Denied' end, i <= {{open}},
                    case when i <= {{open}} then now() + interval '1 day' end, 1000000000,
                    case when i > {{open}} then at + interval '1 hour' end, case when i > {{open}} and i % 10 < 8 then at end,
                    case when i > {{open}} and i % 10 < 8 then at + interval '8 hours' end, 2
                  from generate_series(1, {{requests}}) i join numbered on n = i % {{people}} + 1
                    cross join lateral (select now() - i * interval '60 seconds' as at) as made join approval_policy p on p.tenant = 'north' and p.role = 'role-' || i % {{Seed.Roles}};
                insert into request_ask (request, tenant, "group", due_at)
                  select id, tenant, case when state like '%"stage":0%' then 'manager-of:' || subject_key else 'role:approver' end, now() + interval '3 days' - (now() - submitted_at)
                  from access_request where is_open;
                insert into request_vote (request, person, voter, stage, groups, approves, reason, at)
                  select id, 'manager-' || subject_key % 20000, 'user/m', 0, '["0"]', true, 'Known to me, and on the shift.', submitted_at
                  from access_request where not is_open or state like '%"stage":1%';
                insert into request_vote (request, person, voter, stage, groups, approves, reason, at)
                  select id, 'approver-' || (subject_key % 4 + 1), 'user/a', 1, '["0"]', status <> 'Denied', 'Seen and considered.', submitted_at
                  from access_request where not is_open or (state like '%"stage":1%' and subject_key % 10 = 0);
                """
            )
        );
        await installation.Database.ExecuteAsync("vacuum analyze");
    }

    private static ApprovalStage Stage(ApproverKind kind, string id) => new([new(kind, id)], 1, TimeSpan.FromDays(3));
}
