using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Telling;

/// <summary>One message on its way to one system or person. It is written in the transaction of what it tells of, and kept 30 days after it was settled.</summary>
internal sealed class DeliveryRow
{
    public long Id { get; init; }

    /// <summary><c>msg_</c> and 32 hex digits, the same for every attempt: <c>webhook-id</c>, the event's id, the mail's Message-ID.</summary>
    public required string Message { get; init; }
    public required Channel Channel { get; init; }

    /// <summary>What shares one receiver, and so one share of the attempts under way.</summary>
    public required string Lane { get; init; }
    public required string Tenant { get; init; }

    /// <summary>Of <see cref="Channel.Webhook"/>.</summary>
    public string? Webhook { get; init; }

    /// <summary>Of the channels to people; the address is read when it is used, and kept nowhere else.</summary>
    public long? SubjectKey { get; init; }
    public required string Kind { get; init; }

    /// <summary>JSON object without names of people or sensitive roles.</summary>
    public required string Payload { get; init; }

    /// <summary>Sent as it is, where the receiver follows a profile of its own; else as the data of a CloudEvent.</summary>
    public bool Plain { get; init; }
    public bool Urgent { get; init; }

    /// <summary>What the message is about, an id that says nothing by itself.</summary>
    public string? Reference { get; init; }

    /// <summary>When what it tells of happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Since when it is being delivered: later than <see cref="At"/> where it is sent again.</summary>
    public required DateTimeOffset Since { get; set; }
    public DeliveryState State { get; set; }

    /// <summary>When it is tried next or, under a claim, when the claim ends; null once settled.</summary>
    public DateTimeOffset? NextAt { get; set; }

    /// <summary>Of the attempt under way: who no longer finds it here settles nothing.</summary>
    public Guid? Claim { get; set; }

    /// <summary>Attempts begun.</summary>
    public int Attempts { get; set; }

    /// <summary>How the last attempt ended, snake case.</summary>
    public string? LastResult { get; set; }

    /// <summary>Under which the carrier knows it, where it tells later what became of it.</summary>
    public string? Receipt { get; set; }

    /// <summary>An urgent message whose failure was passed on: to the next channel, or to whoever asked for it.</summary>
    public bool Escalated { get; set; }
    public DateTimeOffset? SettledAt { get; set; }

    public void Settle(DeliveryState state, string result, DateTimeOffset now) =>
        (State, LastResult, NextAt, Claim, SettledAt) = (state, result, null, null, now);
}

/// <summary>How a message travels.</summary>
internal enum Channel
{
    Webhook,
    Mail,
    Sms,
}

/// <summary>How far it got.</summary>
internal enum DeliveryState
{
    /// <summary>To be tried, now or later.</summary>
    Waiting,

    /// <summary>The carrier has it and will tell whether it arrived.</summary>
    Accepted,
    Delivered,
    Failed,
}

internal sealed class DeliveryMapping : IEntityTypeConfiguration<DeliveryRow>
{
    public void Configure(EntityTypeBuilder<DeliveryRow> row)
    {
        row.ToTable("delivery").HasKey(d => d.Id);
        row.HasIndex(d => d.NextAt);
        row.HasIndex(d => d.SettledAt);
        row.HasIndex(d => new { d.Lane, d.Id });
        row.HasIndex(d => d.Message).IsUnique();
        row.HasIndex(d => d.Reference);
        row.HasOne<TenantRow>().WithMany().HasForeignKey(d => d.Tenant).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(d => d.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }
}
