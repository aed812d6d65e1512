using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Entitlements.Gateway.Tests.Keys;

/// <summary>Files for <c>Keys:Protection</c>.</summary>
internal static class Certificates
{
    /// <summary>A PFX without password.</summary>
    public static async Task WriteAsync(string file)
    {
        using var rsa = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=test", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(
            now.AddDays(-1),
            now.AddDays(1)
        );
        await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pkcs12));
    }
}
