using CsvHelper;

namespace Entitlements.Gateway.Hosting;

/// <summary>A table as a file. A spreadsheet would run what looks like a formula: here it is text.</summary>
internal static class CsvFile
{
    public static IResult Of(string name, string[] columns, IAsyncEnumerable<string[]> rows) =>
        TypedResults.Stream(file => WriteAsync(file, columns, rows), "text/csv; charset=utf-8", name);

    private static async Task WriteAsync(Stream file, string[] columns, IAsyncEnumerable<string[]> rows)
    {
        await using var csv = CsvWriter.Create(file, new CsvWriterOptions { Injection = CsvInjection.Escape }, leaveOpen: true);
        await csv.WriteRecordAsync(columns);
        await foreach (var row in rows)
        {
            await csv.WriteRecordAsync(row);
        }
    }
}
