using System.ComponentModel.DataAnnotations;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Section <c>Uploads</c>.</summary>
internal sealed class UploadOptions : IValidatableObject
{
    /// <summary>Largest file, in bytes. 1 to 1 TiB; default 2 GiB.</summary>
    [Range(1, 1L << 40)]
    public long Limit { get; set; } = 2L << 30;

    /// <summary>Uploads that one tenant may have open at once. 1 to 1000; default 16.</summary>
    [Range(1, 1000)]
    public int OpenPerTenant { get; set; } = 16;

    /// <summary>Free space in bytes that uploads leave on the disk. Default 1 GiB.</summary>
    [Range(0, long.MaxValue)]
    public long Spare { get; set; } = 1L << 30;

    /// <summary>How long an upload stays open. 1 min to 30 days; default 24 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Program and arguments that scan a file for malware; the file's path is added last. Exit code 0: clean, 1: infected, others: no answer. Empty: files are shown as not scanned.</summary>
    public List<string> ScanCommand { get; set; } = [];

    /// <summary>How long a scan may take. 1 s to 1 h; default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ScanPatience { get; set; } = TimeSpan.FromMinutes(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        ScanCommand is [var program, ..] && string.IsNullOrWhiteSpace(program) ? [new("must begin with a program", [nameof(ScanCommand)])] : [];
}
