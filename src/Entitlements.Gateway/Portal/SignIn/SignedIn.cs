using System.Text.Json;
using Entitlements.Gateway.Identity;
using Microsoft.AspNetCore.Authentication;

namespace Entitlements.Gateway.Portal.SignIn;

/// <summary>What a session keeps of the sign-in: the verified ID token's content, read anew by the settings of the day with each request.</summary>
internal static class SignedIn
{
    private const string Content = "id_token";
    private const string Person = "person";
    private const string Began = "began";

    /// <summary>Null where the token names nobody: then nobody is signed in.</summary>
    /// <param name="content">Of an ID token whose signature, issuer, audience, nonce and times hold; JSON.</param>
    public static AuthenticationProperties? Keep(ReadOnlyMemory<byte> content, TrustedProvider provider, DateTimeOffset now)
    {
        var claims = JsonElement.Parse(content.Span, new JsonDocumentOptions { AllowDuplicateProperties = false }); // as all of us would read it
        if (Read(claims, provider) is not { Subject: { } subject })
        {
            return null;
        }
        var properties = new AuthenticationProperties();
        properties.Items[Content] = claims.GetRawText();
        properties.Items[Person] = KeyOf(provider, subject);
        properties.Items[Began] = now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        return properties;
    }

    /// <summary>As <see cref="Caller.Key"/> says it.</summary>
    public static string PersonOf(AuthenticationProperties session) => session.Items[Person] ?? throw new InvalidDataException("The session is nobody's.");

    public static DateTimeOffset BeganAt(AuthenticationProperties session) =>
        DateTimeOffset.FromUnixTimeSeconds(long.Parse(session.Items[Began]!, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Null where its provider is not trusted any more.</summary>
    public static VerifiedToken? Read(AuthenticationProperties session, TrustedProviders providers)
    {
        var content = JsonElement.Parse(session.Items[Content]!);
        return content.GetProperty("iss").GetString() is { } issuer && providers.ByIssuer(issuer) is { Portal: not null } provider
            ? Read(content, provider)
            : null;
    }

    private static VerifiedToken? Read(JsonElement content, TrustedProvider provider)
    {
        var claims = new ClaimReader(content);
        var (subject, issuedAt) = (claims.RequiredText(provider.SubjectClaim), claims.RequiredInstant("iat"));
        return claims.Fault is not null
            ? null
            : new(
                provider.Issuer,
                provider.Dialect.Name,
                subject,
                provider.Portal!.ClientId,
                ProvenClient: false,
                System.Collections.Frozen.FrozenSet<string>.Empty,
                issuedAt!.Value,
                provider.Tenants
            )
            {
                SignIn = provider.StepUp.Read(claims, provider.Dialect),
            };
    }

    private static string KeyOf(TrustedProvider provider, string subject) => $"person:{provider.Issuer}|{subject}";
}
