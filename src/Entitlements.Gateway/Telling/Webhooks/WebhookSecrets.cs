using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace Entitlements.Gateway.Telling.Webhooks;

/// <summary>The keys that sign what webhooks get: made here, shown once, kept wrapped and bound to their webhook.</summary>
/// <remarks>Source: Standard Webhooks 1.0, symmetric signatures: <c>v1,base64(HMAC-SHA256(key, id.timestamp.body))</c>.</remarks>
internal sealed class WebhookSecrets(IDataProtectionProvider protection)
{
    private const int Size = 32;

    /// <summary>A new key: as its owner is shown it, and as the row keeps it.</summary>
    public (string Shown, byte[] Wrapped) Create(string tenant, string webhook)
    {
        var key = RandomNumberGenerator.GetBytes(Size);
        return ($"whsec_{Convert.ToBase64String(key)}", WrapOf(tenant, webhook).Protect(key));
    }

    /// <summary>Signs by the key in force and, while the one before it still counts, by that as well.</summary>
    /// <param name="timestamp">Seconds since 1970, of this attempt.</param>
    /// <exception cref="CryptographicException">The key is not one that was wrapped here for this webhook.</exception>
    public string Sign(WebhookRow webhook, string message, long timestamp, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var wrap = WrapOf(webhook.Tenant, webhook.Id);
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{message}.{timestamp}.")), .. body];
        var current = SignatureOf(wrap.Unprotect(webhook.WrappedSecret), signed);
        return webhook.WrappedPrevious is { } previous && webhook.PreviousUntil > now ? $"{current} {SignatureOf(wrap.Unprotect(previous), signed)}" : current;
    }

    private static string SignatureOf(byte[] key, byte[] signed) => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}";

    private IDataProtector WrapOf(string tenant, string webhook) => protection.CreateProtector("Entitlements.Telling.WebhookSecret.v1", tenant, webhook);
}
