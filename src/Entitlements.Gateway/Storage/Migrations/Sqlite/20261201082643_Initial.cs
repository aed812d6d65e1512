using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Entitlements.Gateway.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "app_draft",
                columns: table => new
                {
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    content = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_app_draft", x => new { x.app, x.tenant });
                });

            migrationBuilder.CreateTable(
                name: "artifact",
                columns: table => new
                {
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    size = table.Column<long>(type: "INTEGER", nullable: false),
                    blocks = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_artifact", x => x.sha256);
                    table.CheckConstraint("ck_artifact_sha256", "length(sha256) = 64");
                });

            migrationBuilder.CreateTable(
                name: "assessment",
                columns: table => new
                {
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    outcome = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    in_force_until = table.Column<long>(type: "INTEGER", nullable: false),
                    grace = table.Column<long>(type: "INTEGER", nullable: false),
                    covers = table.Column<string>(type: "TEXT", nullable: false, defaultValueSql: "'[]'"),
                    record = table.Column<string>(type: "TEXT", nullable: true),
                    warned_days = table.Column<int>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_assessment", x => new { x.app, x.tenant });
                });

            migrationBuilder.CreateTable(
                name: "audit_event",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: true),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    target = table.Column<string>(type: "TEXT", nullable: false),
                    details = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_event", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "authz_rev",
                columns: table => new
                {
                    one = table.Column<bool>(type: "INTEGER", nullable: false),
                    rev = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_authz_rev", x => x.one);
                    table.CheckConstraint("ck_authz_rev_one", "one");
                });

            migrationBuilder.CreateTable(
                name: "bar",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    release = table.Column<long>(type: "INTEGER", nullable: true),
                    tenant = table.Column<string>(type: "TEXT", nullable: true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    lifted_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bar", x => x.id);
                    table.CheckConstraint("ck_bar_recall_is_final", "kind <> 'Recalled' or lifted_at is null");
                });

            migrationBuilder.CreateTable(
                name: "calendar",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    calendar = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_calendar", x => x.tenant);
                });

            migrationBuilder.CreateTable(
                name: "change",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    other_tenant = table.Column<string>(type: "TEXT", nullable: true),
                    alteration = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    target = table.Column<string>(type: "TEXT", nullable: false),
                    base_version = table.Column<long>(type: "INTEGER", nullable: false),
                    hash = table.Column<string>(type: "TEXT", nullable: false),
                    audience_before = table.Column<int>(type: "INTEGER", nullable: false),
                    audience_after = table.Column<int>(type: "INTEGER", nullable: false),
                    quorum = table.Column<string>(type: "TEXT", nullable: false),
                    proposer = table.Column<string>(type: "TEXT", nullable: false),
                    proposer_person = table.Column<string>(type: "TEXT", nullable: false),
                    named = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    proposed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true),
                    revision = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_change", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "client",
                columns: table => new
                {
                    issuer = table.Column<string>(type: "TEXT", nullable: false),
                    client_id = table.Column<string>(type: "TEXT", nullable: false),
                    tenants = table.Column<string>(type: "TEXT", nullable: false),
                    scopes = table.Column<string>(type: "TEXT", nullable: false),
                    functions = table.Column<string>(type: "TEXT", nullable: false),
                    service_subject = table.Column<string>(type: "TEXT", nullable: true),
                    person = table.Column<string>(type: "TEXT", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_client", x => new { x.issuer, x.client_id });
                });

            migrationBuilder.CreateTable(
                name: "data_protection_keys",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    friendly_name = table.Column<string>(type: "TEXT", nullable: true),
                    xml = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_data_protection_keys", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "global_guard",
                columns: table => new
                {
                    one = table.Column<bool>(type: "INTEGER", nullable: false),
                    rev = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_global_guard", x => x.one);
                    table.CheckConstraint("ck_global_guard_one", "one");
                });

            migrationBuilder.CreateTable(
                name: "guidance",
                columns: table => new
                {
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    text_version = table.Column<int>(type: "INTEGER", nullable: false),
                    accepted_from = table.Column<int>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_guidance", x => new { x.app, x.tenant });
                });

            migrationBuilder.CreateTable(
                name: "guidance_text",
                columns: table => new
                {
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    text_version = table.Column<int>(type: "INTEGER", nullable: false),
                    english = table.Column<string>(type: "TEXT", nullable: false),
                    welsh = table.Column<string>(type: "TEXT", nullable: false),
                    questions = table.Column<string>(type: "TEXT", nullable: false),
                    substance = table.Column<bool>(type: "INTEGER", nullable: false),
                    published_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_guidance_text", x => new { x.app, x.tenant, x.text_version });
                });

            migrationBuilder.CreateTable(
                name: "idempotency",
                columns: table => new
                {
                    caller = table.Column<string>(type: "TEXT", nullable: false),
                    route = table.Column<string>(type: "TEXT", nullable: false),
                    key = table.Column<string>(type: "TEXT", nullable: false),
                    body_hash = table.Column<string>(type: "TEXT", nullable: false),
                    status = table.Column<int>(type: "INTEGER", nullable: false),
                    location = table.Column<string>(type: "TEXT", nullable: true),
                    answer = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_idempotency", x => new { x.caller, x.route, x.key });
                });

            migrationBuilder.CreateTable(
                name: "installation",
                columns: table => new
                {
                    one = table.Column<bool>(type: "INTEGER", nullable: false),
                    demonstration = table.Column<bool>(type: "INTEGER", nullable: false),
                    bootstrap_ended = table.Column<bool>(type: "INTEGER", nullable: false),
                    safe_mode_since = table.Column<long>(type: "INTEGER", nullable: true),
                    recoveries = table.Column<long>(type: "INTEGER", nullable: false),
                    recovered_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_installation", x => x.one);
                    table.CheckConstraint("ck_installation_one", "one");
                });

            migrationBuilder.CreateTable(
                name: "inval",
                columns: table => new
                {
                    rev = table.Column<long>(type: "INTEGER", nullable: false),
                    scopes = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_inval", x => x.rev);
                });

            migrationBuilder.CreateTable(
                name: "listing_count",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    day = table.Column<string>(type: "TEXT", nullable: false),
                    asked = table.Column<long>(type: "INTEGER", nullable: false),
                    allowed = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_listing_count", x => new { x.tenant, x.app, x.day });
                });

            migrationBuilder.CreateTable(
                name: "mac_key",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    use = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    wrapped_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mac_key", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "outbox",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: true),
                    payload = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false),
                    delivered_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outbox", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "portal_session",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    person = table.Column<string>(type: "TEXT", nullable: false),
                    ticket = table.Column<byte[]>(type: "BLOB", nullable: false),
                    began_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_session", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "replica_lease",
                columns: table => new
                {
                    inc = table.Column<Guid>(type: "TEXT", nullable: false),
                    replica = table.Column<string>(type: "TEXT", nullable: false),
                    seq = table.Column<long>(type: "INTEGER", nullable: false),
                    conf = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_replica_lease", x => x.inc);
                });

            migrationBuilder.CreateTable(
                name: "resource_type",
                columns: table => new
                {
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    actions = table.Column<string>(type: "TEXT", nullable: false),
                    subject_properties = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_resource_type", x => x.type);
                });

            migrationBuilder.CreateTable(
                name: "signing_key",
                columns: table => new
                {
                    kid = table.Column<string>(type: "TEXT", nullable: false),
                    public_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    wrapped_private_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    signs_from = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_signing_key", x => x.kid);
                });

            migrationBuilder.CreateTable(
                name: "tenant",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    issuer = table.Column<string>(type: "TEXT", nullable: false),
                    exercise_of = table.Column<string>(type: "TEXT", nullable: true),
                    exercise_until = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_tenant", x => x.id);
                    table.CheckConstraint("ck_tenant_exercise", "(exercise_of is null) = (exercise_until is null)");
                });

            migrationBuilder.CreateTable(
                name: "tenant_guard",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    rev = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_tenant_guard", x => x.tenant);
                });

            migrationBuilder.CreateTable(
                name: "upload",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    caller_key = table.Column<string>(type: "TEXT", nullable: false),
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    size = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    completed_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_upload", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "artifact_reading",
                columns: table => new
                {
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    contents = table.Column<string>(type: "TEXT", nullable: true),
                    fault = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    fault_detail = table.Column<string>(type: "TEXT", nullable: true),
                    read_at = table.Column<long>(type: "INTEGER", nullable: false),
                    scan = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    scanned_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_artifact_reading", x => x.sha256);
                    table.ForeignKey(
                        name: "fk_artifact_reading_artifact_sha256",
                        column: x => x.sha256,
                        principalTable: "artifact",
                        principalColumn: "sha256",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "release",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    release_version = table.Column<string>(type: "TEXT", nullable: false),
                    platform = table.Column<string>(type: "TEXT", nullable: false),
                    sha256 = table.Column<string>(type: "TEXT", nullable: true),
                    file_name = table.Column<string>(type: "TEXT", nullable: true),
                    capabilities = table.Column<string>(type: "TEXT", nullable: false, defaultValueSql: "'[]'"),
                    seen = table.Column<string>(type: "TEXT", nullable: false, defaultValueSql: "'[]'"),
                    published_at = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_release", x => x.key);
                    table.ForeignKey(
                        name: "fk_release_artifact_sha256",
                        column: x => x.sha256,
                        principalTable: "artifact",
                        principalColumn: "sha256",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "publication",
                columns: table => new
                {
                    change = table.Column<string>(type: "TEXT", nullable: false),
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    content = table.Column<string>(type: "TEXT", nullable: false),
                    reached = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_publication", x => x.change);
                    table.ForeignKey(
                        name: "fk_publication_change_change",
                        column: x => x.change,
                        principalTable: "change",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "vote",
                columns: table => new
                {
                    change = table.Column<string>(type: "TEXT", nullable: false),
                    person = table.Column<string>(type: "TEXT", nullable: false),
                    voter = table.Column<string>(type: "TEXT", nullable: false),
                    function = table.Column<string>(type: "TEXT", nullable: false),
                    approves = table.Column<bool>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    shown = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_vote", x => new { x.change, x.person });
                    table.ForeignKey(
                        name: "fk_vote_change_change",
                        column: x => x.change,
                        principalTable: "change",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "accreditation_source",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    client_issuer = table.Column<string>(type: "TEXT", nullable: true),
                    client_id = table.Column<string>(type: "TEXT", nullable: true),
                    accreditations = table.Column<string>(type: "TEXT", nullable: false),
                    report_every = table.Column<long>(type: "INTEGER", nullable: false),
                    registered_at = table.Column<long>(type: "INTEGER", nullable: false),
                    complete_as_of = table.Column<long>(type: "INTEGER", nullable: true),
                    stale_told = table.Column<bool>(type: "INTEGER", nullable: false),
                    removed = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_accreditation_source", x => new { x.tenant, x.id });
                    table.CheckConstraint("ck_accreditation_source_client", "(client_issuer is null) = (client_id is null)");
                    table.ForeignKey(
                        name: "fk_accreditation_source_tenants_tenant",
                        column: x => x.tenant,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "adoption",
                columns: table => new
                {
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_adoption", x => new { x.app, x.tenant });
                    table.ForeignKey(
                        name: "fk_adoption_tenant_tenant",
                        column: x => x.tenant,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "app",
                columns: table => new
                {
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    skeleton = table.Column<string>(type: "TEXT", nullable: false),
                    owner = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    distribution = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    package_id = table.Column<string>(type: "TEXT", nullable: true),
                    signer_digest = table.Column<string>(type: "TEXT", nullable: true),
                    visibility = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    high_risk = table.Column<bool>(type: "INTEGER", nullable: false),
                    person_proof = table.Column<bool>(type: "INTEGER", nullable: false),
                    device_limit = table.Column<int>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_app", x => new { x.type, x.id });
                    table.ForeignKey(
                        name: "fk_app_tenant_owner",
                        column: x => x.owner,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "exercise",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    started_by = table.Column<string>(type: "TEXT", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_by = table.Column<string>(type: "TEXT", nullable: true),
                    deleted_at = table.Column<long>(type: "INTEGER", nullable: true),
                    copied = table.Column<string>(type: "TEXT", nullable: false),
                    deleted = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_exercise", x => x.id);
                    table.ForeignKey(
                        name: "fk_exercise_tenant_tenant",
                        column: x => x.tenant,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "observation",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_observation", x => new { x.app, x.tenant });
                    table.ForeignKey(
                        name: "fk_observation_tenant_tenant",
                        column: x => x.tenant,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "role",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    establishment = table.Column<int>(type: "INTEGER", nullable: true),
                    longest_assignment = table.Column<long>(type: "INTEGER", nullable: true),
                    sensitive = table.Column<bool>(type: "INTEGER", nullable: false),
                    restricted = table.Column<bool>(type: "INTEGER", nullable: false),
                    administrative = table.Column<bool>(type: "INTEGER", nullable: false),
                    incompatible_with = table.Column<string>(type: "TEXT", nullable: false),
                    accreditations = table.Column<string>(type: "TEXT", nullable: false, defaultValueSql: "'[]'"),
                    deleted = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_role", x => new { x.tenant, x.id });
                    table.CheckConstraint("ck_role_administrative", "restricted or not administrative");
                    table.ForeignKey(
                        name: "fk_role_tenant_tenant",
                        column: x => x.tenant,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "subject",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    issuer = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: true),
                    person = table.Column<string>(type: "TEXT", nullable: true),
                    display_name = table.Column<string>(type: "TEXT", nullable: true),
                    user_principal_name = table.Column<string>(type: "TEXT", nullable: true),
                    manager = table.Column<string>(type: "TEXT", nullable: true),
                    email = table.Column<string>(type: "TEXT", nullable: true),
                    mobile = table.Column<string>(type: "TEXT", nullable: true),
                    tell_by = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false, defaultValue: "Mail"),
                    active = table.Column<bool>(type: "INTEGER", nullable: false),
                    suspended = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subject", x => x.key);
                    table.ForeignKey(
                        name: "fk_subject_tenant_tenant",
                        column: x => x.tenant,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "webhook",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    url = table.Column<string>(type: "TEXT", nullable: false),
                    kinds = table.Column<string>(type: "TEXT", nullable: false),
                    wrapped_secret = table.Column<byte[]>(type: "BLOB", nullable: false),
                    wrapped_previous = table.Column<byte[]>(type: "BLOB", nullable: true),
                    previous_until = table.Column<long>(type: "INTEGER", nullable: true),
                    enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    disabled_because = table.Column<string>(type: "TEXT", nullable: true),
                    failing_since = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_webhook", x => new { x.tenant, x.id });
                    table.ForeignKey(
                        name: "fk_webhook_tenant_tenant",
                        column: x => x.tenant,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "rule",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    roles = table.Column<string>(type: "TEXT", nullable: false),
                    device = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    conditions = table.Column<string>(type: "TEXT", nullable: true),
                    accreditations = table.Column<string>(type: "TEXT", nullable: false, defaultValueSql: "'[]'"),
                    in_force_until = table.Column<long>(type: "INTEGER", nullable: true),
                    warned_days = table.Column<int>(type: "INTEGER", nullable: true),
                    approved_audience = table.Column<int>(type: "INTEGER", nullable: false),
                    alarmed_audience = table.Column<int>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rule", x => new { x.tenant, x.type, x.app, x.action });
                    table.CheckConstraint("ck_rule_conditions", "type <> 'app' or conditions is null");
                    table.CheckConstraint("ck_rule_end", "type <> 'app' or in_force_until is not null");
                    table.ForeignKey(
                        name: "fk_rule_app_type_app",
                        columns: x => new { x.type, x.app },
                        principalTable: "app",
                        principalColumns: new[] { "type", "id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_rule_tenant_tenant",
                        column: x => x.tenant,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "approval_policy",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    policy = table.Column<string>(type: "TEXT", nullable: false),
                    short_told = table.Column<bool>(type: "INTEGER", nullable: false),
                    deleted = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_approval_policy", x => new { x.tenant, x.role });
                    table.ForeignKey(
                        name: "fk_approval_policy_role_tenant_role",
                        columns: x => new { x.tenant, x.role },
                        principalTable: "role",
                        principalColumns: new[] { "tenant", "id" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "review",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    cause = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    reference = table.Column<string>(type: "TEXT", nullable: true),
                    opened_by = table.Column<string>(type: "TEXT", nullable: false),
                    opened_by_person = table.Column<string>(type: "TEXT", nullable: true),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    reviewers = table.Column<string>(type: "TEXT", nullable: false),
                    on_no_answer = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    opened_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ends_at = table.Column<long>(type: "INTEGER", nullable: false),
                    reminders = table.Column<int>(type: "INTEGER", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: true),
                    nobody_told = table.Column<bool>(type: "INTEGER", nullable: false),
                    seen_revision = table.Column<long>(type: "INTEGER", nullable: false),
                    closed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_review", x => x.id);
                    table.ForeignKey(
                        name: "fk_review_role_tenant_role",
                        columns: x => new { x.tenant, x.role },
                        principalTable: "role",
                        principalColumns: new[] { "tenant", "id" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "review_policy",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    every = table.Column<long>(type: "INTEGER", nullable: false),
                    answer_within = table.Column<long>(type: "INTEGER", nullable: false),
                    reviewers = table.Column<string>(type: "TEXT", nullable: false),
                    on_no_answer = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    deleted = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_review_policy", x => new { x.tenant, x.role });
                    table.ForeignKey(
                        name: "fk_review_policy_role_tenant_role",
                        columns: x => new { x.tenant, x.role },
                        principalTable: "role",
                        principalColumns: new[] { "tenant", "id" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "role_equivalent",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    home = table.Column<string>(type: "TEXT", nullable: false),
                    home_role = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_role_equivalent", x => new { x.tenant, x.role, x.home });
                    table.ForeignKey(
                        name: "fk_role_equivalent_role_tenant_role",
                        columns: x => new { x.tenant, x.role },
                        principalTable: "role",
                        principalColumns: new[] { "tenant", "id" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "rota",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    time_zone = table.Column<string>(type: "TEXT", nullable: false),
                    feeders = table.Column<string>(type: "TEXT", nullable: false),
                    feed_within = table.Column<long>(type: "INTEGER", nullable: false),
                    registered_at = table.Column<long>(type: "INTEGER", nullable: false),
                    fed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    stale_told = table.Column<bool>(type: "INTEGER", nullable: false),
                    gap_told = table.Column<long>(type: "INTEGER", nullable: true),
                    deleted = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rota", x => new { x.tenant, x.id });
                    table.ForeignKey(
                        name: "fk_rota_role_tenant_role",
                        columns: x => new { x.tenant, x.role },
                        principalTable: "role",
                        principalColumns: new[] { "tenant", "id" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "access_request",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    resource_type = table.Column<string>(type: "TEXT", nullable: true),
                    resource = table.Column<string>(type: "TEXT", nullable: true),
                    action = table.Column<string>(type: "TEXT", nullable: true),
                    filed_by = table.Column<string>(type: "TEXT", nullable: false),
                    person = table.Column<string>(type: "TEXT", nullable: false),
                    filed_by_person = table.Column<string>(type: "TEXT", nullable: true),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    ticket = table.Column<string>(type: "TEXT", nullable: true),
                    urgency = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false, defaultValue: "Ordinary"),
                    sets_aside = table.Column<int>(type: "INTEGER", maxLength: 32, nullable: false, defaultValue: 0),
                    device = table.Column<string>(type: "TEXT", nullable: true),
                    serial = table.Column<string>(type: "TEXT", nullable: true),
                    callback = table.Column<string>(type: "TEXT", nullable: true),
                    guidance_until = table.Column<long>(type: "INTEGER", nullable: true),
                    assessment_until = table.Column<long>(type: "INTEGER", nullable: true),
                    answers = table.Column<string>(type: "TEXT", nullable: false),
                    asked_from = table.Column<long>(type: "INTEGER", nullable: true),
                    asked_until = table.Column<long>(type: "INTEGER", nullable: true),
                    asked_for = table.Column<long>(type: "INTEGER", nullable: true),
                    policy = table.Column<string>(type: "TEXT", nullable: false),
                    policy_version = table.Column<long>(type: "INTEGER", nullable: false),
                    role_version = table.Column<long>(type: "INTEGER", nullable: false),
                    rule_version = table.Column<long>(type: "INTEGER", nullable: true),
                    submitted_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    status = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    is_open = table.Column<bool>(type: "INTEGER", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: true),
                    screened_revision = table.Column<long>(type: "INTEGER", nullable: false),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true),
                    granted_from = table.Column<long>(type: "INTEGER", nullable: true),
                    granted_until = table.Column<long>(type: "INTEGER", nullable: true),
                    not_renewed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    not_renewed_by = table.Column<string>(type: "TEXT", nullable: true),
                    not_renewed_because = table.Column<string>(type: "TEXT", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_access_request", x => x.id);
                    table.ForeignKey(
                        name: "fk_access_request_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "accreditation",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false),
                    accreditation = table.Column<string>(type: "TEXT", nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: false),
                    not_after = table.Column<long>(type: "INTEGER", nullable: false),
                    reference = table.Column<string>(type: "TEXT", nullable: true),
                    ended = table.Column<bool>(type: "INTEGER", nullable: false),
                    warned_days = table.Column<int>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_accreditation", x => x.id);
                    table.CheckConstraint("ck_accreditation_window", "not_before < not_after");
                    table.ForeignKey(
                        name: "fk_accreditation_accreditation_source_tenant_source",
                        columns: x => new { x.tenant, x.source },
                        principalTable: "accreditation_source",
                        principalColumns: new[] { "tenant", "id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_accreditation_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "acknowledgement",
                columns: table => new
                {
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    text_version = table.Column<int>(type: "INTEGER", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_acknowledgement", x => new { x.app, x.tenant, x.subject_key, x.text_version });
                    table.ForeignKey(
                        name: "fk_acknowledgement_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "delegation",
                columns: table => new
                {
                    from_subject = table.Column<long>(type: "INTEGER", nullable: false),
                    to_subject = table.Column<long>(type: "INTEGER", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: false),
                    not_after = table.Column<long>(type: "INTEGER", nullable: false),
                    ended = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_delegation", x => new { x.from_subject, x.to_subject });
                    table.CheckConstraint("ck_delegation_window", "not_before < not_after");
                    table.ForeignKey(
                        name: "fk_delegation_subject_from_subject",
                        column: x => x.from_subject,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_delegation_subject_to_subject",
                        column: x => x.to_subject,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "delivery",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    message = table.Column<string>(type: "TEXT", nullable: false),
                    channel = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    lane = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    webhook = table.Column<string>(type: "TEXT", nullable: true),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: true),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    payload = table.Column<string>(type: "TEXT", nullable: false),
                    plain = table.Column<bool>(type: "INTEGER", nullable: false),
                    urgent = table.Column<bool>(type: "INTEGER", nullable: false),
                    reference = table.Column<string>(type: "TEXT", nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    next_at = table.Column<long>(type: "INTEGER", nullable: true),
                    claim = table.Column<Guid>(type: "TEXT", nullable: true),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    last_result = table.Column<string>(type: "TEXT", nullable: true),
                    receipt = table.Column<string>(type: "TEXT", nullable: true),
                    escalated = table.Column<bool>(type: "INTEGER", nullable: false),
                    settled_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_delivery", x => x.id);
                    table.ForeignKey(
                        name: "fk_delivery_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_delivery_tenant_tenant",
                        column: x => x.tenant,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "device",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: true),
                    usable_until = table.Column<long>(type: "INTEGER", nullable: true),
                    managed = table.Column<bool>(type: "INTEGER", nullable: false),
                    accepted_by = table.Column<string>(type: "TEXT", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_device", x => new { x.tenant, x.id });
                    table.ForeignKey(
                        name: "fk_device_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_device_tenant_tenant",
                        column: x => x.tenant,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "entitlement",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false),
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    release = table.Column<long>(type: "INTEGER", nullable: false),
                    device = table.Column<string>(type: "TEXT", nullable: true),
                    client_issuer = table.Column<string>(type: "TEXT", nullable: false),
                    client_id = table.Column<string>(type: "TEXT", nullable: false),
                    assignment = table.Column<long>(type: "INTEGER", nullable: false),
                    guidance_version = table.Column<int>(type: "INTEGER", nullable: true),
                    revision = table.Column<long>(type: "INTEGER", nullable: false),
                    issued_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    revoked_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_entitlement", x => x.id);
                    table.ForeignKey(
                        name: "fk_entitlement_release_release",
                        column: x => x.release,
                        principalTable: "release",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_entitlement_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "guidance_response",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    text_version = table.Column<int>(type: "INTEGER", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false),
                    response = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    answers = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_guidance_response", x => x.id);
                    table.ForeignKey(
                        name: "fk_guidance_response_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "mutual_aid",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    host = table.Column<string>(type: "TEXT", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    home = table.Column<string>(type: "TEXT", nullable: false),
                    home_role = table.Column<string>(type: "TEXT", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: false),
                    not_after = table.Column<long>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    incident = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mutual_aid", x => x.id);
                    table.CheckConstraint("ck_mutual_aid_tenants", "host <> home");
                    table.CheckConstraint("ck_mutual_aid_window", "not_before < not_after");
                    table.ForeignKey(
                        name: "fk_mutual_aid_role_host_role",
                        columns: x => new { x.host, x.role },
                        principalTable: "role",
                        principalColumns: new[] { "tenant", "id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_mutual_aid_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "person_message",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    urgent = table.Column<bool>(type: "INTEGER", nullable: false),
                    reference = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_person_message", x => x.id);
                    table.ForeignKey(
                        name: "fk_person_message_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "reported_holder",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    app = table.Column<string>(type: "TEXT", nullable: false),
                    file = table.Column<string>(type: "TEXT", nullable: false),
                    line = table.Column<int>(type: "INTEGER", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: true),
                    name = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_reported_holder", x => new { x.app, x.tenant, x.file, x.line });
                    table.CheckConstraint("ck_reported_holder_who", "(subject_key is null) = (name is not null)");
                    table.ForeignKey(
                        name: "fk_reported_holder_observation_app_tenant",
                        columns: x => new { x.app, x.tenant },
                        principalTable: "observation",
                        principalColumns: new[] { "app", "tenant" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_reported_holder_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "role_assignment",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false),
                    source = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: false),
                    not_after = table.Column<long>(type: "INTEGER", nullable: true),
                    ended = table.Column<bool>(type: "INTEGER", nullable: false, defaultValue: false),
                    suspended = table.Column<bool>(type: "INTEGER", nullable: false),
                    origin = table.Column<string>(type: "TEXT", nullable: true),
                    device = table.Column<string>(type: "TEXT", nullable: true),
                    end_told = table.Column<bool>(type: "INTEGER", nullable: false, defaultValue: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_role_assignment", x => x.id);
                    table.CheckConstraint("ck_role_assignment_window", "not_after is null or not_before < not_after");
                    table.ForeignKey(
                        name: "fk_role_assignment_role_tenant_role",
                        columns: x => new { x.tenant, x.role },
                        principalTable: "role",
                        principalColumns: new[] { "tenant", "id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_role_assignment_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "review_item",
                columns: table => new
                {
                    review = table.Column<string>(type: "TEXT", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    assignment = table.Column<long>(type: "INTEGER", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false),
                    source = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false),
                    status = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    alarmed = table.Column<bool>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: true),
                    @void = table.Column<string>(name: "void", type: "TEXT", maxLength: 32, nullable: true),
                    answered_by = table.Column<string>(type: "TEXT", nullable: true),
                    answered_by_person = table.Column<string>(type: "TEXT", nullable: true),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_review_item", x => new { x.review, x.number });
                    table.ForeignKey(
                        name: "fk_review_item_review_review",
                        column: x => x.review,
                        principalTable: "review",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_review_item_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "review_told",
                columns: table => new
                {
                    review = table.Column<string>(type: "TEXT", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_review_told", x => new { x.review, x.subject_key });
                    table.ForeignKey(
                        name: "fk_review_told_review_review",
                        column: x => x.review,
                        principalTable: "review",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_review_told_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "rota_shift",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    rota = table.Column<string>(type: "TEXT", nullable: false),
                    subject_key = table.Column<long>(type: "INTEGER", nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: false),
                    not_after = table.Column<long>(type: "INTEGER", nullable: false),
                    source = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    ended = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rota_shift", x => x.id);
                    table.CheckConstraint("ck_rota_shift_window", "not_before < not_after");
                    table.ForeignKey(
                        name: "fk_rota_shift_rota_tenant_rota",
                        columns: x => new { x.tenant, x.rota },
                        principalTable: "rota",
                        principalColumns: new[] { "tenant", "id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_rota_shift_subject_subject_key",
                        column: x => x.subject_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "request_ask",
                columns: table => new
                {
                    request = table.Column<string>(type: "TEXT", nullable: false),
                    group = table.Column<string>(type: "TEXT", nullable: false),
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_request_ask", x => new { x.request, x.group });
                    table.ForeignKey(
                        name: "fk_request_ask_access_request_request",
                        column: x => x.request,
                        principalTable: "access_request",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "request_comment",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    request = table.Column<string>(type: "TEXT", nullable: false),
                    author = table.Column<string>(type: "TEXT", nullable: false),
                    person = table.Column<string>(type: "TEXT", nullable: true),
                    text = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_request_comment", x => x.id);
                    table.ForeignKey(
                        name: "fk_request_comment_access_requests_request",
                        column: x => x.request,
                        principalTable: "access_request",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "request_vote",
                columns: table => new
                {
                    request = table.Column<string>(type: "TEXT", nullable: false),
                    person = table.Column<string>(type: "TEXT", nullable: false),
                    voter = table.Column<string>(type: "TEXT", nullable: false),
                    on_behalf_of = table.Column<string>(type: "TEXT", nullable: true),
                    stage = table.Column<int>(type: "INTEGER", nullable: false),
                    groups = table.Column<string>(type: "TEXT", nullable: false),
                    approves = table.Column<bool>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_request_vote", x => new { x.request, x.person });
                    table.ForeignKey(
                        name: "fk_request_vote_access_request_request",
                        column: x => x.request,
                        principalTable: "access_request",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "device_identifier",
                columns: table => new
                {
                    tenant = table.Column<string>(type: "TEXT", nullable: false),
                    identifier = table.Column<string>(type: "TEXT", nullable: false),
                    device = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_device_identifier", x => new { x.tenant, x.identifier });
                    table.ForeignKey(
                        name: "fk_device_identifier_device_tenant_device",
                        columns: x => new { x.tenant, x.device },
                        principalTable: "device",
                        principalColumns: new[] { "tenant", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "redemption",
                columns: table => new
                {
                    entitlement = table.Column<string>(type: "TEXT", nullable: false),
                    session = table.Column<string>(type: "TEXT", nullable: false),
                    redeemed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    key_hash = table.Column<string>(type: "TEXT", nullable: true),
                    last_byte_at = table.Column<long>(type: "INTEGER", nullable: false),
                    bytes_sent = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_redemption", x => x.entitlement);
                    table.ForeignKey(
                        name: "fk_redemption_entitlement_entitlement",
                        column: x => x.entitlement,
                        principalTable: "entitlement",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "rota_swap",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    shift = table.Column<long>(type: "INTEGER", nullable: false),
                    giver_key = table.Column<long>(type: "INTEGER", nullable: false),
                    taker_key = table.Column<long>(type: "INTEGER", nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: false),
                    not_after = table.Column<long>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    offered_at = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    taken = table.Column<int>(type: "INTEGER", nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rota_swap", x => x.id);
                    table.CheckConstraint("ck_rota_swap_window", "not_before < not_after");
                    table.ForeignKey(
                        name: "fk_rota_swap_rota_shift_shift",
                        column: x => x.shift,
                        principalTable: "rota_shift",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_rota_swap_subject_giver_key",
                        column: x => x.giver_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_rota_swap_subject_taker_key",
                        column: x => x.taker_key,
                        principalTable: "subject",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.InsertData(
                table: "authz_rev",
                columns: new[] { "one", "rev" },
                values: new object[] { true, 0L });

            migrationBuilder.InsertData(
                table: "global_guard",
                columns: new[] { "one", "rev" },
                values: new object[] { true, 0L });

            migrationBuilder.InsertData(
                table: "installation",
                columns: new[] { "one", "bootstrap_ended", "demonstration", "recovered_at", "recoveries", "safe_mode_since" },
                values: new object[] { true, false, false, null, 0L, null });

            migrationBuilder.CreateIndex(
                name: "ix_access_request_due_at",
                table: "access_request",
                column: "due_at",
                filter: "is_open");

            migrationBuilder.CreateIndex(
                name: "ix_access_request_subject_key_resource",
                table: "access_request",
                columns: new[] { "subject_key", "resource" },
                filter: "guidance_until is not null or assessment_until is not null");

            migrationBuilder.CreateIndex(
                name: "ix_access_request_subject_key_submitted_at",
                table: "access_request",
                columns: new[] { "subject_key", "submitted_at" });

            migrationBuilder.CreateIndex(
                name: "ix_access_request_subject_key_tenant_role",
                table: "access_request",
                columns: new[] { "subject_key", "tenant", "role" },
                unique: true,
                filter: "is_open");

            migrationBuilder.CreateIndex(
                name: "ix_access_request_submitted_at",
                table: "access_request",
                column: "submitted_at");

            migrationBuilder.CreateIndex(
                name: "ix_access_request_tenant_resource_submitted_at",
                table: "access_request",
                columns: new[] { "tenant", "resource", "submitted_at" });

            migrationBuilder.CreateIndex(
                name: "ix_access_request_tenant_role_person",
                table: "access_request",
                columns: new[] { "tenant", "role", "person" },
                filter: "not_renewed_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_access_request_tenant_role_submitted_at",
                table: "access_request",
                columns: new[] { "tenant", "role", "submitted_at" });

            migrationBuilder.CreateIndex(
                name: "ix_access_request_tenant_role_urgency",
                table: "access_request",
                columns: new[] { "tenant", "role", "urgency" },
                filter: "urgency <> 'Ordinary'");

            migrationBuilder.CreateIndex(
                name: "ix_access_request_tenant_screened_revision",
                table: "access_request",
                columns: new[] { "tenant", "screened_revision" },
                filter: "is_open");

            migrationBuilder.CreateIndex(
                name: "ix_access_request_tenant_submitted_at",
                table: "access_request",
                columns: new[] { "tenant", "submitted_at" });

            migrationBuilder.CreateIndex(
                name: "ix_accreditation_not_after",
                table: "accreditation",
                column: "not_after");

            migrationBuilder.CreateIndex(
                name: "ix_accreditation_subject_key_tenant",
                table: "accreditation",
                columns: new[] { "subject_key", "tenant" });

            migrationBuilder.CreateIndex(
                name: "ix_accreditation_tenant_source_subject_key_accreditation",
                table: "accreditation",
                columns: new[] { "tenant", "source", "subject_key", "accreditation" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_acknowledgement_subject_key",
                table: "acknowledgement",
                column: "subject_key");

            migrationBuilder.CreateIndex(
                name: "ix_adoption_tenant",
                table: "adoption",
                column: "tenant");

            migrationBuilder.CreateIndex(
                name: "ix_app_owner",
                table: "app",
                column: "owner");

            migrationBuilder.CreateIndex(
                name: "ix_app_type_skeleton",
                table: "app",
                columns: new[] { "type", "skeleton" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_audit_event_target",
                table: "audit_event",
                column: "target");

            migrationBuilder.CreateIndex(
                name: "ix_audit_event_tenant_at",
                table: "audit_event",
                columns: new[] { "tenant", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_bar_app",
                table: "bar",
                column: "app");

            migrationBuilder.CreateIndex(
                name: "ix_change_other_tenant",
                table: "change",
                column: "other_tenant",
                filter: "other_tenant is not null");

            migrationBuilder.CreateIndex(
                name: "ix_change_tenant_state",
                table: "change",
                columns: new[] { "tenant", "state" });

            migrationBuilder.CreateIndex(
                name: "ix_delegation_to_subject",
                table: "delegation",
                column: "to_subject");

            migrationBuilder.CreateIndex(
                name: "ix_delivery_lane_id",
                table: "delivery",
                columns: new[] { "lane", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_delivery_message",
                table: "delivery",
                column: "message",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_delivery_next_at",
                table: "delivery",
                column: "next_at");

            migrationBuilder.CreateIndex(
                name: "ix_delivery_reference",
                table: "delivery",
                column: "reference");

            migrationBuilder.CreateIndex(
                name: "ix_delivery_settled_at",
                table: "delivery",
                column: "settled_at");

            migrationBuilder.CreateIndex(
                name: "ix_delivery_subject_key",
                table: "delivery",
                column: "subject_key");

            migrationBuilder.CreateIndex(
                name: "ix_delivery_tenant",
                table: "delivery",
                column: "tenant");

            migrationBuilder.CreateIndex(
                name: "ix_device_subject_key",
                table: "device",
                column: "subject_key");

            migrationBuilder.CreateIndex(
                name: "ix_device_identifier_tenant_device",
                table: "device_identifier",
                columns: new[] { "tenant", "device" });

            migrationBuilder.CreateIndex(
                name: "ix_entitlement_app_tenant",
                table: "entitlement",
                columns: new[] { "app", "tenant" });

            migrationBuilder.CreateIndex(
                name: "ix_entitlement_release",
                table: "entitlement",
                column: "release");

            migrationBuilder.CreateIndex(
                name: "ix_entitlement_subject_key_app",
                table: "entitlement",
                columns: new[] { "subject_key", "app" });

            migrationBuilder.CreateIndex(
                name: "ix_exercise_tenant_started_at",
                table: "exercise",
                columns: new[] { "tenant", "started_at" });

            migrationBuilder.CreateIndex(
                name: "ix_guidance_response_app_tenant_id",
                table: "guidance_response",
                columns: new[] { "app", "tenant", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_guidance_response_subject_key_app",
                table: "guidance_response",
                columns: new[] { "subject_key", "app" });

            migrationBuilder.CreateIndex(
                name: "ix_idempotency_at",
                table: "idempotency",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_inval_at",
                table: "inval",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_mutual_aid_home_not_after",
                table: "mutual_aid",
                columns: new[] { "home", "not_after" });

            migrationBuilder.CreateIndex(
                name: "ix_mutual_aid_host_role",
                table: "mutual_aid",
                columns: new[] { "host", "role" });

            migrationBuilder.CreateIndex(
                name: "ix_mutual_aid_subject_key_host",
                table: "mutual_aid",
                columns: new[] { "subject_key", "host" });

            migrationBuilder.CreateIndex(
                name: "ix_observation_tenant",
                table: "observation",
                column: "tenant");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_delivered_at",
                table: "outbox",
                column: "delivered_at");

            migrationBuilder.CreateIndex(
                name: "ix_person_message_reference",
                table: "person_message",
                column: "reference");

            migrationBuilder.CreateIndex(
                name: "ix_person_message_subject_key",
                table: "person_message",
                column: "subject_key");

            migrationBuilder.CreateIndex(
                name: "ix_portal_session_expires_at",
                table: "portal_session",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_portal_session_person",
                table: "portal_session",
                column: "person");

            migrationBuilder.CreateIndex(
                name: "ix_publication_app_tenant_at",
                table: "publication",
                columns: new[] { "app", "tenant", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_redemption_session",
                table: "redemption",
                column: "session",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_release_app_platform_release_version",
                table: "release",
                columns: new[] { "app", "platform", "release_version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_release_sha256",
                table: "release",
                column: "sha256");

            migrationBuilder.CreateIndex(
                name: "ix_reported_holder_subject_key",
                table: "reported_holder",
                column: "subject_key");

            migrationBuilder.CreateIndex(
                name: "ix_request_ask_tenant_due_at_request_group",
                table: "request_ask",
                columns: new[] { "tenant", "due_at", "request", "group" });

            migrationBuilder.CreateIndex(
                name: "ix_request_ask_tenant_group_due_at_request",
                table: "request_ask",
                columns: new[] { "tenant", "group", "due_at", "request" });

            migrationBuilder.CreateIndex(
                name: "ix_request_comment_request",
                table: "request_comment",
                column: "request");

            migrationBuilder.CreateIndex(
                name: "ix_request_vote_person_at",
                table: "request_vote",
                columns: new[] { "person", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_review_due_at",
                table: "review",
                column: "due_at",
                filter: "closed_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_review_tenant_opened_at",
                table: "review",
                columns: new[] { "tenant", "opened_at" });

            migrationBuilder.CreateIndex(
                name: "ix_review_tenant_role",
                table: "review",
                columns: new[] { "tenant", "role" },
                unique: true,
                filter: "closed_at is null and cause in ('Recurring', 'ByHand')");

            migrationBuilder.CreateIndex(
                name: "ix_review_tenant_role_opened_at",
                table: "review",
                columns: new[] { "tenant", "role", "opened_at" });

            migrationBuilder.CreateIndex(
                name: "ix_review_item_answered_by_person_review",
                table: "review_item",
                columns: new[] { "answered_by_person", "review" });

            migrationBuilder.CreateIndex(
                name: "ix_review_item_open",
                table: "review_item",
                column: "review",
                filter: "status = 'Open'");

            migrationBuilder.CreateIndex(
                name: "ix_review_item_subject_key",
                table: "review_item",
                column: "subject_key");

            migrationBuilder.CreateIndex(
                name: "ix_review_told_subject_key",
                table: "review_told",
                column: "subject_key");

            migrationBuilder.CreateIndex(
                name: "ix_role_assignment_not_after",
                table: "role_assignment",
                column: "not_after",
                filter: "not ended and not end_told");

            migrationBuilder.CreateIndex(
                name: "ix_role_assignment_subject_key_tenant_role",
                table: "role_assignment",
                columns: new[] { "subject_key", "tenant", "role" });

            migrationBuilder.CreateIndex(
                name: "ix_role_assignment_tenant_role_subject_key_source",
                table: "role_assignment",
                columns: new[] { "tenant", "role", "subject_key", "source" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_rota_tenant_role",
                table: "rota",
                columns: new[] { "tenant", "role" });

            migrationBuilder.CreateIndex(
                name: "ix_rota_shift_subject_key_not_before",
                table: "rota_shift",
                columns: new[] { "subject_key", "not_before" });

            migrationBuilder.CreateIndex(
                name: "ix_rota_shift_tenant_rota_not_before",
                table: "rota_shift",
                columns: new[] { "tenant", "rota", "not_before" });

            migrationBuilder.CreateIndex(
                name: "ix_rota_shift_tenant_rota_source_subject_key_not_before",
                table: "rota_shift",
                columns: new[] { "tenant", "rota", "source", "subject_key", "not_before" },
                unique: true,
                filter: "not ended");

            migrationBuilder.CreateIndex(
                name: "ix_rota_swap_giver_key",
                table: "rota_swap",
                column: "giver_key");

            migrationBuilder.CreateIndex(
                name: "ix_rota_swap_shift_taken",
                table: "rota_swap",
                columns: new[] { "shift", "taken" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_rota_swap_taker_key_not_before",
                table: "rota_swap",
                columns: new[] { "taker_key", "not_before" });

            migrationBuilder.CreateIndex(
                name: "ix_rule_type_app",
                table: "rule",
                columns: new[] { "type", "app" });

            migrationBuilder.CreateIndex(
                name: "ix_subject_issuer_id",
                table: "subject",
                columns: new[] { "issuer", "id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_subject_key",
                table: "subject",
                column: "key",
                filter: "not active or suspended");

            migrationBuilder.CreateIndex(
                name: "ix_subject_tenant_id",
                table: "subject",
                columns: new[] { "tenant", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_subject_tenant_manager",
                table: "subject",
                columns: new[] { "tenant", "manager" });

            migrationBuilder.CreateIndex(
                name: "ix_subject_tenant_person",
                table: "subject",
                columns: new[] { "tenant", "person" });

            migrationBuilder.CreateIndex(
                name: "ix_subject_tenant_user_principal_name",
                table: "subject",
                columns: new[] { "tenant", "user_principal_name" });

            migrationBuilder.CreateIndex(
                name: "ix_tenant_exercise_of",
                table: "tenant",
                column: "exercise_of",
                filter: "exercise_of is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "accreditation");

            migrationBuilder.DropTable(
                name: "acknowledgement");

            migrationBuilder.DropTable(
                name: "adoption");

            migrationBuilder.DropTable(
                name: "app_draft");

            migrationBuilder.DropTable(
                name: "approval_policy");

            migrationBuilder.DropTable(
                name: "artifact_reading");

            migrationBuilder.DropTable(
                name: "assessment");

            migrationBuilder.DropTable(
                name: "audit_event");

            migrationBuilder.DropTable(
                name: "authz_rev");

            migrationBuilder.DropTable(
                name: "bar");

            migrationBuilder.DropTable(
                name: "calendar");

            migrationBuilder.DropTable(
                name: "client");

            migrationBuilder.DropTable(
                name: "data_protection_keys");

            migrationBuilder.DropTable(
                name: "delegation");

            migrationBuilder.DropTable(
                name: "delivery");

            migrationBuilder.DropTable(
                name: "device_identifier");

            migrationBuilder.DropTable(
                name: "exercise");

            migrationBuilder.DropTable(
                name: "global_guard");

            migrationBuilder.DropTable(
                name: "guidance");

            migrationBuilder.DropTable(
                name: "guidance_response");

            migrationBuilder.DropTable(
                name: "guidance_text");

            migrationBuilder.DropTable(
                name: "idempotency");

            migrationBuilder.DropTable(
                name: "installation");

            migrationBuilder.DropTable(
                name: "inval");

            migrationBuilder.DropTable(
                name: "listing_count");

            migrationBuilder.DropTable(
                name: "mac_key");

            migrationBuilder.DropTable(
                name: "mutual_aid");

            migrationBuilder.DropTable(
                name: "outbox");

            migrationBuilder.DropTable(
                name: "person_message");

            migrationBuilder.DropTable(
                name: "portal_session");

            migrationBuilder.DropTable(
                name: "publication");

            migrationBuilder.DropTable(
                name: "redemption");

            migrationBuilder.DropTable(
                name: "replica_lease");

            migrationBuilder.DropTable(
                name: "reported_holder");

            migrationBuilder.DropTable(
                name: "request_ask");

            migrationBuilder.DropTable(
                name: "request_comment");

            migrationBuilder.DropTable(
                name: "request_vote");

            migrationBuilder.DropTable(
                name: "resource_type");

            migrationBuilder.DropTable(
                name: "review_item");

            migrationBuilder.DropTable(
                name: "review_policy");

            migrationBuilder.DropTable(
                name: "review_told");

            migrationBuilder.DropTable(
                name: "role_assignment");

            migrationBuilder.DropTable(
                name: "role_equivalent");

            migrationBuilder.DropTable(
                name: "rota_swap");

            migrationBuilder.DropTable(
                name: "rule");

            migrationBuilder.DropTable(
                name: "signing_key");

            migrationBuilder.DropTable(
                name: "tenant_guard");

            migrationBuilder.DropTable(
                name: "upload");

            migrationBuilder.DropTable(
                name: "vote");

            migrationBuilder.DropTable(
                name: "webhook");

            migrationBuilder.DropTable(
                name: "accreditation_source");

            migrationBuilder.DropTable(
                name: "device");

            migrationBuilder.DropTable(
                name: "entitlement");

            migrationBuilder.DropTable(
                name: "observation");

            migrationBuilder.DropTable(
                name: "access_request");

            migrationBuilder.DropTable(
                name: "review");

            migrationBuilder.DropTable(
                name: "rota_shift");

            migrationBuilder.DropTable(
                name: "app");

            migrationBuilder.DropTable(
                name: "change");

            migrationBuilder.DropTable(
                name: "release");

            migrationBuilder.DropTable(
                name: "rota");

            migrationBuilder.DropTable(
                name: "subject");

            migrationBuilder.DropTable(
                name: "artifact");

            migrationBuilder.DropTable(
                name: "role");

            migrationBuilder.DropTable(
                name: "tenant");
        }
    }
}
