using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Entitlements.Gateway.Hosting;

/// <summary>SHA-256 of the first <c>Authorization</c> header of a request, whole: two that share one cannot be made. Computed once a request.</summary>
internal sealed record CredentialDigest(UInt128 High, UInt128 Low)
{
    /// <summary>Null where none is shown, or what is shown is no ASCII and so no credential.</summary>
    public static CredentialDigest? Of(HttpContext http)
    {
        if (http.Features.Get<CredentialDigest>() is { } known)
        {
            return known;
        }
        if (http.Request.Headers.Authorization is not [{ Length: > 0 } shown, ..])
        {
            return null;
        }
        if (Of(shown) is { } digest)
        {
            http.Features.Set(digest);
            return digest;
        }
        return null;
    }

    public static CredentialDigest? Of(string shown)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(shown.Length);
        try
        {
            if (Ascii.FromUtf16(shown, bytes, out var length) != OperationStatus.Done)
            {
                return null;
            }
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes.AsSpan(0, length), hash);
            return new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
    }
}
