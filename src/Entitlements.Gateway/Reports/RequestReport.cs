using System.Globalization;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reports;

/// <summary>What became of a force's requests, by the month in which they were made (UTC).</summary>
/// <param name="Floor">Requests for sensitive roles are counted in those months alone in which there were so many of one urgency, or more.</param>
/// <param name="Whole">All months together.</param>
internal sealed record RequestReportView(
    string Tenant,
    string From,
    string To,
    int Floor,
    IReadOnlyList<RequestMonth> Months,
    IReadOnlyList<RequestGroup> Whole
);

/// <param name="Month"><c>yyyy-MM</c>.</param>
internal sealed record RequestMonth(string Month, IReadOnlyList<RequestGroup> Groups);

/// <summary>Requests of one urgency.</summary>
/// <param name="Median">Half of those that somebody decided were decided in this time or less; null where nobody decided any, and of what was taken without a vote.</param>
/// <param name="Ninetieth">The same of nine in ten.</param>
internal sealed record RequestGroup(Urgency Urgency, IReadOnlyList<RequestCount> Outcomes, TimeSpan? Median, TimeSpan? Ninetieth);

internal sealed record RequestCount(RequestStatus Status, int Count);

/// <summary>Counts requests by month, outcome and urgency. Whole months alone, so that no two questions differ by a few days: their difference would tell of one request for a sensitive role.</summary>
internal sealed class RequestReport(EntitlementsDb db)
{
    /// <summary>Longest time that is looked at, in months.</summary>
    public const int LongestMonths = 24;

    private const int Floor = 5;

    /// <param name="from">First day of the first month.</param>
    /// <param name="to">First day of the last month.</param>
    public async Task<RequestReportView> ReadAsync(string tenant, DateOnly from, DateOnly to)
    {
        var (first, end) = (StartOf(from), StartOf(to.AddMonths(1)));
        var sensitive = await db.Roles.Where(r => r.Tenant == tenant && r.Sensitive).Select(r => r.Id).ToHashSetAsync(StringComparer.Ordinal);
        var asked = await db
            .AccessRequests.Where(r => r.Tenant == tenant && r.SubmittedAt >= first && r.SubmittedAt < end)
            .Select(r => new Asked(r.SubmittedAt, r.DecidedAt, r.Status, r.Urgency, r.Role))
            .ToListAsync();
        var counted = asked
            .GroupBy(r => (Month: MonthOf(r.SubmittedAt), r.Urgency))
            .SelectMany(group => group.Count(r => sensitive.Contains(r.Role)) >= Floor ? group : group.Where(r => !sensitive.Contains(r.Role)))
            .ToLookup(r => MonthOf(r.SubmittedAt));
        var months = Enumerable.Range(0, LongestMonths).Select(from.AddMonths).TakeWhile(month => month <= to).Select(Text).ToList();
        return new(
            tenant,
            Text(from),
            Text(to),
            Floor,
            months.ConvertAll(month => new RequestMonth(month, GroupsOf(counted[month]))),
            GroupsOf(counted.SelectMany(month => month))
        );
    }

    private static List<RequestGroup> GroupsOf(IEnumerable<Asked> requests) =>
        [
            .. requests
                .GroupBy(r => r.Urgency)
                .OrderBy(group => group.Key)
                .Select(group =>
                {
                    var times = group.Select(r => r.TimeToDecide).OfType<TimeSpan>().Order().ToList();
                    return new RequestGroup(
                        group.Key,
                        [.. group.CountBy(r => r.Status).OrderBy(c => c.Key).Select(c => new RequestCount(c.Key, c.Value))],
                        Percentile(times, 0.5),
                        Percentile(times, 0.9)
                    );
                }),
        ];

    /// <summary>Nearest rank: a time that there was.</summary>
    internal static TimeSpan? Percentile(IReadOnlyList<TimeSpan> ascending, double share) =>
        ascending.Count == 0 ? null : ascending[Math.Max(0, (int)Math.Ceiling(share * ascending.Count) - 1)];

    private static DateTimeOffset StartOf(DateOnly month) => new(month.Year, month.Month, 1, 0, 0, 0, TimeSpan.Zero);

    private static string MonthOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    private static string Text(DateOnly month) => month.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    private sealed record Asked(DateTimeOffset SubmittedAt, DateTimeOffset? DecidedAt, RequestStatus Status, Urgency Urgency, string Role)
    {
        /// <summary>Null where nobody decided: in time, or at all.</summary>
        public TimeSpan? TimeToDecide =>
            Urgency != Urgency.BreakGlass && Status is (RequestStatus.Granted or RequestStatus.Denied) ? DecidedAt - SubmittedAt : null;
    }
}
