using System.Globalization;
using CsvHelper;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

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

    private static async Task<IResult> ListAsync(string change, Caller caller, PageQuery page, EntitlementsDb db, ChangeAudience audience, TimeProvider clock)
    {
        var after = page.AfterNumber ?? 0;
        var (row, moves, problem) = await FindAsync(change, caller, db, audience, clock);
        if (moves is null)
        {
            return problem!;
        }
        var gains = moves.Moves.Count(m => m.Effect == AudienceEffect.Gains);
        var counts = new AudiencePage(moves.Before, moves.After, gains, moves.Moves.Count - gains, null, null);
        if (!ChangeAudience.MaySeeNames(caller, row!))
        {
            return TypedResults.Ok(counts);
        }
        var shown = page.Of([.. moves.Moves.Where(m => m.Key > after).Take(page.Limit + 1)], m => m.Key.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(counts with { Items = await ChangeAudience.NamesAsync(db, shown.Items), NextCursor = shown.NextCursor });
    }

    private static async Task<IResult> ExportAsync(string change, Caller caller, EntitlementsDb db, ChangeAudience audience, TimeProvider clock)
    {
        var (row, moves, problem) = await FindAsync(change, caller, db, audience, clock);
        if (moves is null)
        {
            return problem!;
        }
        return ChangeAudience.MaySeeNames(caller, row!)
            ? TypedResults.Stream(file => WriteAsync(file, db, moves), "text/csv; charset=utf-8", $"{row!.Id}-audience.csv")
            : Problems.Forbidden();
    }

    private static async Task WriteAsync(Stream file, EntitlementsDb db, AudienceMoves moves)
    {
        // a spreadsheet would run an id that looks like a formula
        await using var csv = CsvWriter.Create(file, new CsvWriterOptions { Injection = CsvInjection.Escape }, leaveOpen: true);
        await csv.WriteRecordAsync(Columns);
        foreach (var portion in moves.Moves.Chunk(Portion))
        {
            foreach (var member in await ChangeAudience.NamesAsync(db, portion))
            {
                await csv.WriteRecordAsync([member.Subject, member.Effect == AudienceEffect.Gains ? "gains" : "loses"]);
            }
        }
    }

    private static async Task<(ChangeRow? Row, AudienceMoves? Moves, IResult? Problem)> FindAsync(
        string change,
        Caller caller,
        EntitlementsDb db,
        ChangeAudience audience,
        TimeProvider clock
    )
    {
        var row = await db.Changes.AsNoTracking().SingleOrDefaultAsync(c => c.Id == change);
        if (row is null || !ChangeVisibility.MaySee(caller, row))
        {
            return (null, null, Problems.NotFound());
        }
        if (row.State != ChangeState.Proposed || clock.GetUtcNow() >= row.ExpiresAt)
        {
            return (row, null, Problems.Conflict("change_decided", "The change waits for no vote any more: what was counted is in it."));
        }
        return await audience.ReadAsync(row) is { } moves
            ? (row, moves, null)
            : (row, null, Problems.Conflict("change_moved", "What the change alters is no longer what was shown: propose it again."));
    }
}
