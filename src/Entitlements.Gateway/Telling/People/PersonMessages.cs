using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Telling.People;

/// <summary>What a person can be told. None says whom, which app or which role it is about: the person looks, signed in.</summary>
internal enum PersonMessage
{
    /// <summary>Somebody waits for their vote.</summary>
    Decision,

    /// <summary>A review waits for them.</summary>
    Review,

    /// <summary>Something they asked for was answered.</summary>
    Answer,

    /// <summary>Something they hold, or answer for, ends soon.</summary>
    Ending,

    /// <summary>Something was done that they should look at, such as access in an emergency without their vote.</summary>
    Notice,
}

/// <summary>A person is to be told. Which channel, and whether with others once a day, is decided when it is taken up.</summary>
internal sealed class PersonMessageRow
{
    public long Id { get; init; }
    public required long SubjectKey { get; init; }
    public required PersonMessage Kind { get; init; }
    public required bool Urgent { get; init; }
    public required string Reference { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class PersonMessageMapping : IEntityTypeConfiguration<PersonMessageRow>
{
    public void Configure(EntityTypeBuilder<PersonMessageRow> row)
    {
        row.ToTable("person_message").HasKey(m => m.Id);
        row.HasIndex(m => m.Reference);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(m => m.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }
}

internal static class TellingPeople
{
    /// <summary>Owes a person a message, in this transaction.</summary>
    /// <param name="isUrgent">At once, by every channel until one works; if none does, whoever asked hears of it (<see cref="Undelivered"/>).</param>
    /// <param name="reference">What it is about: an id that says nothing by itself, and by which it is taken back.</param>
    public static void TellPerson(this WriteScope scope, long subjectKey, PersonMessage kind, bool isUrgent, string reference) =>
        scope.Db.PersonMessages.Add(
            new()
            {
                SubjectKey = subjectKey,
                Kind = kind,
                Urgent = isUrgent,
                Reference = reference,
                At = scope.Now,
            }
        );

    /// <summary>What was said about <paramref name="reference"/> and has not been sent is not said any more: it was decided meanwhile.</summary>
    public static async Task TakeBackAsync(this WriteScope scope, string reference)
    {
        await scope.Db.PersonMessages.Where(m => m.Reference == reference).ExecuteDeleteAsync();
        await scope.Db.Deliveries.Where(d => d.Reference == reference && d.State == DeliveryState.Waiting && d.Claim == null).ExecuteDeleteAsync();
    }
}
