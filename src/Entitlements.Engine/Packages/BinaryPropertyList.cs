using System.Buffers.Binary;
using System.Text;

namespace Entitlements.Engine.Packages;

/// <summary>Apple's binary property list. Source: CFBinaryPList.c (opensource.apple.com): objects, a table of where they are, a trailer of 32 bytes.</summary>
internal sealed class BinaryPropertyList
{
    private const int Trailer = 32;
    private readonly byte[] _file;
    private readonly int _offsetSize;
    private readonly int _referenceSize;
    private readonly long _count;
    private readonly long _top;
    private readonly long _tableAt;
    private int _values;
    private int _budget;

    public BinaryPropertyList(byte[] file)
    {
        var trailer = file.AsSpan(file.Length - Trailer);
        (_file, _offsetSize, _referenceSize, _budget) = (file, trailer[6], trailer[7], 2 * file.Length);
        _count = BinaryPrimitives.ReadInt64BigEndian(trailer[8..]);
        _top = BinaryPrimitives.ReadInt64BigEndian(trailer[16..]);
        _tableAt = BinaryPrimitives.ReadInt64BigEndian(trailer[24..]);
        if (_offsetSize is < 1 or > 8 || _referenceSize is < 1 or > 8 || _count is < 1 or > int.MaxValue)
        {
            throw PropertyList.Unreadable();
        }
    }

    public object? Read() => ReadObject(_top, 1);

    private object? ReadObject(long number, int depth)
    {
        PropertyList.Bound(depth, ref _values);
        if (number < 0 || number >= _count)
        {
            throw PropertyList.Unreadable();
        }
        var at = checked((int)Number(checked((int)(_tableAt + number * _offsetSize)), _offsetSize));
        var (kind, small) = (_file[at] >> 4, _file[at] & 0x0f);
        at++;
        return kind switch
        {
            0x5 => Encoding.Latin1.GetString(Bytes(ref at, small, 1)),
            0x6 => Encoding.BigEndianUnicode.GetString(Bytes(ref at, small, 2)),
            0xa => ReadList(at, small, depth),
            0xd => ReadDictionary(at, small, depth),
            _ => null,
        };
    }

    private List<object> ReadList(int at, int small, int depth)
    {
        var count = Count(ref at, small);
        var list = new List<object>();
        for (var i = 0; i < count; i++)
        {
            if (ReadObject(Reference(at, i), depth + 1) is { } value)
            {
                list.Add(value);
            }
        }
        return list;
    }

    private Dictionary<string, object> ReadDictionary(int at, int small, int depth)
    {
        var count = Count(ref at, small);
        var dictionary = new Dictionary<string, object>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var key = ReadObject(Reference(at, i), depth + 1) as string ?? throw PropertyList.Unreadable();
            if (ReadObject(Reference(at, count + i), depth + 1) is { } value && !dictionary.TryAdd(key, value))
            {
                throw PropertyList.Unreadable(); // said twice
            }
        }
        return dictionary;
    }

    private long Reference(int at, int i) => Number(checked(at + i * _referenceSize), _referenceSize);

    /// <summary>Texts may be shared: all that are read, again and again, are together no longer than the file could hold.</summary>
    private ReadOnlySpan<byte> Bytes(ref int at, int small, int size)
    {
        var length = checked(Count(ref at, small) * size);
        _budget -= length;
        return _budget >= 0 ? _file.AsSpan(at, length) : throw PropertyList.Unreadable();
    }

    /// <summary>A small one stands in the marker, a larger one in an integer behind it.</summary>
    private int Count(ref int at, int small)
    {
        if (small != 0x0f)
        {
            return small;
        }
        var marker = _file[at];
        var size = 1 << (marker & 0x0f);
        if (marker >> 4 != 0x1 || size > 8)
        {
            throw PropertyList.Unreadable();
        }
        var count = Number(at + 1, size);
        at += 1 + size;
        return count is >= 0 and <= int.MaxValue ? (int)count : throw PropertyList.Unreadable();
    }

    private long Number(int at, int size)
    {
        long number = 0;
        foreach (var one in _file.AsSpan(at, size))
        {
            number = (number << 8) | one;
        }
        return number;
    }
}
