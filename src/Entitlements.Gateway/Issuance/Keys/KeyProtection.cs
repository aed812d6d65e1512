using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary><c>Keys:Protection</c>: the certificate, outside the database, that wraps every key inside it.</summary>
internal static class KeyProtection
{
    private const string Setting = "Keys:Protection";

    public static void AddKeyProtection(this WebApplicationBuilder builder)
    {
        var keys = builder.Services.AddDataProtection().SetApplicationName("entitlements").PersistKeysToDbContext<EntitlementsDb>();
        var (certificate, fault) = Load(builder.Configuration[Setting], builder.Environment.IsDevelopment());
        if (certificate is not null)
        {
            keys.ProtectKeysWithCertificate(certificate);
        }
        builder.Services.AddSettingsCheck(_ =>
        {
            if (fault is not null)
            {
                throw new SettingsException($"{Setting}: {fault}");
            }
        });
    }

    private static (X509Certificate2? Certificate, string? Fault) Load(string? path, bool isDevelopment)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            return (
                null,
                isDevelopment ? null : "is required: the path of a certificate with its private key (PFX without password, or PEM), kept outside the database."
            );
        }
        try
        {
            var certificate =
                File.ReadAllBytes(path) is var bytes && bytes.AsSpan().IndexOf("-----BEGIN"u8) >= 0
                    ? X509Certificate2.CreateFromPemFile(path)
                    : X509CertificateLoader.LoadPkcs12(bytes, password: null);
            return certificate.GetRSAPrivateKey() is null ? (null, "the certificate must have an RSA private key in the same file.") : (certificate, null);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return (null, "the file cannot be read as a certificate with its private key (PFX without password, or PEM).");
        }
    }
}
