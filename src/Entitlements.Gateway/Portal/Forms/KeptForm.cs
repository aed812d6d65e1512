using System.Security.Cryptography;
using System.Text.Json;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

namespace Entitlements.Gateway.Portal.Forms;

/// <summary>Keeps what was typed while somebody signs in again: sealed, in the browser, for the same person and page alone, for a quarter of an hour.</summary>
internal sealed class KeptForm(IDataProtectionProvider protection)
{
    private const string Cookie = "entitlements.kept";

    /// <summary>Beyond that headers would be too long, and nothing is kept but by the browser's own back button.</summary>
    private const int Longest = 12 * 1024;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);
    private static readonly ChunkingCookieManager Chunks = new();

    private readonly ITimeLimitedDataProtector _seal = protection.CreateProtector("Entitlements.Portal.KeptForm").ToTimeLimitedDataProtector();

    /// <param name="person">Whose it is, as <see cref="Caller.Key"/> says.</param>
    public void Keep(HttpContext context, string person, Form form)
    {
        var kept = new Kept(person, context.Request.Path, form.Values.ToDictionary(v => v.Key, v => v.Value.ToArray()!));
        var text = _seal.Protect(StoredJson.Write(kept), Lifetime);
        if (text.Length <= Longest)
        {
            Chunks.AppendResponseCookie(context, Cookie, text, OptionsOf(context));
        }
    }

    /// <summary>What was kept for this person and page goes back into the form, once.</summary>
    public bool GiveBack(HttpContext context, Caller person, Form form)
    {
        if (
            Chunks.GetRequestCookie(context, Cookie) is not { } text
            || Open(text) is not { } kept
            || kept.Person != person.Key
            || kept.Page != context.Request.Path
        )
        {
            return false;
        }
        Chunks.DeleteCookie(context, Cookie, OptionsOf(context));
        foreach (var (field, values) in kept.Values)
        {
            form.Put(field, values);
        }
        return true;
    }

    private Kept? Open(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Kept>(_seal.Unprotect(text), StoredJson.Options);
        }
        catch (Exception fault) when (fault is CryptographicException or JsonException or FormatException)
        {
            return null; // too old, or not ours
        }
    }

    private static CookieOptions OptionsOf(HttpContext context) =>
        new()
        {
            HttpOnly = true,
            Secure = context.Request.IsHttps,
            SameSite = SameSiteMode.Lax,
            Path = "/",
            MaxAge = Lifetime,
            IsEssential = true,
        };

    private sealed record Kept(string Person, string Page, Dictionary<string, string?[]> Values);
}
