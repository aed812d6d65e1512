using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Requests;

/// <summary>How a role of a tenant is asked for. Without one nobody can ask.</summary>
internal sealed class ApprovalPolicyRow
{
    public required string Tenant { get; init; }
    public required string Role { get; init; }

    /// <summary>The policy, as JSON.</summary>
    public required string Policy { get; set; }

    /// <summary>That too few are left to follow it has been told; until it can be followed again.</summary>
    public bool ShortTold { get; set; }

    /// <summary>Taken back; its version goes on counting, so that a request is never taken for one under another policy.</summary>
    public bool Deleted { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>One person's request for one role.</summary>
internal sealed class AccessRequestRow
{
    /// <summary><c>req_</c> and 128 random bits.</summary>
    public required string Id { get; init; }
    public required string Tenant { get; init; }

    /// <summary>Who would get the role.</summary>
    public required long SubjectKey { get; init; }
    public required string Role { get; init; }

    /// <summary>What was asked for, where it was a resource; null where it was the role itself.</summary>
    public string? ResourceType { get; init; }
    public string? Resource { get; init; }
    public string? Action { get; init; }

    /// <summary>Who filed it (<see cref="Identity.Caller.Key"/>).</summary>
    public required string FiledBy { get; init; }

    /// <summary>The person behind the account that would get the role, and the one behind who filed it: neither votes.</summary>
    public required string Person { get; init; }
    public string? FiledByPerson { get; init; }
    public required string Reason { get; init; }
    public string? Ticket { get; init; }
    public Urgency Urgency { get; init; }

    /// <summary>What it sets aside, as far as it was in the way when it was made.</summary>
    public SetsAside SetsAside { get; init; }

    /// <summary>The device it is for, and its serial number where the force does not know it.</summary>
    public string? Device { get; init; }
    public string? Serial { get; init; }

    /// <summary>Whom the end is told besides, as JSON (<see cref="Requests.Callback"/>); null: nobody.</summary>
    public string? Callback { get; init; }

    /// <summary>First instants at which what it set aside is in the way again; null where nothing was, or is yet.</summary>
    public DateTimeOffset? GuidanceUntil { get; set; }
    public DateTimeOffset? AssessmentUntil { get; set; }

    /// <summary>Answers to the policy's questions: JSON object, text by question id.</summary>
    public required string Answers { get; init; }
    public DateTimeOffset? AskedFrom { get; init; }
    public DateTimeOffset? AskedUntil { get; init; }

    /// <summary>How long from the grant's beginning, where no end was named.</summary>
    public TimeSpan? AskedFor { get; init; }

    /// <summary>The policy it was made under, as JSON, and the versions of everything that its outcome must still rest on.</summary>
    public required string Policy { get; init; }
    public required long PolicyVersion { get; init; }
    public required long RoleVersion { get; init; }
    public long? RuleVersion { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>The end of all patience.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Where it stands, as JSON; <see cref="Status"/>, <see cref="IsOpen"/> and <see cref="DueAt"/> repeat what is searched by.</summary>
    public required string State { get; set; }
    public RequestStatus Status { get; set; }
    public bool IsOpen { get; set; }

    /// <summary>The next instant at which time alone does something to it.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Up to here nothing that changed stands against it.</summary>
    public long ScreenedRevision { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>What was granted; null where nothing was.</summary>
    public DateTimeOffset? GrantedFrom { get; set; }
    public DateTimeOffset? GrantedUntil { get; set; }

    /// <summary>Since when it is on record that the person is not to have the role again by a request, which person said so, and why; null where it is not.</summary>
    public DateTimeOffset? NotRenewedAt { get; set; }
    public string? NotRenewedBy { get; set; }
    public string? NotRenewedBecause { get; set; }
    public long Version { get; set; } = 1;
}

internal static class RequestRows
{
    /// <summary>Persons who may not vote on it.</summary>
    public static IEnumerable<string> Interested(this AccessRequestRow row) => new[] { row.Person, row.FiledByPerson }.OfType<string>().Distinct();

    /// <summary>The end that was asked for, of a grant that begins at <paramref name="from"/>; null: none was named.</summary>
    public static DateTimeOffset? AskedEnd(this AccessRequestRow row, DateTimeOffset from) => row.AskedUntil ?? from + row.AskedFor;
}

/// <summary>What an emergency may pass besides the approvers.</summary>
[Flags]
internal enum SetsAside
{
    Nothing = 0,

    /// <summary>Guidance that was not accepted, for a day: the person has read a notice.</summary>
    Guidance = 1,

    /// <summary>That the device is unknown, for a day: its serial number is on record, and device management must have seen it by then.</summary>
    Device = 2,

    /// <summary>That the assessment has lapsed: a DPO's vote.</summary>
    Assessment = 4,
}

/// <summary>States of a request; all but the first two are final.</summary>
internal enum RequestStatus
{
    AwaitingRequester,
    Pending,
    Granted,
    Denied,
    Expired,
    Withdrawn,
    Superseded,
    Voided,
}

/// <summary>One person's answer to a request.</summary>
internal sealed class RequestVoteRow
{
    public required string Request { get; init; }
    public required string Person { get; init; }

    /// <summary>The account it was cast with (<see cref="Identity.Caller.Key"/>).</summary>
    public required string Voter { get; init; }

    /// <summary>The person who delegated to them; null in their own right.</summary>
    public string? OnBehalfOf { get; init; }
    public required int Stage { get; init; }

    /// <summary>Positions of the groups they were in.</summary>
    public required List<string> Groups { get; init; }
    public required bool Approves { get; init; }
    public required string Reason { get; init; }

    /// <summary>The grant ends no later.</summary>
    public DateTimeOffset? Until { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <summary>Who is asked for a decision now: one row for each group. Gone when the stage is over.</summary>
internal sealed class RequestAskRow
{
    public required string Request { get; init; }

    /// <summary><c>role:</c>, <c>subject:</c> or <c>manager-of:</c> and an id.</summary>
    public required string Group { get; init; }
    public required string Tenant { get; init; }

    /// <summary>When its stage ends: what is shown first.</summary>
    public required DateTimeOffset DueAt { get; init; }
}

internal sealed class RequestMappings
    : IEntityTypeConfiguration<ApprovalPolicyRow>,
        IEntityTypeConfiguration<CalendarRow>,
        IEntityTypeConfiguration<AccessRequestRow>,
        IEntityTypeConfiguration<RequestVoteRow>,
        IEntityTypeConfiguration<RequestAskRow>
{
    public void Configure(EntityTypeBuilder<ApprovalPolicyRow> row)
    {
        row.ToTable("approval_policy").HasKey(p => new { p.Tenant, p.Role });
        row.HasOne<RoleRow>().WithMany().HasForeignKey(p => new { p.Tenant, p.Role }).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<CalendarRow> row) => row.ToTable("calendar").HasKey(c => c.Tenant);

    public void Configure(EntityTypeBuilder<AccessRequestRow> row)
    {
        row.ToTable("access_request").HasKey(r => r.Id);
        row.HasIndex(r => new
            {
                r.SubjectKey,
                r.Tenant,
                r.Role,
            })
            .IsUnique()
            .HasFilter("is_open"); // one open request for a role
        row.HasIndex(r => new { r.SubjectKey, r.SubmittedAt });
        row.HasIndex(r => new { r.Tenant, r.SubmittedAt });
        row.HasIndex(r => r.SubmittedAt); // who oversees several tenants
        row.HasIndex(r => new
        {
            r.Tenant,
            r.Role,
            r.SubmittedAt,
        });
        row.HasIndex(r => new
        {
            r.Tenant,
            r.Resource,
            r.SubmittedAt,
        });
        row.HasIndex(r => new
            {
                r.Tenant,
                r.Role,
                r.Person,
            })
            .HasFilter("not_renewed_at is not null");
        row.HasIndex(r => r.DueAt).HasFilter("is_open");
        row.HasIndex(r => new { r.SubjectKey, r.Resource }).HasFilter("guidance_until is not null or assessment_until is not null");
        row.HasIndex(r => new
            {
                r.Tenant,
                r.Role,
                r.Urgency,
            })
            .HasFilter("urgency <> 'Ordinary'");
        row.Property(r => r.Urgency).HasDefaultValue(Urgency.Ordinary);
        row.Property(r => r.SetsAside).HasConversion<int>().HasDefaultValue(SetsAside.Nothing);
        row.HasIndex(r => new { r.Tenant, r.ScreenedRevision }).HasFilter("is_open");
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(r => r.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<RequestVoteRow> row)
    {
        row.ToTable("request_vote").HasKey(v => new { v.Request, v.Person }); // one person, one vote, whatever accounts they have
        row.HasIndex(v => new { v.Person, v.At });
        row.HasOne<AccessRequestRow>().WithMany().HasForeignKey(v => v.Request).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<RequestAskRow> row)
    {
        row.ToTable("request_ask").HasKey(a => new { a.Request, a.Group });
        row.HasIndex(a => new
        {
            a.Tenant,
            a.DueAt,
            a.Request,
            a.Group,
        }); // a page of who is asked of much; the other finds the few of who is asked of little
        row.HasIndex(a => new
        {
            a.Tenant,
            a.Group,
            a.DueAt,
            a.Request,
        });
        row.HasOne<AccessRequestRow>().WithMany().HasForeignKey(a => a.Request).OnDelete(DeleteBehavior.Restrict);
    }
}
