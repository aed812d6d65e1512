using System.Runtime.InteropServices;
using System.Text.Json;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Gateway.Access;

/// <summary>An account that asked to download an app, with one device or without any.</summary>
/// <param name="Device">Null where none was named, or none that could be on record.</param>
/// <param name="Times">Attempts and issues alike: a store that asks first and then has it issued asked twice.</param>
/// <param name="LastReasons">Codes, why it was refused when it was last asked: mostly the engine's; empty where it was allowed.</param>
internal sealed record AskedQuestion(
    long SubjectKey,
    string App,
    string? Device,
    int Times,
    DateTimeOffset LastAt,
    bool LastAllowed,
    IReadOnlyList<string> LastReasons
);

/// <param name="Latest">The latest first.</param>
/// <param name="LeftOut">How many more there are, all asked before those.</param>
internal sealed record AskedQuestions(IReadOnlyList<AskedQuestion> Latest, int LeftOut);

/// <summary>What was asked about apps of late, by the evidence: entitlements that were issued or refused, and attempts where these are recorded one by one.</summary>
internal static class AskedLately
{
    private const string Attempted = "decision.attempted";
    private const string Refused = "entitlement.refused";

    /// <param name="since">First instant that counts.</param>
    /// <param name="most">Most questions that are told; of the others how many.</param>
    public static async Task<AskedQuestions> ReadAsync(EntitlementsDb db, string tenant, IReadOnlyCollection<string> apps, DateTimeOffset since, int most)
    {
        var asked = new Dictionary<(long, string, string?), AskedQuestion>();
        void Add(AskedQuestion one)
        {
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(asked, (one.SubjectKey, one.App, one.Device), out _);
            var (times, last) = (known?.Times ?? 0, known is null || known.LastAt <= one.LastAt ? one : known);
            known = last with { Times = times + one.Times };
        }
        await foreach (var one in ReadRecordedAsync(db, tenant, apps, since))
        {
            Add(one);
        }
        await foreach (var one in ReadIssuedAsync(db, tenant, apps, since))
        {
            Add(one);
        }
        var latestFirst = asked
            .Values.OrderByDescending(a => a.LastAt)
            .ThenBy(a => a.SubjectKey)
            .ThenBy(a => a.App, StringComparer.Ordinal)
            .ThenBy(a => a.Device, StringComparer.Ordinal);
        return new([.. latestFirst.Take(most)], Math.Max(0, asked.Count - most));
    }

    private static async IAsyncEnumerable<AskedQuestion> ReadRecordedAsync(
        EntitlementsDb db,
        string tenant,
        IReadOnlyCollection<string> apps,
        DateTimeOffset since
    )
    {
        var appOf = apps.ToDictionary(app => $"app/{app}", StringComparer.Ordinal);
        var rows = db
            .AuditEvents.Where(a => a.Tenant == tenant && appOf.Keys.Contains(a.Target) && (a.Kind == Attempted || a.Kind == Refused) && a.At >= since)
            .Select(a => new
            {
                a.Kind,
                a.Target,
                a.Details,
                a.At,
            })
            .AsAsyncEnumerable();
        await foreach (var row in rows)
        {
            var told = JsonSerializer.Deserialize<Recorded>(row.Details, StoredJson.Options)!;
            if (told.Subject is { } subject && (row.Kind == Refused || told.Action == Action.Download))
            {
                yield return new(subject, appOf[row.Target], told.Device, 1, row.At, told.Decision, told.Reasons);
            }
        }
    }

    private static async IAsyncEnumerable<AskedQuestion> ReadIssuedAsync(
        EntitlementsDb db,
        string tenant,
        IReadOnlyCollection<string> apps,
        DateTimeOffset since
    )
    {
        var rows = db
            .Entitlements.Where(e => e.Tenant == tenant && apps.Contains(e.App) && e.IssuedAt >= since)
            .GroupBy(e => new
            {
                e.SubjectKey,
                e.App,
                e.Device,
            })
            .Select(g => new
            {
                g.Key,
                Times = g.Count(),
                LastAt = g.Max(e => e.IssuedAt),
            })
            .AsAsyncEnumerable();
        await foreach (var row in rows)
        {
            yield return new(row.Key.SubjectKey, row.Key.App, AttemptLog.DeviceOf(row.Key.Device), row.Times, row.LastAt, LastAllowed: true, []);
        }
    }

    /// <summary>What the details of either kind say.</summary>
    /// <param name="Action">Null where its name was none of ours, and in an issue that was refused, which is always of a download.</param>
    private sealed record Recorded(long? Subject, string? Action, string? Device, bool Decision, IReadOnlyList<string> Reasons);
}
