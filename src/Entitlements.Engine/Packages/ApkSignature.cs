using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Entitlements.Engine.Packages;

/// <summary>
/// Verifies an Android package against its own signing block, scheme v3 before v2, and names the signer. A file with neither (v1 alone, which does not cover the whole
/// file, or none) has no signer here. Source: source.android.com, APK Signature Scheme v2 and v3.
/// </summary>
internal static class ApkSignature
{
    private const uint SchemeV2 = 0x7109871a;
    private const uint SchemeV3 = 0xf05368c0;
    private const int Footer = 24;
    private const int LongestBlock = 8 * 1024 * 1024;
    private const int ChunkSize = 1024 * 1024;

    /// <returns>SHA-256 of the signer's certificate, 64 lower-case hex digits; null where nothing signed the whole file.</returns>
    /// <exception cref="PackageException">There is a signature and it is not that of these bytes, or there is more than one signer.</exception>
    public static string? Verify(Stream file, ZipDirectory directory)
    {
        if (directory.ListAt < Footer + 8)
        {
            return null;
        }
        var footer = ZipDirectory.ReadAt(file, directory.ListAt - Footer, Footer);
        if (!footer.AsSpan(8).SequenceEqual("APK Sig Block 42"u8))
        {
            return null;
        }
        var size = BinaryPrimitives.ReadUInt64LittleEndian(footer); // all but its own first eight bytes
        if (size < Footer || size > LongestBlock || (long)size + 8 > directory.ListAt)
        {
            throw Invalid();
        }
        var blockAt = directory.ListAt - (long)size - 8;
        var block = ZipDirectory.ReadAt(file, blockAt, (int)size + 8 - Footer);
        try
        {
            var pairs = BinaryPrimitives.ReadUInt64LittleEndian(block) == size ? block.AsSpan(8) : throw Invalid();
            var scheme = Find(pairs, SchemeV3, out var isV3);
            scheme = isV3 ? scheme : Find(pairs, SchemeV2, out _);
            return scheme.IsEmpty ? null : VerifySigner(file, directory, blockAt, scheme, isV3);
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            throw Invalid(); // an offset led outside of the block, or a key or certificate is none
        }
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> pairs, uint id, out bool found)
    {
        while (!pairs.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt64LittleEndian(pairs);
            var pair = length is >= 4 and <= LongestBlock ? pairs.Slice(8, (int)length) : throw Invalid();
            if (BinaryPrimitives.ReadUInt32LittleEndian(pair) == id)
            {
                found = true;
                return pair[4..];
            }
            pairs = pairs[(8 + (int)length)..];
        }
        found = false;
        return [];
    }

    private static string VerifySigner(Stream file, ZipDirectory directory, long blockAt, ReadOnlySpan<byte> scheme, bool isV3)
    {
        var signers = Take(ref scheme);
        var signer = Take(ref signers);
        if (!signers.IsEmpty)
        {
            throw new PackageException(PackageFault.SignatureInvalid, "The package has several signers: an app has one.");
        }
        var signed = Take(ref signer);
        if (isV3)
        {
            signer = signer[8..]; // versions of the system that it is for
        }
        var signatures = Take(ref signer);
        var key = Take(ref signer);
        var algorithm = VerifyOne(signatures, key, signed);
        var digests = Take(ref signed);
        var certificates = Take(ref signed);
        using var certificate = X509CertificateLoader.LoadCertificate(Take(ref certificates));
        if (!certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key))
        {
            throw Invalid();
        }
        var hash = HashOf(algorithm);
        if (!ContentDigest(file, directory, blockAt, hash).AsSpan().SequenceEqual(DigestOf(digests, algorithm)))
        {
            throw Invalid();
        }
        return Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));
    }

    /// <summary>Verifies the first signature whose algorithm we know; returns the algorithm.</summary>
    private static uint VerifyOne(ReadOnlySpan<byte> signatures, ReadOnlySpan<byte> key, ReadOnlySpan<byte> signed)
    {
        while (!signatures.IsEmpty)
        {
            var one = Take(ref signatures);
            var algorithm = BinaryPrimitives.ReadUInt32LittleEndian(one);
            one = one[4..];
            if (IsKnown(algorithm))
            {
                return IsSignature(algorithm, key, signed, Take(ref one)) ? algorithm : throw Invalid();
            }
        }
        throw new PackageException(
            PackageFault.SignatureInvalid,
            "The package is signed by none of the ways that we know (RSA or ECDSA with SHA-256 or SHA-512)."
        );
    }

    private static bool IsKnown(uint algorithm) => algorithm is >= 0x0101 and <= 0x0104 or 0x0201 or 0x0202;

    private static HashAlgorithmName HashOf(uint algorithm) => algorithm is 0x0101 or 0x0103 or 0x0201 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;

    private static bool IsSignature(uint algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        if (algorithm is 0x0201 or 0x0202)
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(key, out _);
            return ecdsa.VerifyData(signed, signature, HashOf(algorithm), DSASignatureFormat.Rfc3279DerSequence);
        }
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(key, out _);
        return rsa.VerifyData(signed, signature, HashOf(algorithm), algorithm is 0x0101 or 0x0102 ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }

    private static ReadOnlySpan<byte> DigestOf(ReadOnlySpan<byte> digests, uint algorithm)
    {
        while (!digests.IsEmpty)
        {
            var one = Take(ref digests);
            if (BinaryPrimitives.ReadUInt32LittleEndian(one) == algorithm)
            {
                one = one[4..];
                return Take(ref one);
            }
        }
        throw Invalid();
    }

    /// <summary>One digest over those of each MiB of the entries, of the list, and of the end as it was before the block was put in between.</summary>
    private static byte[] ContentDigest(Stream file, ZipDirectory directory, long blockAt, HashAlgorithmName algorithm)
    {
        var end = ZipDirectory.ReadAt(file, directory.EndAt, (int)(file.Length - directory.EndAt));
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), (uint)blockAt);
        using var top = IncrementalHash.CreateHash(algorithm);
        (Stream From, long At, long Length)[] sections =
        [
            (file, 0, blockAt),
            (file, directory.ListAt, directory.EndAt - directory.ListAt),
            (new MemoryStream(end), 0, end.Length),
        ];
        Span<byte> prefix = [0x5a, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(prefix[1..], (uint)sections.Sum(s => (s.Length + ChunkSize - 1) / ChunkSize));
        top.AppendData(prefix);
        var buffer = new byte[ChunkSize];
        foreach (var (from, at, length) in sections)
        {
            from.Position = at;
            for (var left = length; left > 0; left -= ChunkSize)
            {
                var chunk = buffer.AsSpan(0, (int)Math.Min(left, ChunkSize));
                from.ReadExactly(chunk);
                top.AppendData(DigestOfChunk(chunk, algorithm));
            }
        }
        return top.GetHashAndReset();
    }

    private static byte[] DigestOfChunk(ReadOnlySpan<byte> chunk, HashAlgorithmName algorithm)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        Span<byte> prefix = [0xa5, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(prefix[1..], chunk.Length);
        hash.AppendData(prefix);
        hash.AppendData(chunk);
        return hash.GetHashAndReset();
    }

    /// <summary>What a length of four bytes stands before; what is behind it is left.</summary>
    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var taken = bytes.Slice(4, length);
        bytes = bytes[(4 + length)..];
        return taken;
    }

    private static PackageException Invalid() => new(PackageFault.SignatureInvalid, "The package's signature is not that of its bytes.");
}
