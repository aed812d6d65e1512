using System.ComponentModel.DataAnnotations;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Section <c>Uploads</c>.</summary>
internal sealed class UploadOptions
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
}
