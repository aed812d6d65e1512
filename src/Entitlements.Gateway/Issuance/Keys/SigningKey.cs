using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>A P-256 key that signs or signed entitlement tokens. Its id is its RFC 7638 thumbprint, so no two keys share one and nobody chooses it.</summary>
internal sealed class SigningKey
{
    private const int Coordinate = 32;

    private readonly ECParameters _parameters;

    private SigningKey(ECParameters parameters)
    {
        _parameters = parameters;
        (X, Y) = (Base64Url.EncodeToString(parameters.Q.X), Base64Url.EncodeToString(parameters.Q.Y));
        KeyId = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{X}}","y":"{{Y}}"}""")));
    }

    public string KeyId { get; }

    /// <summary>First instant at which it signs.</summary>
    public DateTimeOffset SignsFrom { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>The public point, base64url.</summary>
    public string X { get; }

    /// <inheritdoc cref="X"/>
    public string Y { get; }

    public static SigningKey Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new(key.ExportParameters(includePrivateParameters: true));
    }

    /// <exception cref="CryptographicException">Not a private key on P-256.</exception>
    public static SigningKey FromPkcs8(ReadOnlySpan<byte> pkcs8)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return Of(key);
    }

    /// <summary>Reads a PEM or JWK file.</summary>
    /// <exception cref="CryptographicException">Not a private key on P-256.</exception>
    public static SigningKey FromText(string text)
    {
        using var key = ECDsa.Create();
        try
        {
            if (text.AsSpan().TrimStart().StartsWith("{"))
            {
                key.ImportParameters(FromJwk(text));
            }
            else
            {
                key.ImportFromPem(text);
            }
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CryptographicException("not a PEM or JWK private key on P-256", fault);
        }
        return Of(key);
    }

    public SigningKey From(DateTimeOffset signsFrom) => new(_parameters) { SignsFrom = signsFrom };

    /// <summary>ES256 (RFC 7518 §3.4): r and s, 32 bytes each.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        using var key = ECDsa.Create(_parameters); // one per use: an instance is not for several threads
        return key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    public bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create(_parameters);
        return signature.Length == 2 * Coordinate
            && key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    public byte[] ExportPkcs8()
    {
        using var key = ECDsa.Create(_parameters);
        return key.ExportPkcs8PrivateKey();
    }

    public byte[] ExportPublic()
    {
        using var key = ECDsa.Create(_parameters);
        return key.ExportSubjectPublicKeyInfo();
    }

    private static SigningKey Of(ECDsa key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: true);
        return parameters.Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value && parameters.D is { Length: Coordinate }
            ? new(parameters)
            : throw new CryptographicException("the key is not on P-256");
    }

    private static ECParameters FromJwk(string json)
    {
        using var document = JsonDocument.Parse(json);
        var jwk = document.RootElement;
        byte[] Member(string name) => Base64Url.DecodeFromChars(jwk.GetProperty(name).GetString());
        return jwk.GetProperty("kty").GetString() == "EC" && jwk.GetProperty("crv").GetString() == "P-256"
            ? new()
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new() { X = Member("x"), Y = Member("y") },
                D = Member("d"),
            }
            : throw new CryptographicException("the key is not on P-256");
    }
}
