using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Accreditations;

/// <summary>What stands against a report; each throws the refusal, and nothing of the report is kept.</summary>
internal static class FeedChecks
{
    /// <summary>More faults than this are counted, not listed.</summary>
    private const int MostFaults = 1000;

    /// <summary>The source, if it is this caller's to speak for. Another's and one that is not registered are refused alike.</summary>
    /// <exception cref="RefusedException">403 or 409.</exception>
    public static async Task<AccreditationSourceRow> SourceAsync(WriteScope scope, Caller caller, string tenant, FeedBody report)
    {
        var source = await scope
            .Db.AccreditationSources.AsNoTracking()
            .SingleOrDefaultAsync(s => s.Tenant == tenant && s.Id == report.Source.Value && !s.Removed);
        var speaks = caller switch
        {
            Caller.Client client => source is not null && source.ClientIssuer == client.Issuer && source.ClientId == client.ClientId,
            Caller.Person => source is { ClientId: null },
            _ => false,
        };
        if (!speaks)
        {
            throw Refused(
                "source_not_registered",
                "No source of that name is registered in this tenant for this caller to report for.",
                StatusCodes.Status403Forbidden
            );
        }
        return source!.CompleteAsOf is { } last && report.CompleteAsOf.Cut() < last
            ? throw Refused("report_out_of_order", "A report that is complete up to a later instant has been taken: this one is older.")
            : source;
    }

    /// <summary>The items, each with the row of its person.</summary>
    /// <exception cref="RefusedException">400 with every item that cannot be taken.</exception>
    public static async Task<List<(long Subject, FeedItem Item)>> ItemsAsync(WriteScope scope, AccreditationSourceRow source, FeedBody report)
    {
        var home = await scope.Db.Tenants.Where(t => t.Id == source.Tenant).Select(t => t.Issuer).SingleAsync();
        var ids = report.Items.Select(i => i.Subject.Value).Distinct().ToList();
        var people = await scope
            .Db.Subjects.AsNoTracking()
            .Where(s => s.Tenant == source.Tenant && EF.Parameter(ids).Contains(s.Id))
            .ToDictionaryAsync(s => (s.Issuer, s.Id), s => s.Key);
        var items = new List<(long, FeedItem)>();
        var faults = new List<(string, string)>();
        var first = new Dictionary<(long, string), int>();
        foreach (var (i, item) in report.Items.Index())
        {
            var accreditation = item.Accreditation.Value;
            if (!source.Accreditations.Contains(accreditation))
            {
                faults.Add((FormattableString.Invariant($"/items/{i}/accreditation"), "is none that this source may say"));
            }
            if (!people.TryGetValue((item.SubjectIssuer ?? home, item.Subject.Value), out var subject))
            {
                faults.Add((FormattableString.Invariant($"/items/{i}/subject"), "is no subject of this tenant"));
            }
            else if (!first.TryAdd((subject, accreditation), i))
            {
                var other = first[(subject, accreditation)];
                faults.Add(
                    (FormattableString.Invariant($"/items/{i}"), FormattableString.Invariant($"says of the same subject and accreditation as item {other}"))
                );
            }
            items.Add((subject, item));
        }
        return faults.Count == 0 ? items : throw Refused(faults);
    }

    /// <summary>Nobody says by hand what they hold themselves, not even of their second account.</summary>
    /// <exception cref="RefusedException">403.</exception>
    public static void RefuseOwn(Caller caller, AccreditationSourceRow source, FeedDifference difference, Dictionary<long, SubjectRow> people)
    {
        if (
            source.ClientId is null
            && caller is Caller.Person person
            && difference.Written.Any(w => w.Subject == person.SubjectKey || (person.HumanId is { } own && people[w.Subject].Person == own))
        )
        {
            throw Refused("own_accreditation", "Nobody says what they hold themself: another role-admin does.", StatusCodes.Status403Forbidden);
        }
    }

    /// <summary>A full report that ends much is more often a broken export than the truth: somebody says yes to the very number.</summary>
    /// <param name="largestLoss">Share of what stands.</param>
    /// <exception cref="RefusedException">409.</exception>
    public static void RefuseSuspicious(FeedBody report, FeedDifference difference, double largestLoss)
    {
        var (standing, lost) = (difference.Standing, difference.Lost);
        if (report.Mode == FeedMode.Full && (report.Items.Count == 0 || lost > standing * largestLoss) && report.Confirm != lost)
        {
            throw new RefusedException(
                new(
                    "report_suspicious",
                    FormattableString.Invariant(
                        $"This full report would end {lost} of {standing} accreditations. Nothing was changed. If it is right, send it again with \"confirm\": {lost}."
                    ),
                    StatusCodes.Status409Conflict
                )
                {
                    Members = new Dictionary<string, object?>(StringComparer.Ordinal) { ["standing"] = standing, ["ending"] = lost },
                }
            );
        }
    }

    private static RefusedException Refused(List<(string, string)> faults)
    {
        var more = faults.Count - MostFaults;
        IEnumerable<(string, string)> said =
            more > 0 ? faults.Take(MostFaults).Append(("/items", FormattableString.Invariant($"{more} more faults are not listed"))) : faults;
        return new(new("invalid_body", "The report is not valid.", StatusCodes.Status400BadRequest) { Errors = [.. said] });
    }

    private static RefusedException Refused(string code, string detail, int status = StatusCodes.Status409Conflict) => new(new(code, detail, status));
}
