using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Telling.People;

/// <summary>Takes up what people are to be told: what is urgent, or a piece of news, at once; what only waits for them, in one message a day.</summary>
internal sealed class PersonRouter(EntitlementsDb db, Writes writes, Channels channels, IOptions<TellingOptions> options, TimeProvider clock)
{
    private const int Batch = 500;

    public async Task RouteAsync()
    {
        while (await Due(db, clock.Now()).AnyAsync() && await writes.RecordAsync(TakeUpAsync)) { }
    }

    private IQueryable<PersonMessageRow> Due(EntitlementsDb from, DateTimeOffset now)
    {
        var digest = Digest.Last(now, options.Value.DigestHour);
        return from.PersonMessages.Where(m => m.Urgent || (m.Kind != PersonMessage.Decision && m.Kind != PersonMessage.Review) || m.At < digest);
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> TakeUpAsync(WriteScope write)
    {
        await write.AloneAsync("person_message");
        var due = await Due(write.Db, write.Now)
            .AsNoTracking()
            .OrderByDescending(m => m.Urgent)
            .ThenBy(m => m.SubjectKey)
            .ThenBy(m => m.Id)
            .Take(Batch)
            .ToListAsync();
        var keys = due.Select(m => m.SubjectKey).Distinct().ToList();
        var people = await write.Db.Subjects.AsNoTracking().Where(s => EF.Parameter(keys).Contains(s.Key)).ToDictionaryAsync(s => s.Key);
        var ids = due.ConvertAll(m => m.Id);
        var exercises = await write.Db.ExercisesAmongAsync(people.Values.Select(p => p.Tenant));
        due.RemoveAll(m => exercises.Contains(people[m.SubjectKey].Tenant)); // not sent is not undelivered: nobody is asked instead
        foreach (var message in due.Where(m => !IsForDigest(m)))
        {
            Send(write, people[message.SubjectKey], message.Kind.ToString(), message.Urgent, message.Reference, message.At);
        }
        foreach (var waiting in due.Where(IsForDigest).GroupBy(m => m.SubjectKey))
        {
            var (first, isOne) = (waiting.First(), waiting.Count() == 1);
            Send(write, people[waiting.Key], isOne ? first.Kind.ToString() : PersonText.Digest, isUrgent: false, isOne ? first.Reference : null, first.At);
        }
        await write.Db.PersonMessages.Where(m => EF.Parameter(ids).Contains(m.Id)).ExecuteDeleteAsync();
        return ids.Count == Batch;
    }

    private static bool IsForDigest(PersonMessageRow message) => !message.Urgent && message.Kind is PersonMessage.Decision or PersonMessage.Review;

    private void Send(WriteScope write, SubjectRow person, string kind, bool isUrgent, string? reference, DateTimeOffset at)
    {
        if (channels.Of(person) is [var first, ..])
        {
            write.Db.Deliveries.Add(DeliveryOf(person, first, kind, isUrgent, reference, at, write.Now));
        }
        else if (isUrgent) // fails at once, and is passed on by itself: whatever that leads to holds up nobody else's message
        {
            write.Db.Deliveries.Add(DeliveryOf(person, Channel.Mail, kind, isUrgent, reference, at, write.Now));
        }
    }

    /// <summary>A message to a person by one channel, due at once.</summary>
    internal static DeliveryRow DeliveryOf(
        SubjectRow person,
        Channel channel,
        string kind,
        bool isUrgent,
        string? reference,
        DateTimeOffset at,
        DateTimeOffset now
    ) =>
        new()
        {
            Message = RandomIds.New("msg_"),
            Channel = channel,
            Lane = channel == Channel.Mail ? "mail" : "sms",
            Tenant = person.Tenant,
            SubjectKey = person.Key,
            Kind = kind,
            Payload = "{}",
            Urgent = isUrgent,
            Reference = reference,
            At = at,
            Since = now,
            NextAt = now,
        };
}
