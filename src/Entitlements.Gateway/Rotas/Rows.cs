using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Rotas;

/// <summary>A duty rota: who is on duty when, out of those who hold one role.</summary>
internal sealed class RotaRow
{
    public required string Tenant { get; init; }
    public required string Id { get; init; }
    public required string Name { get; set; }

    /// <summary>The pool: whoever does not hold it at an instant is not on duty then, whatever the rota says.</summary>
    public required string Role { get; set; }

    /// <summary>IANA name of the clock by which shifts without an offset are read.</summary>
    public required string TimeZone { get; set; }

    /// <summary>Clients that may feed it.</summary>
    public List<string> Feeders { get; set; } = [];

    /// <summary>Longest silence of its feeders; later than that it is stale.</summary>
    public TimeSpan FeedWithin { get; set; }

    /// <summary>When it was registered as it stands.</summary>
    public DateTimeOffset RegisteredAt { get; set; }

    /// <summary>When the last feed was taken; null before the first.</summary>
    public DateTimeOffset? FedAt { get; set; }

    /// <summary>That it is stale has been told; until it is fed again.</summary>
    public bool StaleTold { get; set; }

    /// <summary>The first instant without anybody on duty that was told; null where there was none at the last look.</summary>
    public DateTimeOffset? GapTold { get; set; }
    public bool Deleted { get; set; }
    public long Version { get; set; } = 1;

    /// <summary>From this instant on it is stale; null where nobody feeds it.</summary>
    public DateTimeOffset? StaleFrom => Feeders.Count == 0 ? null : (FedAt > RegisteredAt ? FedAt.Value : RegisteredAt) + FeedWithin;
}

/// <summary>One person is to be on duty in [NotBefore, NotAfter), unless another took it over.</summary>
internal sealed class ShiftRow
{
    /// <summary>Longest shift; bounds where those that run at an instant are looked for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(32);

    public long Id { get; init; }
    public required string Tenant { get; init; }
    public required string Rota { get; init; }
    public required long SubjectKey { get; init; }
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>First instant no longer on duty.</summary>
    public required DateTimeOffset NotAfter { get; set; }
    public required ShiftSource Source { get; init; }

    /// <summary>Ended by an act, in force whatever a clock says.</summary>
    public bool Ended { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>Where a shift comes from.</summary>
internal enum ShiftSource
{
    Feed,
    Admin,
}

/// <summary>One person offers another a part of a shift, or all of it; taken, the part is the other's. The last taken counts.</summary>
internal sealed class SwapRow
{
    public long Id { get; init; }
    public required long Shift { get; init; }
    public required long GiverKey { get; init; }
    public required long TakerKey { get; init; }

    /// <summary>First instant of it; of one taken while the shift runs, when it was.</summary>
    public required DateTimeOffset NotBefore { get; set; }

    /// <summary>First instant no longer part of it.</summary>
    public required DateTimeOffset NotAfter { get; init; }
    public string? Reason { get; init; }
    public required DateTimeOffset OfferedAt { get; init; }
    public SwapState State { get; set; }

    /// <summary>How many parts of its shift had been taken when this one was, and itself; null while it is not.</summary>
    public int? Taken { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>All but the first are final. An offer that is still open when its time is over is over, too.</summary>
internal enum SwapState
{
    Offered,
    Accepted,
    Declined,
    Withdrawn,
}

internal sealed class RotaMappings : IEntityTypeConfiguration<RotaRow>, IEntityTypeConfiguration<ShiftRow>, IEntityTypeConfiguration<SwapRow>
{
    public void Configure(EntityTypeBuilder<RotaRow> row)
    {
        row.ToTable("rota").HasKey(r => new { r.Tenant, r.Id });
        row.Ignore(r => r.StaleFrom);
        row.HasOne<RoleRow>().WithMany().HasForeignKey(r => new { r.Tenant, r.Role }).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<ShiftRow> row)
    {
        row.ToTable("rota_shift", t => t.HasCheckConstraint("ck_rota_shift_window", "not_before < not_after")).HasKey(s => s.Id);
        row.HasIndex(s => new
        {
            s.Tenant,
            s.Rota,
            s.NotBefore,
        });
        row.HasIndex(s => new { s.SubjectKey, s.NotBefore });
        row.HasIndex(s => new
            {
                s.Tenant,
                s.Rota,
                s.Source,
                s.SubjectKey,
                s.NotBefore,
            })
            .IsUnique()
            .HasFilter("not ended");
        row.HasOne<RotaRow>().WithMany().HasForeignKey(s => new { s.Tenant, s.Rota }).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(s => s.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<SwapRow> row)
    {
        row.ToTable("rota_swap", t => t.HasCheckConstraint("ck_rota_swap_window", "not_before < not_after")).HasKey(w => w.Id);
        row.HasIndex(w => new { w.Shift, w.Taken }).IsUnique(); // two takings of one shift come one after the other
        row.HasIndex(w => new { w.TakerKey, w.NotBefore });
        row.HasOne<ShiftRow>().WithMany().HasForeignKey(w => w.Shift).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(w => w.GiverKey).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(w => w.TakerKey).OnDelete(DeleteBehavior.Restrict);
    }
}
