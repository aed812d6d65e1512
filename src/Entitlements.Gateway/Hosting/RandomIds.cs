using System.Security.Cryptography;

namespace Entitlements.Gateway.Hosting;

/// <summary>Ids of 128 random bits. One call of the system's generator serves 64 of them.</summary>
internal static class RandomIds
{
    private const int Size = 16;

    [ThreadStatic]
    private static byte[]? _pool;

    [ThreadStatic]
    private static int _left;

    /// <summary><paramref name="prefix"/> and 32 lower-case hex digits.</summary>
    public static string New(ReadOnlySpan<char> prefix = default)
    {
        var pool = _pool ??= new byte[64 * Size];
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(pool);
            _left = pool.Length;
        }
        _left -= Size;
        var bits = pool.AsSpan(_left, Size);
        Span<char> hex = stackalloc char[2 * Size];
        Convert.TryToHexStringLower(bits, hex, out _);
        bits.Clear(); // what was given out is nowhere else
        return string.Concat(prefix, hex);
    }
}
