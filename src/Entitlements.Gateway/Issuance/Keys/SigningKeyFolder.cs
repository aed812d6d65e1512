using System.Security.Cryptography;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary><c>Issuance:SigningKeys</c>: private keys that the operator keeps.</summary>
internal static class SigningKeyFolder
{
    /// <summary>The keys in order of file name, each once.</summary>
    /// <exception cref="SettingsException">There is no such folder, no key in it, or a file that is none.</exception>
    public static List<SigningKey> Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new SettingsException("Issuance:SigningKeys: there is no such folder.");
        }
        var keys = Directory
            .GetFiles(folder)
            .Where(file => Path.GetExtension(file) is ".pem" or ".key" or ".jwk" or ".json")
            .Order(StringComparer.Ordinal)
            .Select(ReadFile)
            .DistinctBy(key => key.KeyId, StringComparer.Ordinal)
            .ToList();
        return keys.Count > 0 ? keys : throw new SettingsException("Issuance:SigningKeys: no .pem, .key, .jwk or .json file is in the folder.");
    }

    private static SigningKey ReadFile(string file)
    {
        try
        {
            return SigningKey.FromText(File.ReadAllText(file));
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"Issuance:SigningKeys: {Path.GetFileName(file)} cannot be read as a PEM or JWK private key on P-256.");
        }
    }
}
