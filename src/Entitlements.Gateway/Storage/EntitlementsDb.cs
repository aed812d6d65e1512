using System.Text.Json;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Audit;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Devices;
using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.MutualAid;
using Entitlements.Gateway.OpenStores;
using Entitlements.Gateway.Publications;
using Entitlements.Gateway.Recalls;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Rotas;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Entitlements.Gateway.Storage;

/// <summary>The system of record: sets and mappings, nothing else. Slices ask their own questions.</summary>
internal abstract class EntitlementsDb(DbContextOptions options) : DbContext(options), IDataProtectionKeyContext
{
    public DbSet<TenantRow> Tenants => Set<TenantRow>();
    public DbSet<SubjectRow> Subjects => Set<SubjectRow>();
    public DbSet<RoleRow> Roles => Set<RoleRow>();
    public DbSet<RoleAssignmentRow> Assignments => Set<RoleAssignmentRow>();
    public DbSet<EquivalentRow> Equivalents => Set<EquivalentRow>();
    public DbSet<AidRow> Aids => Set<AidRow>();
    public DbSet<ResourceTypeRow> ResourceTypes => Set<ResourceTypeRow>();
    public DbSet<AppRow> Apps => Set<AppRow>();
    public DbSet<AdoptionRow> Adoptions => Set<AdoptionRow>();
    public DbSet<ArtifactRow> Artifacts => Set<ArtifactRow>();
    public DbSet<ArtifactReadingRow> ArtifactReadings => Set<ArtifactReadingRow>();
    public DbSet<ReleaseRow> Releases => Set<ReleaseRow>();
    public DbSet<UploadRow> Uploads => Set<UploadRow>();
    public DbSet<PublicationRow> Publications => Set<PublicationRow>();
    public DbSet<AppDraftRow> AppDrafts => Set<AppDraftRow>();
    public DbSet<ObservationRow> Observations => Set<ObservationRow>();
    public DbSet<ReportedHolderRow> ReportedHolders => Set<ReportedHolderRow>();
    public DbSet<RuleRow> Rules => Set<RuleRow>();
    public DbSet<AssessmentRow> Assessments => Set<AssessmentRow>();
    public DbSet<GuidanceRow> Guidance => Set<GuidanceRow>();
    public DbSet<GuidanceTextRow> GuidanceTexts => Set<GuidanceTextRow>();
    public DbSet<GuidanceResponseRow> GuidanceResponses => Set<GuidanceResponseRow>();
    public DbSet<AcknowledgementRow> Acknowledgements => Set<AcknowledgementRow>();
    public DbSet<AccreditationSourceRow> AccreditationSources => Set<AccreditationSourceRow>();
    public DbSet<AccreditationRow> Accreditations => Set<AccreditationRow>();
    public DbSet<BarRow> Bars => Set<BarRow>();
    public DbSet<DeviceRow> Devices => Set<DeviceRow>();
    public DbSet<DeviceIdentifierRow> DeviceIdentifiers => Set<DeviceIdentifierRow>();
    public DbSet<ClientRow> Clients => Set<ClientRow>();
    public DbSet<ChangeRow> Changes => Set<ChangeRow>();
    public DbSet<VoteRow> Votes => Set<VoteRow>();
    public DbSet<ApprovalPolicyRow> ApprovalPolicies => Set<ApprovalPolicyRow>();
    public DbSet<CalendarRow> Calendars => Set<CalendarRow>();
    public DbSet<AccessRequestRow> AccessRequests => Set<AccessRequestRow>();
    public DbSet<RequestVoteRow> RequestVotes => Set<RequestVoteRow>();
    public DbSet<RequestCommentRow> RequestComments => Set<RequestCommentRow>();
    public DbSet<DelegationRow> Delegations => Set<DelegationRow>();
    public DbSet<RequestAskRow> RequestAsks => Set<RequestAskRow>();
    public DbSet<RotaRow> Rotas => Set<RotaRow>();
    public DbSet<ShiftRow> RotaShifts => Set<ShiftRow>();
    public DbSet<SwapRow> RotaSwaps => Set<SwapRow>();
    public DbSet<ReviewPolicyRow> ReviewPolicies => Set<ReviewPolicyRow>();
    public DbSet<ReviewRow> Reviews => Set<ReviewRow>();
    public DbSet<ReviewItemRow> ReviewItems => Set<ReviewItemRow>();
    public DbSet<ReviewToldRow> ReviewTold => Set<ReviewToldRow>();
    public DbSet<ExerciseRow> Exercises => Set<ExerciseRow>();
    public DbSet<EntitlementRow> Entitlements => Set<EntitlementRow>();
    public DbSet<RedemptionRow> Redemptions => Set<RedemptionRow>();
    public DbSet<SigningKeyRow> SigningKeys => Set<SigningKeyRow>();
    public DbSet<Access.Redis.MacKeyRow> MacKeys => Set<Access.Redis.MacKeyRow>();
    public DbSet<AuditEventRow> AuditEvents => Set<AuditEventRow>();
    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();
    public DbSet<Telling.DeliveryRow> Deliveries => Set<Telling.DeliveryRow>();
    public DbSet<Telling.People.PersonMessageRow> PersonMessages => Set<Telling.People.PersonMessageRow>();
    public DbSet<Telling.Webhooks.WebhookRow> Webhooks => Set<Telling.Webhooks.WebhookRow>();
    public DbSet<Portal.SignIn.SessionRow> Sessions => Set<Portal.SignIn.SessionRow>();
    public DbSet<IdempotencyRow> Idempotency => Set<IdempotencyRow>();
    public DbSet<Access.ListingCountRow> ListingCounts => Set<Access.ListingCountRow>();
    public DbSet<InstallationRow> Installation => Set<InstallationRow>();
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.ApplyConfigurationsFromAssembly(typeof(EntitlementsDb).Assembly);

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        conventions.Properties<Enum>().HaveConversion<string>().HaveMaxLength(32);
        conventions.Properties<TimeSpan>().HaveConversion<SecondsConverter>();
        conventions.Properties<List<string>>().HaveConversion<JsonListConverter, JsonListComparer>();
    }

    /// <summary>Durations are whole seconds on both databases.</summary>
    private sealed class SecondsConverter() : ValueConverter<TimeSpan, long>(span => (long)span.TotalSeconds, seconds => TimeSpan.FromSeconds(seconds));

    /// <summary>Short lists are one JSON array on both databases. What cannot be read throws: the reader decides what closed means.</summary>
    private sealed class JsonListConverter()
        : ValueConverter<List<string>, string>(
            list => JsonSerializer.Serialize(list, JsonSerializerOptions.Default),
            json => JsonSerializer.Deserialize<List<string>>(json, JsonSerializerOptions.Default)!
        );

    private sealed class JsonListComparer()
        : ValueComparer<List<string>>(
            (a, b) => (a ?? new()).SequenceEqual(b ?? new()),
            list => list.Aggregate(0, (hash, item) => HashCode.Combine(hash, item.GetHashCode(StringComparison.Ordinal))),
            list => list.ToList()
        );
}

/// <summary>PostgreSQL: the system of record.</summary>
internal sealed class PostgresEntitlementsDb(DbContextOptions<PostgresEntitlementsDb> options) : EntitlementsDb(options);

/// <summary>SQLite: the embedded default, one process.</summary>
internal sealed class SqliteEntitlementsDb(DbContextOptions<SqliteEntitlementsDb> options) : EntitlementsDb(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        base.ConfigureConventions(conventions);
        conventions.Properties<DateTimeOffset>().HaveConversion<Instants.Converter>();
    }
}
