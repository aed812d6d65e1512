using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Telling.People;

/// <summary>Passes on at once what is urgent and did not arrive: to the person's next channel, and after the last to whoever asked for it.</summary>
internal sealed class Escalation(Channels channels, IEnumerable<UndeliveredHandler> handlers, IServiceProvider services)
{
    /// <summary>Called for every failed attempt; acts on the first of each channel. What failed for the moment is tried again besides.</summary>
    public async Task FollowAsync(WriteScope write, DeliveryRow delivery)
    {
        if (!delivery.Urgent || delivery.Escalated || delivery.State is DeliveryState.Accepted or DeliveryState.Delivered)
        {
            return; // accepted: it has not failed, only the carrier could not be asked
        }
        delivery.Escalated = true;
        var person = await write.Db.Subjects.AsNoTracking().SingleOrDefaultAsync(s => s.Key == delivery.SubjectKey);
        var tried = await write
            .Db.Deliveries.Where(d =>
                d.Reference == delivery.Reference && d.SubjectKey == delivery.SubjectKey && d.Kind == delivery.Kind && d.At == delivery.At
            )
            .Select(d => d.Channel)
            .ToListAsync();
        var left = channels.Of(person).Except(tried).ToList();
        if (left is [var next, ..])
        {
            write.Db.Deliveries.Add(PersonRouter.DeliveryOf(person!, next, delivery.Kind, isUrgent: true, delivery.Reference, delivery.At, write.Now));
        }
        else
        {
            await GiveUpAsync(write, delivery.Tenant, delivery.SubjectKey!.Value, delivery.Kind, delivery.Reference!);
        }
    }

    /// <summary>No channel is left.</summary>
    private async Task GiveUpAsync(WriteScope write, string tenant, long subjectKey, string kind, string reference)
    {
        write.Tell("telling.failed", tenant, new { message = kind.ToLowerInvariant(), reference });
        foreach (var handler in handlers)
        {
            await handler.HandleAsync(services, write, new(tenant, subjectKey, kind, reference));
        }
    }
}

/// <summary>An urgent message that reached its person by no channel.</summary>
internal sealed record Undelivered(string Tenant, long SubjectKey, string Kind, string Reference);

/// <summary>What a slice does about its urgent messages that did not arrive.</summary>
/// <param name="HandleAsync">Runs in the transaction that keeps the failure. If it throws, nothing is kept and all of it comes again.</param>
internal sealed record UndeliveredHandler(Func<IServiceProvider, WriteScope, Undelivered, Task> HandleAsync);

internal static class EscalationSetup
{
    /// <summary>Has <paramref name="handle"/> called, once for each, for every urgent message that reached its person by no channel.</summary>
    public static void WhenUndelivered(this IServiceCollection services, Func<IServiceProvider, WriteScope, Undelivered, Task> handle) =>
        services.AddSingleton(new UndeliveredHandler(handle));
}
