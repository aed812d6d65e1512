using System.Globalization;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Changes;

/// <summary>A page of those for whom a change would turn the answer round.</summary>
/// <param name="Since">What was asked from here on is asked again.</param>
/// <param name="Until">The instant at which all of it is judged.</param>
/// <param name="Questions">How many were asked again: each account, app and device once.</param>
/// <param name="LeftOut">How many were not, as there are too many: those asked longest ago.</param>
/// <param name="Gains">Accounts that would be allowed an app that they are refused.</param>
/// <param name="Loses">Accounts that would be refused an app that they are allowed.</param>
/// <param name="Items">Null where the caller is told how many, not who.</param>
internal sealed record DryRunPage(
    DateTimeOffset Since,
    DateTimeOffset Until,
    int Questions,
    int LeftOut,
    int Gains,
    int Loses,
    IReadOnlyList<DryRunItem>? Items,
    string? NextCursor
);

/// <summary><c>/v1/changes/{change}/dry-run</c>: who asked in the last 90 days and would hear otherwise with a change that waits for its votes.</summary>
internal static class DryRunEndpoints
{
    private static readonly string[] Columns = ["subject", "device", "app", "effect", "asked", "last_asked_at", "reasons_before", "reasons_after"];

    public static void MapDryRun(this RouteGroupBuilder changes, string[] officers)
    {
        changes
            .MapGet("{change}/dry-run", ListAsync)
            .WithName("DryRunChange")
            .WithSummary("Who asked in the last 90 days and would gain or lose by a proposed change, by name to its voters, the role-admin and the DPO.")
            .Produces<DryRunPage>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .PermitManaging(officers);
        changes
            .MapGet("{change}/dry-run.csv", ExportAsync)
            .WithName("ExportChangeDryRun")
            .WithSummary("All of them as a file: " + string.Join(", ", Columns) + ".")
            .Produces<string>(contentType: "text/csv")
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .PermitManaging(officers);
    }

    private static async Task<IResult> ListAsync(string change, Caller caller, PageQuery page, ChangeTrial trial)
    {
        var tried = await trial.RunAsync(change, caller, ChangeDryRun.CompareAsync);
        if (tried.Found is not { } run)
        {
            return tried.Problem!;
        }
        var counts = new DryRunPage(run.Since, run.Until, run.Questions, run.LeftOut, run.Gains, run.Loses, null, null);
        if (!tried.Named)
        {
            return TypedResults.Ok(counts);
        }
        var shown = page.Of([.. run.Moves.Where(m => string.CompareOrdinal(m.Key, page.After) > 0).Take(page.Limit + 1)], m => m.Key);
        return TypedResults.Ok(counts with { Items = [.. shown.Items.Select(m => m.Item)], NextCursor = shown.NextCursor });
    }

    private static async Task<IResult> ExportAsync(string change, Caller caller, ChangeTrial trial)
    {
        var tried = await trial.RunAsync(change, caller, ChangeDryRun.CompareAsync);
        if (tried.Found is not { } run)
        {
            return tried.Problem!;
        }
        var rows = run.Moves.Select(m => RowOf(m.Item)).ToAsyncEnumerable();
        return tried.Named ? CsvFile.Of($"{change}-dry-run.csv", Columns, rows) : Problems.Forbidden();
    }

    private static string[] RowOf(DryRunItem item) =>
        [
            item.Subject,
            item.Device ?? "",
            item.App,
            item.Effect.ToString().ToLowerInvariant(),
            item.Asked.ToString(CultureInfo.InvariantCulture),
            item.LastAskedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            string.Join(' ', item.ReasonsBefore),
            string.Join(' ', item.ReasonsAfter),
        ];
}
