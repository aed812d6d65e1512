using System.Reflection;
using System.Security.Cryptography;
using CsvHelper;
using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.OpenStores;

/// <summary>One line of a list of people: whichever of these names it has. Names are compared byte for byte.</summary>
/// <param name="Number">Of the file, counted from 1.</param>
/// <param name="Device">By its id, or a name by which device management knows it.</param>
internal sealed record HolderLine(int Number, string? Subject, string? UserPrincipalName, string? EmployeeNumber, string? Device)
{
    /// <summary>As whoever wrote the file calls them.</summary>
    public string Name => Subject ?? UserPrincipalName ?? EmployeeNumber ?? Device ?? "";
}

/// <summary>
/// Who has an app, as the store or the device management that it was in exports it: CSV (RFC 4180) in UTF-8, a header in its first line. Columns are
/// told by their header, whatever its case, blanks and marks; those that nobody here knows are left alone.
/// </summary>
/// <param name="Sha256">Of the file's bytes, 64 lower-case hex digits.</param>
internal sealed record HolderFile(string Sha256, IReadOnlyList<HolderLine> Lines) : IEndpointParameterMetadataProvider
{
    /// <summary>The deciding vote brings them all in under the revision counter, for which revocations wait meanwhile.</summary>
    public const int MostLines = 2_000;
    private const int MostBytes = 4 << 20;
    private const int LongestName = 256;

    /// <summary>More faults than this are not listed.</summary>
    private const int MostFaults = 100;

    /// <summary>In the order of <see cref="HolderLine"/>; the first of each is the one that the documentation names.</summary>
    private static readonly string[][] Columns =
    [
        ["subject"],
        ["userprincipalname", "upn"],
        ["employeenumber", "employeeid", "person"],
        ["device", "deviceid", "mdmdeviceid", "serialnumber"],
    ];

    /// <exception cref="ProblemException">400, 413 or 415.</exception>
    public static async ValueTask<HolderFile?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        if (TextBodies.MediaTypeOf(context, out var type) != "text/csv")
        {
            throw new ProblemException(Problems.UnsupportedMediaType("The list is a file: send it as text/csv."));
        }
        var bytes = await TextBodies.ReadUtf8Async(context, type!);
        return new(Convert.ToHexStringLower(SHA256.HashData(bytes)), Read(bytes));
    }

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new AcceptsMetadata(["text/csv"], typeof(string)));
        builder.Metadata.Add(new RequestSizeLimitAttribute(MostBytes));
    }

    private static List<HolderLine> Read(ReadOnlyMemory<byte> utf8)
    {
        var lines = new List<HolderLine>();
        var faults = new List<(string, string)>();
        try
        {
            using var csv = TextBodies.OpenCsv(utf8);
            csv.ReadHeader();
            var headers = csv.Headers.Select(Plain).ToList();
            var columns = Columns.Select(names => headers.FindIndex(names.Contains)).ToList();
            if (columns.TrueForAll(at => at < 0) || Columns.Any(names => headers.Count(names.Contains) > 1))
            {
                throw Fault("line 1", "must be a header with at least one of subject, user principal name, employee number and device, each once");
            }
            while (csv.Read())
            {
                if (lines.Count + faults.Count >= MostLines)
                {
                    throw Fault("", FormattableString.Invariant($"must be at most {MostLines} lines: divide the list"));
                }
                var number = (int)csv.LineNumber;
                if (csv.FieldCount != headers.Count)
                {
                    faults.Add((Line(number), FormattableString.Invariant($"has {csv.FieldCount} fields, the header {headers.Count}")));
                    continue;
                }
                var names = columns.ConvertAll(at => at >= 0 && csv.GetString(at) is { Length: > 0 } name ? name : null);
                if (names.Exists(name => name is not null && !(name.Length <= LongestName && !name.Any(char.IsControl))))
                {
                    faults.Add((Line(number), FormattableString.Invariant($"has a name of more than {LongestName} characters, or with control characters")));
                    continue;
                }
                lines.Add(new(number, names[0], names[1], names[2], names[3]));
            }
        }
        catch (CsvFormatException fault)
        {
            throw Fault(Line(Math.Max((int)fault.LineNumber, 1)), "is not CSV (RFC 4180)");
        }
        return faults.Count == 0 ? lines : throw new ProblemException(Problems.BadRequest([.. faults.Take(MostFaults)]));
    }

    private static string Plain(string header) => string.Concat(header.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    private static string Line(int number) => FormattableString.Invariant($"line {number}");

    private static ProblemException Fault(string where, string error) => new(Problems.BadRequest((where, error)));
}
