using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>What a key is for.</summary>
internal enum MacKeyUse
{
    /// <summary>Makes the names of entries; a new one makes every entry unfindable. Only a recovery makes one.</summary>
    Names,

    /// <summary>Seals entries; an old one goes on opening what it sealed.</summary>
    Entries,
}

/// <summary>A 256-bit key, wrapped as the signing keys are. To rotate is to add a row; the loader deletes what it succeeds.</summary>
internal sealed class MacKeyRow
{
    public required Guid Id { get; init; }
    public required MacKeyUse Use { get; init; }
    public required byte[] WrappedKey { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class MacKeyMapping : IEntityTypeConfiguration<MacKeyRow>
{
    public void Configure(EntityTypeBuilder<MacKeyRow> row) => row.ToTable("mac_key").HasKey(k => k.Id);
}

/// <summary>The keys in force.</summary>
/// <param name="Names">Makes names.</param>
/// <param name="Entries">Newest first: it seals, all open.</param>
internal sealed record MacKeys(byte[] Names, ImmutableArray<byte[]> Entries)
{
    public const int Size = HMACSHA256.HashSizeInBytes;
}

/// <summary>Where the loader puts the keys and the cache finds them; none before they were first read.</summary>
internal sealed class MacKeyRing
{
    private volatile MacKeys? _keys;

    public MacKeys? Keys
    {
        get => _keys;
        set => _keys = value;
    }
}
