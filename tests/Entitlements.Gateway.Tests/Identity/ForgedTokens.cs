using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>Tokens that must be refused, by name. Each differs from one that is accepted in the one thing its name says.</summary>
internal static class ForgedTokens
{
    public static Dictionary<string, Func<TestIssuer, DateTimeOffset, string>> All { get; } =
        new(StringComparer.Ordinal)
        {
            // signature and algorithm
            ["alg none, no signature"] = (i, now) =>
                $"{TestIssuer.Part(Header(i, h => h["alg"] = "none").ToJsonString())}.{TestIssuer.Part(i.Payload(now).ToJsonString())}.",
            ["alg none, signature kept"] = (i, now) => i.Sign(Header(i, h => h["alg"] = "none"), i.Payload(now)),
            ["alg NONE in capitals"] = (i, now) => i.Sign(Header(i, h => h["alg"] = "NONE"), i.Payload(now)),
            ["alg missing"] = (i, now) => i.Sign(Header(i, h => h.Remove("alg")), i.Payload(now)),
            ["alg a number"] = (i, now) => i.Sign(Header(i, h => h["alg"] = 256), i.Payload(now)),
            ["HS256 with the RSA public key as secret"] = (i, now) => Hmac(i, now, i.Rsa.ExportSubjectPublicKeyInfo()),
            ["HS256 with the RSA public key's PEM as secret"] = (i, now) => Hmac(i, now, Encoding.ASCII.GetBytes(i.Rsa.ExportSubjectPublicKeyInfoPem())),
            ["PS256 with a key published for RS256"] = (i, now) =>
                i.SignWith(
                    input => i.Rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
                    Header(i, h => (h["alg"], h["kid"]) = ("PS256", "rsa-1")),
                    i.Payload(now)
                ),
            ["RS1, SHA-1 signature"] = (i, now) =>
                i.SignWith(
                    input => i.Rsa.SignData(input, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1),
                    Header(i, h => (h["alg"], h["kid"]) = ("RS1", "rsa-1")),
                    i.Payload(now)
                ),
            ["ES256 header over an RSA key"] = (i, now) => i.Sign(Header(i, h => h["kid"] = "rsa-1"), i.Payload(now)),
            ["signature stripped"] = (i, now) => Good(i, now)[..(Good(i, now).LastIndexOf('.') + 1)],
            ["signature by a stranger"] = (i, now) => i.SignWith(i.Stranger, i.Header(), i.Payload(now)),
            ["signature all zero"] = (i, now) => i.SignWith(_ => new byte[64], i.Header(), i.Payload(now)),
            ["signature in DER"] = (i, now) =>
                i.SignWith(input => i.Ec.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence), i.Header(), i.Payload(now)),
            ["payload changed after signing"] = (i, now) => Swap(Good(i, now), 1, TestIssuer.Part(Payload(i, now, p => p["sub"] = "mallory").ToJsonString())),

            // headers that lead elsewhere
            ["kid a path"] = (i, now) => i.Sign(Header(i, h => h["kid"] = "../../../../dev/null"), i.Payload(now)),
            ["kid an SQL injection"] = (i, now) => i.Sign(Header(i, h => h["kid"] = "x' UNION SELECT 'AA' --"), i.Payload(now)),
            ["kid unknown"] = (i, now) => i.Sign(Header(i, h => h["kid"] = "ec-unknown"), i.Payload(now)),
            ["kid missing"] = (i, now) => i.Sign(Header(i, h => h.Remove("kid")), i.Payload(now)),
            ["kid a number"] = (i, now) => i.Sign(Header(i, h => h["kid"] = 1), i.Payload(now)),
            ["kid of a key published for encryption"] = (i, now) => i.SignWith(i.Stranger, Header(i, h => h["kid"] = "for-encryption"), i.Payload(now)),
            ["jku to a stranger's keys"] = (i, now) =>
                i.SignWith(i.Stranger, Header(i, h => (h["kid"], h["jku"]) = ("stranger", i.Base + "/stolen/jku")), i.Payload(now)),
            ["x5u to a stranger's certificate"] = (i, now) =>
                i.SignWith(i.Stranger, Header(i, h => (h["kid"], h["x5u"]) = ("stranger", i.Base + "/stolen/x5u")), i.Payload(now)),
            ["jku beside a good signature"] = (i, now) => i.Sign(Header(i, h => h["jku"] = i.Base + "/stolen/jku"), i.Payload(now)),
            ["jwk embedded"] = (i, now) => i.SignWith(i.Stranger, Header(i, h => h["jwk"] = i.StrangerKey("ec-1")), i.Payload(now)),
            ["x5c embedded"] = (i, now) => i.SignWith(i.Stranger, Header(i, h => h["x5c"] = new JsonArray("MIIB")), i.Payload(now)),

