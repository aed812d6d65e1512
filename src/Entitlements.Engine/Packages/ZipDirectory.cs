using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Entitlements.Engine.Packages;

/// <summary>
/// The list of what is in a ZIP file, looked over before anything is unpacked. Bounded: at most 65,535 entries, a list of 16 MiB, and never more than what one
/// entry may take in memory. Source: PKWARE APPNOTE 6.3.10 §4.3; ZIP64, encryption and split files are no part of an app's package.
/// </summary>
internal sealed class ZipDirectory
{
    private const int EndSize = 22;
    private const int EntrySize = 46;
    private const int LocalSize = 30;
    private const int LongestComment = ushort.MaxValue;
    private const int LongestList = 16 * 1024 * 1024;
    private const long MostUnpacked = 16L * 1024 * 1024 * 1024;

    /// <summary>DEFLATE cannot do better than 1,032 to 1; a package of apps is nowhere near.</summary>
    private const int SteepestRatio = 200;

    private readonly Stream _file;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);

    private ZipDirectory(Stream file) => _file = file;

    /// <summary>First byte of the list.</summary>
    public long ListAt { get; private init; }

    /// <summary>First byte of the record behind the list.</summary>
    public long EndAt { get; private init; }

    public IEnumerable<string> Names => _entries.Keys;

    /// <param name="file">Can seek; stays open.</param>
    /// <exception cref="PackageException">It is none that an app comes in.</exception>
    public static ZipDirectory Read(Stream file)
    {
        var endAt = FindEnd(file, out var end);
        var (count, size, at) = (
            BinaryPrimitives.ReadUInt16LittleEndian(end.AsSpan(10)),
            BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(12)),
            BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(16))
        );
        var ofThisDisk = BinaryPrimitives.ReadUInt16LittleEndian(end.AsSpan(8));
        if (BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(4)) != 0 || ofThisDisk != count)
        {
            throw new PackageException(PackageFault.Malformed, "The file is one of several, or its list says two different lengths.");
        }
        if (count == ushort.MaxValue || size > LongestList)
        {
            throw new PackageException(PackageFault.TooLarge, "The file lists more entries than any package has.");
        }
        if (at + (long)size != endAt)
        {
            throw new PackageException(PackageFault.Malformed, "The list of entries is not where the file says.");
        }
        var directory = new ZipDirectory(file) { ListAt = at, EndAt = endAt };
        directory.ReadList(ReadAt(file, at, (int)size), count);
        return directory;
    }

    /// <summary>The unpacked bytes of one entry; null where there is none of that name.</summary>
    /// <param name="most">Bytes that it may have at most.</param>
    public byte[]? Unpack(string name, int most)
    {
        if (!_entries.TryGetValue(name, out var entry))
        {
            return null;
        }
        if (entry.Size > most || entry.Packed > most)
        {
            throw new PackageException(PackageFault.TooLarge, "A manifest is larger than any manifest is.");
        }
        var local = ReadAt(_file, entry.At, LocalSize);
        var from = entry.At + LocalSize + BinaryPrimitives.ReadUInt16LittleEndian(local.AsSpan(26)) + BinaryPrimitives.ReadUInt16LittleEndian(local.AsSpan(28));
        if (BinaryPrimitives.ReadUInt32LittleEndian(local) != 0x04034b50 || from + entry.Packed > ListAt)
        {
            throw new PackageException(PackageFault.Malformed, "An entry is not where the list says.");
        }
        var packed = ReadAt(_file, from, (int)entry.Packed);
        var bytes = entry.Method == 0 ? packed : Inflate(packed, (int)entry.Size);
        return bytes.Length == entry.Size ? bytes : throw new PackageException(PackageFault.Malformed, "An entry is not as long as the list says.");
    }

    internal static byte[] ReadAt(Stream file, long at, int length)
    {
        var bytes = new byte[length];
        try
        {
            file.Position = at;
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (EndOfStreamException)
        {
            throw new PackageException(PackageFault.NotAPackage, "The file is cut short.");
        }
    }

    private static byte[] Inflate(byte[] packed, int size)
    {
        var bytes = new byte[size + 1]; // one more than there may be, so that a longer one is noticed
        try
        {
            using var inflate = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress);
            return bytes[..inflate.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            throw new PackageException(PackageFault.Malformed, "An entry cannot be unpacked.");
        }
    }

    /// <remarks>The comment may hold anything, so also what looks like another record: only one that reaches exactly to the end of the file counts, and two that do are a lie.</remarks>
    private static long FindEnd(Stream file, out byte[] end)
    {
        var length = (int)Math.Min(file.Length, EndSize + LongestComment);
        var tail = ReadAt(file, file.Length - length, length);
        long? found = null;
        end = [];
        for (var i = length - EndSize; i >= 0; i--)
        {
            var one = tail.AsSpan(i);
            if (BinaryPrimitives.ReadUInt32LittleEndian(one) != 0x06054b50 || EndSize + BinaryPrimitives.ReadUInt16LittleEndian(one[20..]) != one.Length)
            {
                continue;
            }
            if (found is not null)
            {
                throw new PackageException(PackageFault.Malformed, "The file has two lists of entries.");
            }
            (found, end) = (file.Length - length + i, one[..EndSize].ToArray());
        }
        return found ?? throw new PackageException(PackageFault.NotAPackage, "The file is no ZIP file, or is cut short.");
    }

    private void ReadList(ReadOnlySpan<byte> list, int count)
    {
        long packed = 0,
            unpacked = 0;
        for (var i = 0; i < count; i++)
        {
            var entry = ReadEntry(ref list, out var name);
            packed += entry.Packed;
            unpacked += entry.Size;
            if (!_entries.TryAdd(name, entry))
            {
                throw new PackageException(PackageFault.Malformed, "Two entries have the same name."); // and two readers would see two manifests
            }
        }
        if (!list.IsEmpty)
        {
            throw new PackageException(PackageFault.Malformed, "The list holds more than its entries.");
        }
        if (unpacked > MostUnpacked || unpacked > Math.Max(packed, 1024 * 1024) * SteepestRatio)
        {
            throw new PackageException(PackageFault.TooLarge, "The file would unpack to more than any package does.");
        }
    }

    private ZipEntry ReadEntry(ref ReadOnlySpan<byte> list, out string name)
    {
        if (list.Length < EntrySize || BinaryPrimitives.ReadUInt32LittleEndian(list) != 0x02014b50)
        {
            throw new PackageException(PackageFault.Malformed, "The list of entries breaks off.");
        }
        var (nameLength, rest) = (
            BinaryPrimitives.ReadUInt16LittleEndian(list[28..]),
            BinaryPrimitives.ReadUInt16LittleEndian(list[30..]) + BinaryPrimitives.ReadUInt16LittleEndian(list[32..])
        );
        if (list.Length < EntrySize + nameLength + rest)
        {
            throw new PackageException(PackageFault.Malformed, "The list of entries breaks off.");
        }
        name = Encoding.UTF8.GetString(list.Slice(EntrySize, nameLength));
        var entry = new ZipEntry(
            BinaryPrimitives.ReadUInt16LittleEndian(list[10..]),
            BinaryPrimitives.ReadUInt32LittleEndian(list[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(list[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(list[42..])
        );
        var isEncrypted = (BinaryPrimitives.ReadUInt16LittleEndian(list[8..]) & 1) != 0;
        var kind = BinaryPrimitives.ReadUInt32LittleEndian(list[38..]) >> 28; // of a Unix mode: 0 unsaid, 4 folder, 8 file, 10 link
        if (isEncrypted || entry.Method is not (0 or 8) || entry.At >= ListAt || (entry.Method == 0 && entry.Packed != entry.Size))
        {
            throw new PackageException(PackageFault.Malformed, "An entry is packed in a way that no package uses.");
        }
        if (LeadsOutside(name) || kind is not (0 or 4 or 8))
        {
            throw new PackageException(PackageFault.Malformed, "An entry's name leads outside of the package, or it is a link.");
        }
        list = list[(EntrySize + nameLength + rest)..];
        return entry;
    }

    private static bool LeadsOutside(string name) =>
        name.Length == 0
        || name[0] == '/'
        || name.AsSpan().ContainsAny('\\', ':', '\0')
        || name.AsSpan().ContainsAnyInRange('\u0001', '\u001f')
        || HasDots(name);

    private static bool HasDots(ReadOnlySpan<char> name)
    {
        foreach (var part in name.Split('/'))
        {
            if (name[part] is ".." or ".")
            {
                return true;
            }
        }
        return false;
    }

    /// <param name="Method">0 as it is, 8 deflated.</param>
    /// <param name="Packed">Bytes in the file.</param>
    /// <param name="Size">Bytes unpacked.</param>
    /// <param name="At">Of its own header.</param>
    private readonly record struct ZipEntry(ushort Method, uint Packed, uint Size, uint At);
}
