using System.Globalization;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Changes;

/// <summary>A page of those whom a change concerns.</summary>
/// <param name="Before">People reached as things stand.</param>
/// <param name="After">People reached once it is published.</param>
/// <param name="Items">Null where the caller is told how many, not who.</param>
internal sealed record AudiencePage(int Before, int After, int Gains, int Loses, IReadOnlyList<AudienceMember>? Items, string? NextCursor);

/// <summary><c>/v1/changes/{change}/audience</c>: whom a change that waits for its votes gives something, and from whom it takes something.</summary>
internal static class AudienceEndpoints
{
    /// <summary>Names that are looked up at a time for a file.</summary>
    private const int Portion = 1000;
    private static readonly string[] Columns = ["subject", "effect"];

    public static void MapAudience(this RouteGroupBuilder changes, string[] officers)
    {
        changes
            .MapGet("{change}/audience", ListAsync)
            .WithName("ListChangeAudience")
            .WithSummary("Who gains and who loses by a proposed change, by name to its voters, the role-admin and the DPO.")
            .Produces<AudiencePage>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .PermitManaging(officers);
        changes
            .MapGet("{change}/audience.csv", ExportAsync)
            .WithName("ExportChangeAudience")
            .WithSummary("All of them as a file: subject, effect.")
            .Produces<string>(contentType: "text/csv")
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .PermitManaging(officers);
    }

    private static async Task<IResult> ListAsync(string change, Caller caller, PageQuery page, EntitlementsDb db, ChangeTrial trial)
    {
        var after = page.AfterNumber ?? 0;
        var tried = await trial.RunAsync(change, caller, ChangeAudience.CompareAsync);
        if (tried.Found is not { } moves)
        {
            return tried.Problem!;
        }
        var gains = moves.Moves.Count(m => m.Effect == AudienceEffect.Gains);
        var counts = new AudiencePage(moves.Before, moves.After, gains, moves.Moves.Count - gains, null, null);
        if (!tried.Named)
        {
            return TypedResults.Ok(counts);
        }
        var shown = page.Of([.. moves.Moves.Where(m => m.Key > after).Take(page.Limit + 1)], m => m.Key.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(counts with { Items = await ChangeAudience.NamesAsync(db, shown.Items), NextCursor = shown.NextCursor });
    }

    private static async Task<IResult> ExportAsync(string change, Caller caller, EntitlementsDb db, ChangeTrial trial)
    {
        var tried = await trial.RunAsync(change, caller, ChangeAudience.CompareAsync);
        if (tried.Found is not { } moves)
        {
            return tried.Problem!;
        }
        return tried.Named ? CsvFile.Of($"{change}-audience.csv", Columns, RowsAsync(db, moves)) : Problems.Forbidden();
    }

    private static async IAsyncEnumerable<string[]> RowsAsync(EntitlementsDb db, AudienceMoves moves)
    {
        foreach (var portion in moves.Moves.Chunk(Portion))
        {
            foreach (var member in await ChangeAudience.NamesAsync(db, portion))
            {
                yield return [member.Subject, member.Effect.ToString().ToLowerInvariant()];
            }
        }
    }
}