            // crit, types of token
            ["crit of an unknown extension"] = (i, now) => i.Sign(Header(i, h => (h["crit"], h["x"]) = (new JsonArray("x"), 1)), i.Payload(now)),
            ["crit b64"] = (i, now) => i.Sign(Header(i, h => (h["crit"], h["b64"]) = (new JsonArray("b64"), true)), i.Payload(now)),
            ["crit empty"] = (i, now) => i.Sign(Header(i, h => h["crit"] = new JsonArray()), i.Payload(now)),
            ["crit a string"] = (i, now) => i.Sign(Header(i, h => h["crit"] = "exp"), i.Payload(now)),
            ["crit null"] = (i, now) => i.Sign(Header(i, h => h["crit"] = null), i.Payload(now)),
            ["typ JWT"] = (i, now) => i.Sign(Header(i, h => h["typ"] = "JWT"), i.Payload(now)),
            ["typ missing"] = (i, now) => i.Sign(Header(i, h => h.Remove("typ")), i.Payload(now)),
            ["typ logout+jwt"] = (i, now) => i.Sign(Header(i, h => h["typ"] = "logout+jwt"), i.Payload(now)),
            ["typ secevent+jwt"] = (i, now) => i.Sign(Header(i, h => h["typ"] = "secevent+jwt"), i.Payload(now)),
            ["typ dpop+jwt"] = (i, now) => i.Sign(Header(i, h => h["typ"] = "dpop+jwt"), i.Payload(now)),
            ["typ entitlement+jwt"] = (i, now) => i.Sign(Header(i, h => h["typ"] = "entitlement+jwt"), i.Payload(now)),
            ["typ with application/ twice"] = (i, now) => i.Sign(Header(i, h => h["typ"] = "application/application/at+jwt"), i.Payload(now)),
            ["typ a list"] = (i, now) => i.Sign(Header(i, h => h["typ"] = new JsonArray("at+jwt")), i.Payload(now)),
            ["a logout token's events"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["events"] = new JsonObject())),

            // whose and for whom
            ["another issuer"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["iss"] = "https://elsewhere.example")),
            ["the issuer with a last slash"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["iss"] = i.Base + "/")),
            ["the issuer in capitals"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["iss"] = i.Base.ToUpperInvariant())),
            ["an issuer beside ours on the same host"] = (i, now) => i.Sign(i.Header(), i.Payload(now, "/other")),
            ["issuer missing"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p.Remove("iss"))),
            ["issuer a list"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["iss"] = new JsonArray(i.Base))),
            ["another audience"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["aud"] = "elsewhere")),
            ["audiences without ours"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["aud"] = new JsonArray("elsewhere", "entitlements2"))),
            ["audience missing"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p.Remove("aud"))),
            ["audience an empty list"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["aud"] = new JsonArray())),
            ["audience a list with a number"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["aud"] = new JsonArray("entitlements", 7))),
            ["audience null"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["aud"] = null)),
            ["bound to a DPoP key"] = (i, now) =>
                i.Sign(i.Header(), Payload(i, now, p => p["cnf"] = new JsonObject { ["jkt"] = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" })),
            ["bound to a certificate"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["cnf"] = new JsonObject { ["x5t#S256"] = "A" })),
            ["cnf null"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["cnf"] = null)),

            // when
            ["expired past the skew"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["exp"] = now.AddSeconds(-30).ToUnixTimeSeconds())),
            ["expired three minutes ago"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["exp"] = now.AddMinutes(-3).ToUnixTimeSeconds())),
            ["exp missing"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p.Remove("exp"))),
            ["exp a string"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["exp"] = now.AddMinutes(5).ToUnixTimeSeconds().ToString())),
            ["exp null"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["exp"] = null)),
            ["exp negative"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["exp"] = -1)),
            ["exp huge"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["exp"] = 1e18)),
            ["exp beyond any number"] = (i, now) =>
                i.Sign(
                    i.Header().ToJsonString(),
                    i.Payload(now)
                        .ToJsonString()
                        .Replace("\"jti\"", "\"x\":1,\"jti\"")
                        .Replace($"\"exp\":{now.AddMinutes(5).ToUnixTimeSeconds()}", "\"exp\":1e999")
                ),
            ["nbf past the skew ahead"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["nbf"] = now.AddSeconds(31).ToUnixTimeSeconds())),
            ["nbf a string"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["nbf"] = "0")),
            ["iat tomorrow"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["iat"] = now.AddDays(1).ToUnixTimeSeconds())),
            ["iat past the skew ahead"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["iat"] = now.AddSeconds(31).ToUnixTimeSeconds())),
            ["iat missing"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p.Remove("iat"))),
            ["iat a string"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["iat"] = now.ToUnixTimeSeconds().ToString())),

            // who
            ["sub missing"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p.Remove("sub"))),
            ["sub empty"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["sub"] = "")),
            ["sub null"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["sub"] = null)),
            ["sub a number"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["sub"] = 7)),
            ["sub a list"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["sub"] = new JsonArray("alice"))),
            ["sub with a line break"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["sub"] = "alice\nadmin")),
            ["sub with a NUL"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["sub"] = "alice\0")),
            ["sub of 257 bytes"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["sub"] = new string('a', 257))),
            ["sub half a surrogate pair"] = (i, now) => i.Sign(i.Header().ToJsonString(), i.Payload(now).ToJsonString().Replace("alice", "\\ud800")),
            ["client_id missing"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p.Remove("client_id"))),
            ["client_id a number"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["client_id"] = 7)),
            ["jti missing"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p.Remove("jti"))),
            ["scope an object"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["scope"] = new JsonObject())),
            ["scope a list with a number"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["scope"] = new JsonArray("manage", 1))),

            // duplicates, JSON, encoding
            ["sub twice"] = (i, now) => i.Sign(i.Header().ToJsonString(), i.Payload(now).ToJsonString().Replace("{\"iss\"", "{\"sub\":\"mallory\",\"iss\"")),
            ["sub twice, once escaped"] = (i, now) =>
                i.Sign(i.Header().ToJsonString(), i.Payload(now).ToJsonString().Replace("{\"iss\"", "{\"s\\u0075b\":\"mallory\",\"iss\"")),
            ["exp twice"] = (i, now) => i.Sign(i.Header().ToJsonString(), i.Payload(now).ToJsonString().Replace("{\"iss\"", "{\"exp\":1,\"iss\"")),
            ["alg twice"] = (i, now) => i.Sign(i.Header().ToJsonString().Replace("{\"alg\"", "{\"alg\":\"none\",\"alg\""), i.Payload(now).ToJsonString()),
            ["payload no object"] = (i, _) => i.Sign(i.Header().ToJsonString(), "[]"),
            ["payload no JSON"] = (i, _) => i.Sign(i.Header().ToJsonString(), "sub=alice"),
            ["payload nested deep"] = (i, now) =>
                i.Sign(
                    i.Header().ToJsonString(),
                    i.Payload(now).ToJsonString().Replace("{\"iss\"", "{\"x\":" + new string('[', 100) + new string(']', 100) + ",\"iss\"")
                ),
            ["payload with bytes that are no UTF-8"] = (i, now) => NotUtf8(i, now),
            ["signature padded"] = (i, now) => Good(i, now) + "==",
            ["header padded"] = (i, now) => Good(i, now).Replace(".", "=.", StringComparison.Ordinal),
            ["signature in the standard alphabet"] = StandardAlphabet,
            ["signature with stray bits in its last character"] = StrayBits,
            ["a space inside"] = (i, now) => Good(i, now).Insert(20, " "),
            ["four parts"] = (i, now) => Good(i, now) + ".AA",
            ["two parts"] = (i, now) => Good(i, now)[..Good(i, now).LastIndexOf('.')],
            ["five parts, a JWE"] = (_, _) => $"{TestIssuer.Part("""{"alg":"dir","enc":"A256GCM","typ":"at+jwt","kid":"ec-1"}""")}..AAAA.AAAA.AAAA",
            ["a JWE header in three parts"] = (i, now) => i.Sign(Header(i, h => h["enc"] = "A256GCM"), i.Payload(now)),
            ["compressed"] = (i, now) => i.Sign(Header(i, h => h["zip"] = "DEF"), i.Payload(now)),
            ["longer than the limit"] = (i, now) => i.Sign(i.Header(), Payload(i, now, p => p["filler"] = new string('x', 16 * 1024))),
            ["no token at all"] = (_, _) => "",
            ["dots alone"] = (_, _) => "..",
            ["words"] = (_, _) => "let-me-in",
        };

    public static string Good(TestIssuer issuer, DateTimeOffset now) => issuer.Sign(issuer.Header(), issuer.Payload(now));

    public static JsonObject Header(TestIssuer issuer, Action<JsonObject> change)
    {
        var header = issuer.Header();
        change(header);
        return header;
    }

    public static JsonObject Payload(TestIssuer issuer, DateTimeOffset now, Action<JsonObject> change, string path = "")
    {
        var payload = issuer.Payload(now, path);
        change(payload);
        return payload;
    }

    private static string Hmac(TestIssuer issuer, DateTimeOffset now, byte[] secret) =>
        issuer.SignWith(input => HMACSHA256.HashData(secret, input), Header(issuer, h => (h["alg"], h["kid"]) = ("HS256", "rsa-1")), issuer.Payload(now));

    private static string Swap(string token, int part, string with)
    {
        var parts = token.Split('.');
        parts[part] = with;
        return string.Join('.', parts);
    }

    private static string NotUtf8(TestIssuer issuer, DateTimeOffset now)
    {
        var json = Encoding.UTF8.GetBytes(issuer.Payload(now).ToJsonString());
        json[json.AsSpan().IndexOf("alice"u8)] = 0xFF;
        var input = $"{TestIssuer.Part(issuer.Header().ToJsonString())}.{Base64Url.EncodeToString(json)}";
        return $"{input}.{Base64Url.EncodeToString(issuer.Ec.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256))}";
    }

    /// <summary>Signs until the signature holds a character that the two alphabets write differently.</summary>
    private static string StandardAlphabet(TestIssuer issuer, DateTimeOffset now)
    {
        while (true)
        {
            var token = Good(issuer, now);
            var signature = token.Split('.')[2];
            if (signature.AsSpan().ContainsAny('-', '_'))
            {
                return Swap(token, 2, signature.Replace('-', '+').Replace('_', '/'));
            }
        }
    }

    /// <summary>64 bytes leave four bits of the last character unused: the same bytes, spelt otherwise.</summary>
    private static string StrayBits(TestIssuer issuer, DateTimeOffset now)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var token = Good(issuer, now);
        return token[..^1] + alphabet[alphabet.IndexOf(token[^1], StringComparison.Ordinal) + 1];
    }
}
