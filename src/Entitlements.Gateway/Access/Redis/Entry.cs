using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Entitlements.Engine.Decisions;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>
/// An entry in Redis: format (1 byte), build (16), name (32), ruling, MAC (32). The MAC also covers the whole question, which is not in the entry:
/// nobody can read from Redis whom it is about, and an entry says nothing about any other question.
/// </summary>
internal static class Entry
{
    /// <summary>No entry is longer, in bytes.</summary>
    public const int Longest = 8 * 1024;

    private const byte Format = 1;
    private const int BuildAt = 1;
    private const int NameAt = BuildAt + BuildSize;
    private const int RulingAt = NameAt + HMACSHA256.HashSizeInBytes;
    private const int MacSize = HMACSHA256.HashSizeInBytes;

    public const int BuildSize = 16;

    /// <summary>This build: who judges differently writes differently. Replicas of two builds share a Redis and never an entry.</summary>
    public static ReadOnlyMemory<byte> Build { get; } =
        SHA256
            .HashData([
                .. typeof(Evaluator).Assembly.ManifestModule.ModuleVersionId.ToByteArray(),
                .. typeof(Entry).Assembly.ManifestModule.ModuleVersionId.ToByteArray(),
            ])
            .AsMemory(0, BuildSize);

    /// <summary>A name for the question that only who has the key can make: 32 bytes.</summary>
    public static byte[] NameOf(string question, byte[] key) => HMACSHA256.HashData(key, Bytes(question));

    /// <summary>Null where the ruling is too long to keep.</summary>
    public static byte[]? Seal(string question, ReadOnlySpan<byte> name, Ruling ruling, byte[] key, ReadOnlySpan<byte> build)
    {
        Span<byte> buffer = stackalloc byte[Longest];
        buffer[0] = Format;
        build.CopyTo(buffer[BuildAt..]);
        name.CopyTo(buffer[NameAt..]);
        if (!EntryPayload.TryWrite(ruling, buffer[RulingAt..^MacSize], out var length))
        {
            return null;
        }
        var signed = buffer[..(RulingAt + length)];
        Sign(question, signed, key, buffer[signed.Length..]);
        return buffer[..(signed.Length + MacSize)].ToArray();
    }

    /// <summary>The ruling, if <paramref name="entry"/> was sealed for <paramref name="question"/> by one of <paramref name="keys"/> and this build.</summary>
    /// <remarks>Never throws, whatever the bytes are.</remarks>
    public static (Ruling? Ruling, Rejection Cause) Open(
        string question,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> entry,
        IEnumerable<byte[]> keys,
        ReadOnlySpan<byte> build
    )
    {
        if (entry.Length is < RulingAt + MacSize or > Longest)
        {
            return (null, Rejection.Malformed);
        }
        if (entry[0] != Format || !entry[BuildAt..NameAt].SequenceEqual(build))
        {
            return (null, Rejection.Version);
        }
        if (!entry[NameAt..RulingAt].SequenceEqual(name))
        {
            return (null, Rejection.Key);
        }
        if (!IsSigned(question, entry[..^MacSize], entry[^MacSize..], keys))
        {
            return (null, Rejection.Mac);
        }
        return (EntryPayload.Read(entry[RulingAt..^MacSize]), Rejection.Malformed);
    }

    private static bool IsSigned(string question, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> mac, IEnumerable<byte[]> keys)
    {
        Span<byte> expected = stackalloc byte[MacSize];
        foreach (var key in keys)
        {
            Sign(question, signed, key, expected);
            if (CryptographicOperations.FixedTimeEquals(expected, mac))
            {
                return true;
            }
        }
        return false;
    }

    private static void Sign(string question, ReadOnlySpan<byte> signed, byte[] key, Span<byte> mac)
    {
        var text = Bytes(question);
        var size = Prefix.Length + sizeof(int) + text.Length + signed.Length;
        var whole = ArrayPool<byte>.Shared.Rent(size); // hashed in one go: an incremental MAC costs several times as much
        Prefix.CopyTo(whole);
        BinaryPrimitives.WriteInt32BigEndian(whole.AsSpan(Prefix.Length), text.Length);
        text.CopyTo(whole.AsSpan(Prefix.Length + sizeof(int)));
        signed.CopyTo(whole.AsSpan(size - signed.Length)); // format, build and name among it
        HMACSHA256.HashData(key, whole.AsSpan(0, size), mac);
        ArrayPool<byte>.Shared.Return(whole);
    }

    private static ReadOnlySpan<byte> Prefix => "dec1"u8;

    /// <summary>As it is in memory: no two texts become the same bytes, however broken their characters.</summary>
    private static ReadOnlySpan<byte> Bytes(string text) => MemoryMarshal.AsBytes(text.AsSpan());
}
