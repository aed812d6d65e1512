using System.IO.Compression;
using System.Text.Json;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Publications;

/// <summary>How an app stood at the instant at which a change to what anyone may have of it was published. Written with that change, and never again.</summary>
internal sealed class PublicationRow
{
    /// <summary>The change; who, why and by whose votes stands there.</summary>
    public required string Change { get; init; }
    public required string App { get; init; }
    public required string Tenant { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>JSON: a <see cref="AppAsPublished"/>.</summary>
    public required string Content { get; init; }

    /// <summary>Keys of the accounts reached, as <see cref="Pack"/> writes them.</summary>
    public required byte[] Reached { get; init; }

    public AppAsPublished ReadContent() => JsonSerializer.Deserialize<AppAsPublished>(Content, StoredJson.Options)!;

    /// <summary>Sorted, each as the distance from the one before, 7 bits a byte, compressed: some hundred kilobytes for a quarter of a million.</summary>
    public static byte[] Pack(IEnumerable<long> keys)
    {
        using var packed = new MemoryStream();
        using (var writer = new BinaryWriter(new BufferedStream(new BrotliStream(packed, CompressionLevel.Fastest))))
        {
            var last = 0L;
            foreach (var key in keys.Order())
            {
                writer.Write7BitEncodedInt64(key - last);
                last = key;
            }
        }
        return packed.ToArray();
    }

    /// <summary>The keys, in order.</summary>
    public static List<long> Unpack(byte[] packed)
    {
        using var plain = new MemoryStream();
        using (var compressed = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress))
        {
            compressed.CopyTo(plain);
        }
        plain.Position = 0;
        using var reader = new BinaryReader(plain);
        var (keys, last) = (new List<long>(), 0L);
        while (plain.Position < plain.Length)
        {
            keys.Add(last += reader.Read7BitEncodedInt64());
        }
        return keys;
    }
}

internal sealed class PublicationMapping : IEntityTypeConfiguration<PublicationRow>
{
    public void Configure(EntityTypeBuilder<PublicationRow> row)
    {
        row.ToTable("publication").HasKey(p => p.Change);
        row.HasIndex(p => new
        {
            p.App,
            p.Tenant,
            p.At,
        });
        row.HasOne<ChangeRow>().WithMany().HasForeignKey(p => p.Change).OnDelete(DeleteBehavior.Restrict);
    }
}
