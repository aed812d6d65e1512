using System.Globalization;

namespace Entitlements.Benchmarks.Whole;

/// <summary>Tenant <c>north</c>: people who each hold one plain role, apps that the roles open, one client, one officer who assigns roles.</summary>
internal static class Seed
{
    public const int Apps = 500;
    public const int Roles = 50;

    /// <summary>A role that nobody holds.</summary>
    public const string Spare = "role-50";

    public static string Person(int number) => string.Create(CultureInfo.InvariantCulture, $"p-{number:0000000}");

    public static async Task PlantAsync(Installation installation, int people)
    {
        var (database, issuer) = (installation.Database, installation.Issuer.Authority);
        await database.ExecuteAsync(
            $$"""
            insert into tenant (id, name, issuer, version) values ('north', 'north', '{{issuer}}', 1);
            insert into client (issuer, client_id, tenants, scopes, functions, version)
              values ('{{issuer}}', 'store', '["north"]', '["access.evaluate"]', '[]', 1);
            insert into role (tenant, id, name, sensitive, restricted, administrative, incompatible_with, deleted, version)
              select 'north', 'role-' || i, 'role', false, false, false, '[]', false, 1 from generate_series(0, {{Roles}}) i
              union all select 'north', f, f, false, true, true, '[]', false, 1 from unnest(array['role-admin', 'app-owner', 'approver', 'auditor']) f;
            insert into artifact (sha256, size, blocks) values (repeat('a', 64), 1, '\x00');
            """
        );
        await database.ExecuteAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                insert into app (type, id, skeleton, owner, name, distribution, visibility, high_risk, person_proof, version)
                  select 'app', 'app-' || lpad(i::text, 5, '0'), 'app-' || i, 'north', 'app', 'Artifact', 'Listed', false, false, 1 from generate_series(1, {{Apps}}) i;
                insert into release (app, release_version, platform, sha256, published_at, version)
                  select id, '1.0', 'android', repeat('a', 64), now() - interval '1 day', 1 from app;
                insert into rule (tenant, type, app, action, roles, device, in_force_until, approved_audience, alarmed_audience, version)
                  select 'north', 'app', id, 'download', '["role-' || (substr(id, 5)::int % {{Roles}}) || '","role-' || (substr(id, 5)::int / 7 % {{Roles}}) || '"]', 'None', '2100-01-01Z', 0, 0, 1 from app;
                insert into subject (tenant, issuer, id, person, active, suspended, version)
                  values ('north', '{{issuer}}', 'officer', 'officer', true, false, 1);
                insert into role_assignment (tenant, role, subject_key, source, not_before, suspended, version)
                  select 'north', 'role-admin', key, 'Admin', now() - interval '1 day', false, 1 from subject where id = 'officer';
                """
            )
        );
        await GrowAsync(installation, 1, people);
        await database.ExecuteAsync("analyze");
    }

    /// <summary>More people, each with an assignment.</summary>
    public static Task GrowAsync(Installation installation, int from, int to) =>
        installation.Database.ExecuteAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                with added as (
                  insert into subject (tenant, issuer, id, person, active, suspended, version)
                    select 'north', '{installation.Issuer.Authority}', 'p-' || lpad(i::text, 7, '0'), 'person-' || i, true, false, 1
                    from generate_series({from}, {to}) i returning key)
                insert into role_assignment (tenant, role, subject_key, source, not_before, suspended, version)
                  select 'north', 'role-' || (key % {Roles}), key, 'Admin', now() - interval '1 day', false, 1 from added;
                """
            )
        );
}
