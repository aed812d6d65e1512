using System.Data.Common;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Access;

/// <summary>
/// The one statement behind a decision. Each part selects (part, a, b, c, d, n, m, f, g, t, u): texts a to d, numbers n and m, flags f and g
/// as 0 or 1, instants t and u.
/// </summary>
/// <remarks>The tables of one row are asked by their key: guessed at 2,200 rows each and joined, they made PostgreSQL compile every decision (JIT), 0.3 s a time.</remarks>
internal static class FactsStatement
{
    private static readonly string Postgres = Build("timestamptz", Consistency.LeaseTable.Timeline);
    private static readonly string Sqlite = Build("integer", "''");

    public static string Text(bool postgres) => postgres ? Postgres : Sqlite;

    public static void Bind(DbCommand command, EvaluationRequest request, DateTimeOffset now, bool postgres)
    {
        Add(command, "tenant", request.Tenant);
        Add(command, "subject", request.Subject.Id);
        Add(command, "issuer", request.Subject.Properties.Text("iss") ?? "");
        Add(command, "type", request.Resource.Type);
        Add(command, "app", request.Resource.Id);
        Add(command, "action", request.Action.Name);
        Add(command, "version", request.Resource.Properties.Text("version") ?? "");
        Add(command, "platform", request.Resource.Properties.Text("platform") ?? "");
        Add(command, "device", request.Context.Device ?? "");
        Add(command, "now", Instants.ToParameter(now, postgres));
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    private static string Build(string instant, string timeline) =>
        $"""
            with who as (
              select s.key, s.id, s.tenant, s.active, s.suspended from subject s join tenant t on t.id = s.tenant
              where s.tenant = @tenant and s.id = @subject and s.issuer = case when @issuer = '' then t.issuer else @issuer end
            )
            select 'revision' as part, {timeline} as a, cast(null as text) as b, cast(null as text) as c, cast(null as text) as d,
              r.rev as n, coalesce((select g.rev from tenant_guard g where g.tenant = @tenant), 0) as m,
              (select case when i.safe_mode_since is null then 0 else 1 end from installation i where i.one) as f, 0 as g,
              cast(null as {instant}) as t, cast(null as {instant}) as u, (select gg.rev from global_guard gg where gg.one) as k
            from authz_rev r where r.one
            union all
            select 'subject', null, null, null, null, w.key, 0, case when w.active then 1 else 0 end, case when w.suspended then 1 else 0 end, null, null, 0 from who w
            union all
            select 'app', a.distribution, a.visibility, a.owner, null, coalesce(a.device_limit, -1),
              (select count(distinct e.device) from entitlement e join redemption x on x.entitlement = e.id where e.subject_key = (select key from who) and e.app = a.id and e.device <> @device),
              case when a.high_risk then 1 else 0 end, case when a.person_proof then 1 else 0 end, null, null,
              case when a.owner = @tenant or exists (select 1 from adoption o where o.app = a.id and o.tenant = @tenant and a.type = 'app') then 1 else 0 end
            from app a where a.type = @type and a.id = @app
            union all
            select 'type', y.actions, null, null, null, 0, 0, case when y.subject_properties then 1 else 0 end, 0, null, null, 0 from resource_type y where y.type = @type
            union all
            select 'bar', b.kind, null, null, null, coalesce(b.release, 0), 0, 0, 0, null, null, 0
            from bar b where @type = 'app' and b.app = @app and b.lifted_at is null and (b.tenant is null or b.tenant = @tenant)
            union all
            select 'release', r.release_version, r.platform, r.sha256, null, r.key, coalesce(f.size, 0), case when r.published_at is null then 0 else 1 end, 0, r.published_at, null, 0
            from release r left join artifact f on f.sha256 = r.sha256
            where @type = 'app' and r.app = @app and (@platform = '' or r.platform = @platform) and (@version = '' or r.release_version = @version)
            union all
            select 'rule', u.roles, u.device, u.conditions, null, 0, 0, 0, 0, null, null, 0
            from rule u where u.tenant = @tenant and u.type = @type and u.app = @app and u.action = @action
            union all
            select 'assessment', s.outcome, null, null, null, s.grace, 0,
              case when exists (select 1 from entitlement e join redemption x on x.entitlement = e.id
                where e.subject_key = (select key from who) and e.app = @app and e.tenant = @tenant and x.redeemed_at < s.in_force_until) then 1 else 0 end,
              0, s.in_force_until, null, 0
            from assessment s where @type = 'app' and s.app = @app and s.tenant = @tenant
            union all
            select 'held', h.role, o.incompatible_with, null, null, h.id, 0, case when h.suspended then 1 else 0 end, 0, h.not_before, h.not_after, 0
            from role_assignment h join role o on o.tenant = h.tenant and o.id = h.role
            where h.subject_key = (select key from who) and h.tenant = @tenant and not o.deleted and not h.ended and (h.not_after is null or h.not_after > @now)
            union all
            select 'role', o.id, null, null, null, 0, 0, case when o.restricted then 1 else 0 end, case when o.sensitive then 1 else 0 end, null, null, 0
            from role o where o.tenant = @tenant and (o.restricted or o.sensitive)
            union all
            select 'guidance', null, null, null, null, d.text_version,
              (select count(*) from acknowledgement k where k.app = d.app and k.tenant = d.tenant and k.text_version = d.text_version and k.subject_key = (select key from who)),
              0, 0, null, null, 0
            from guidance d where @type = 'app' and d.app = @app and d.tenant = @tenant
            union all
            select 'device', v.kind, null, null, null, coalesce(v.subject_key, 0), 0, case when v.managed then 1 else 0 end, 0, v.usable_until, null, 0
            from device v where v.tenant = @tenant and v.id = @device
            """;
}
