using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Entitlements.Gateway.Hosting;

/// <summary>SHA-256 of the first <c>Authorization</c> header of a request, whole: two that share one cannot be made. Computed once a request.</summary>
internal sealed record CredentialDigest(UInt128 High, UInt128 Low)
{
    /// <summary>Null where none is shown.</summary>
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
        var digest = Of(shown);
        http.Features.Set(digest);
        return digest;
    }

    public static CredentialDigest Of(string shown)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(shown.AsSpan()), hash);
        return new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
    }
}
