using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Claims;
using System.Security.Cryptography;
using BitFaster.Caching.Lru;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Entitlements.Gateway.Identity;

/// <summary>A token that passed every check.</summary>
/// <param name="Principal">Shared by all requests that bring it, so never altered.</param>
/// <param name="Keys">The provider's keys it was judged by: with other keys it is judged anew.</param>
/// <param name="Until">Its <c>exp</c>, without the skew that the checks allow.</param>
internal sealed record RememberedToken(
    ClaimsPrincipal Principal,
    TrustedProvider Provider,
    OpenIdConnectConfiguration Keys,
    DateTimeOffset From,
    DateTimeOffset Until
);

/// <summary>Tokens that passed, by SHA-256 of the whole token, so that a signature is verified once and not with each request. What failed is not kept.</summary>
/// <remarks>ES256 costs more than three times what a bare server needs to answer a request; this makes it a twentieth.</remarks>
internal sealed class TokenMemory(TimeProvider clock)
{
    /// <summary>At about 3 KiB each.</summary>
    private const int Most = 10_000;

    private readonly ConcurrentLru<Digest, RememberedToken> _tokens = new(Environment.ProcessorCount, Most, EqualityComparer<Digest>.Default);

    /// <summary>The token as it was judged, while it lives; whether its keys still count, the caller sees to.</summary>
    public RememberedToken? Find(string token) =>
        _tokens.TryGet(Digest.Of(token), out var found) && clock.GetUtcNow() is var now && found.From <= now && now < found.Until ? found : null;

    public void Keep(string token, ClaimsPrincipal principal, TrustedProvider provider, OpenIdConnectConfiguration keys, DateTimeOffset until)
    {
        if (clock.GetUtcNow() is var now && now < until)
        {
            _tokens.AddOrUpdate(Digest.Of(token), new(principal, provider, keys, now, until));
        }
    }

    /// <summary>SHA-256, whole: two tokens that share one cannot be made.</summary>
    private readonly record struct Digest(UInt128 High, UInt128 Low)
    {
        public static Digest Of(string token)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(MemoryMarshal.AsBytes(token.AsSpan()), hash);
            return new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
        }
    }
}
