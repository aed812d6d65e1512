using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Assignments;

/// <summary>A force: its people, roles, devices, rules, evidence.</summary>
internal sealed class TenantRow
{
    /// <summary>The reserved tenant in which platform administrators live; it owns no apps.</summary>
    public const string Platform = "platform";

    public required string Id { get; init; }
    public required string Name { get; set; }

    /// <summary>Home issuer: the one in which <c>subject.id</c> is looked up.</summary>
    public required string Issuer { get; set; }

    /// <summary>The force of which it is a copy, for an exercise; null: it is a force. Never set afterwards.</summary>
    public string? ExerciseOf { get; init; }

    /// <summary>First instant at which the exercise is over, and nobody in it known any more; null for a force.</summary>
    public DateTimeOffset? ExerciseUntil { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>One account of one person, told by (issuer, subject claim).</summary>
internal sealed class SubjectRow
{
    public long Key { get; init; }
    public required string Tenant { get; init; }
    public required string Issuer { get; init; }

    /// <summary>The subject claim's value, compared byte for byte.</summary>
    public required string Id { get; init; }

    /// <summary>Employee number: the human behind the account, whom four eyes compare. Null: may hold roles, but neither propose nor vote.</summary>
    public string? Person { get; set; }
    public string? DisplayName { get; set; }
    public string? UserPrincipalName { get; set; }

    /// <summary>The line manager's subject id, in the tenant's home issuer.</summary>
    public string? Manager { get; set; }

    /// <summary>Where they are told that something waits for them; nobody is found, or let in, by it.</summary>
    public string? Email { get; set; }

    /// <summary>E.164.</summary>
    public string? Mobile { get; set; }
    public TellBy TellBy { get; set; }
    public bool Active { get; set; } = true;
    public bool Suspended { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>A named function that people hold (NIST RBAC).</summary>
internal sealed class RoleRow
{
    public required string Tenant { get; init; }
    public required string Id { get; init; }
    public required string Name { get; set; }

    /// <summary>How many may hold it at once; for a restricted role a ceiling, null where there is none.</summary>
    public int? Establishment { get; set; }

    /// <summary>Longest assignment; null where it may be open-ended.</summary>
    public TimeSpan? LongestAssignment { get; set; }

    /// <summary>Who holds it is need-to-know.</summary>
    public bool Sensitive { get; set; }

    /// <summary>Assigned only through a change or a request.</summary>
    public bool Restricted { get; set; }

    /// <summary>One of the administrative roles of <see cref="Identity.Function"/>; made with its tenant, always restricted.</summary>
    public bool Administrative { get; init; }
    public List<string> IncompatibleWith { get; set; } = [];

    /// <summary>All of these are needed for the role to confer anything.</summary>
    public List<string> Accreditations { get; set; } = [];
    public bool Deleted { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>Subject holds role in [NotBefore, NotAfter).</summary>
internal sealed class RoleAssignmentRow
{
    public long Id { get; init; }
    public required string Tenant { get; init; }
    public required string Role { get; init; }
    public required long SubjectKey { get; init; }
    public AssignmentSource Source { get; init; }
    public DateTimeOffset NotBefore { get; set; }

    /// <summary>First instant no longer in force; null for an open end.</summary>
    public DateTimeOffset? NotAfter { get; set; }

    /// <summary>Ended by an act, in force whatever a clock says: the replicas' clocks, and one primary's and the next one's, are never quite the same.</summary>
    public bool Ended { get; set; }
    public bool Suspended { get; set; }

    /// <summary>The request, or the mutual aid, that it comes from; null where there was none.</summary>
    public string? Origin { get; init; }

    /// <summary>The one device on which it confers anything; null: any.</summary>
    public string? Device { get; init; }

    /// <summary>That its time is over was told. Nothing rests on it: its window alone says whether it is in force.</summary>
    public bool EndTold { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>Where an assignment comes from.</summary>
internal enum AssignmentSource
{
    Admin,
    Directory,
    Request,

    /// <summary>An urgent request, or the broken glass.</summary>
    Emergency,

    /// <summary>Lent by another force: confers only while the person holds the equivalent role there.</summary>
    MutualAid,
}

internal sealed class AssignmentMappings
    : IEntityTypeConfiguration<TenantRow>,
        IEntityTypeConfiguration<SubjectRow>,
        IEntityTypeConfiguration<RoleRow>,
        IEntityTypeConfiguration<RoleAssignmentRow>
{
    public void Configure(EntityTypeBuilder<TenantRow> row)
    {
        row.ToTable("tenant", t => t.HasCheckConstraint("ck_tenant_exercise", "(exercise_of is null) = (exercise_until is null)")).HasKey(t => t.Id);
        row.HasIndex(t => t.ExerciseOf).HasFilter("exercise_of is not null");
    }

    public void Configure(EntityTypeBuilder<SubjectRow> row)
    {
        row.ToTable("subject").HasKey(s => s.Key);
        row.Property(s => s.TellBy).HasDefaultValue(TellBy.Mail);
        row.HasIndex(s => new { s.Issuer, s.Id }).IsUnique(); // one account lives in one tenant
        row.HasIndex(s => new { s.Tenant, s.Id });
        row.HasIndex(s => new { s.Tenant, s.Person });
        row.HasIndex(s => new { s.Tenant, s.UserPrincipalName });
        row.HasIndex(s => new { s.Tenant, s.Manager });
        row.HasIndex(s => s.Key).HasFilter("not active or suspended"); // who could hold nothing: few
        row.HasOne<TenantRow>().WithMany().HasForeignKey(s => s.Tenant).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<RoleRow> row)
    {
        row.ToTable("role", t => t.HasCheckConstraint("ck_role_administrative", "restricted or not administrative"));
        row.HasKey(r => new { r.Tenant, r.Id });
        row.Property(r => r.Accreditations).HasDefaultValueSql("'[]'");
        row.HasOne<TenantRow>().WithMany().HasForeignKey(r => r.Tenant).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<RoleAssignmentRow> row)
    {
        row.ToTable("role_assignment", t => t.HasCheckConstraint("ck_role_assignment_window", "not_after is null or not_before < not_after"));
        row.HasKey(a => a.Id);
        row.Property(a => a.Ended).HasDefaultValue(false);
        row.Property(a => a.EndTold).HasDefaultValue(false);
        row.HasIndex(a => a.NotAfter).HasFilter("not ended and not end_told");
        row.HasIndex(a => new
        {
            a.SubjectKey,
            a.Tenant,
            a.Role,
        });
        row.HasIndex(a => new
            {
                a.Tenant,
                a.Role,
                a.SubjectKey,
                a.Source,
            })
            .IsUnique()
            .IncludeProperties(a => new
            {
                a.Ended,
                a.Suspended,
                a.NotAfter,
            }); // holders are counted in the index alone
        row.HasOne<RoleRow>().WithMany().HasForeignKey(a => new { a.Tenant, a.Role }).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(a => a.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }
}
