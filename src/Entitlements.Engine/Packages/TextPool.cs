using System.Text;
using static Entitlements.Engine.Packages.BinaryXml;

namespace Entitlements.Engine.Packages;

/// <summary>The texts of a binary XML file, read when they are asked for.</summary>
/// <remarks>A hostile pool lets a million entries point to one long text: so each is read once, and all of them together are no longer than the pool could honestly hold.</remarks>
internal sealed class TextPool
{
    private readonly byte[] _chunk;
    private readonly int _header;
    private readonly int _start;
    private readonly bool _isUtf8;
    private readonly string?[] _read;
    private int _budget;

    public TextPool(ReadOnlySpan<byte> chunk, int header)
    {
        var count = U32(chunk, 8);
        if (count > (uint)(chunk.Length - header) / 4)
        {
            throw Unreadable();
        }
        (_chunk, _header, _start, _budget) = (chunk.ToArray(), header, (int)U32(chunk, 20), 2 * chunk.Length);
        _isUtf8 = (U32(chunk, 16) & 0x100) != 0;
        _read = new string?[count];
    }

    public string this[uint index]
    {
        get
        {
            var text = _read[index] ??= ReadAt(_chunk.AsSpan(_start)[(int)U32(_chunk, _header + 4 * (int)index)..]);
            return text;
        }
    }

    private string ReadAt(ReadOnlySpan<byte> bytes)
    {
        var length = _isUtf8 ? Utf8Length(ref bytes) : Utf16Length(ref bytes);
        _budget -= length;
        return _budget < 0 ? throw Unreadable()
            : _isUtf8 ? Encoding.UTF8.GetString(bytes[..length])
            : Encoding.Unicode.GetString(bytes[..length]);
    }

    /// <summary>Behind the length in UTF-16, which nobody needs.</summary>
    private static int Utf8Length(ref ReadOnlySpan<byte> bytes)
    {
        OneLength(ref bytes);
        return OneLength(ref bytes);

        static int OneLength(ref ReadOnlySpan<byte> bytes)
        {
            var isLong = (bytes[0] & 0x80) != 0;
            var length = isLong ? ((bytes[0] & 0x7f) << 8) | bytes[1] : bytes[0];
            bytes = bytes[(isLong ? 2 : 1)..];
            return length;
        }
    }

    private static int Utf16Length(ref ReadOnlySpan<byte> bytes)
    {
        int units = U16(bytes, 0);
        bytes = bytes[2..];
        if ((units & 0x8000) != 0)
        {
            units = ((units & 0x7fff) << 16) | U16(bytes, 0);
            bytes = bytes[2..];
        }
        return checked(2 * units);
    }
}
