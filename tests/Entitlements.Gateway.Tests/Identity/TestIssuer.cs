using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>A provider on a real socket that signs whatever it is asked to, well or badly. Every path is an issuer of its own; all share the keys.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ECDsa _unrelated = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private TestIssuer(WebApplication app) => _app = app;

    public RSA Rsa { get; } = RSA.Create(2048);

    public ECDsa Ec { get; private set; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string EcKeyId { get; private set; } = "ec-1";

    /// <summary>Paths asked for, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>Answers instead of the ordinary metadata and keys, when set.</summary>
    public Func<HttpContext, Task>? Instead { get; set; }

    public string Base => _app.Urls.First();

    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var issuer = new TestIssuer(app);
        app.Run(issuer.AnswerAsync);
        await app.StartAsync();
        return issuer;
    }

    /// <summary>New key, new id; the old key is published no more.</summary>
    public void Rotate(string keyId) => (Ec, EcKeyId) = (ECDsa.Create(ECCurve.NamedCurves.nistP256), keyId);

    public JsonObject Header() =>
        new()
        {
            ["alg"] = "ES256",
            ["typ"] = "at+jwt",
            ["kid"] = EcKeyId,
        };

    public JsonObject Payload(DateTimeOffset now, string path = "") =>
        new()
        {
            ["iss"] = Base + path,
            ["sub"] = "alice",
            ["aud"] = "entitlements",
            ["client_id"] = "phone-app",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
            ["jti"] = "t-1",
            ["scope"] = "access.evaluate entitlements.issue",
        };

    public string Sign(JsonObject header, JsonObject payload) => Sign(header.ToJsonString(), payload.ToJsonString());

    public string Sign(string header, string payload)
    {
        var input = $"{Part(header)}.{Part(payload)}";
        return $"{input}.{Base64Url.EncodeToString(Ec.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256))}";
    }

    public string SignWith(Func<byte[], byte[]> sign, JsonObject header, JsonObject payload)
    {
        var input = $"{Part(header.ToJsonString())}.{Part(payload.ToJsonString())}";
        return $"{input}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(input)))}";
    }

    public byte[] Stranger(byte[] input) => _unrelated.SignData(input, HashAlgorithmName.SHA256);

    public JsonObject StrangerKey(string keyId) => EcKey(_unrelated, keyId);

    public static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Rsa.Dispose();
        Ec.Dispose();
        _unrelated.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        const string metadata = "/.well-known/openid-configuration";
        var path = http.Request.Path.Value!;
        Asked.Enqueue(path);
        if (Instead is { } instead)
        {
            await instead(http);
        }
        else if (path.EndsWith(metadata, StringComparison.Ordinal))
        {
            await WriteAsync(http, new JsonObject { ["issuer"] = Base + path[..^metadata.Length], ["jwks_uri"] = Base + "/jwks" });
        }
        else
        {
            var key = path == "/jwks" ? EcKey(Ec, EcKeyId) : StrangerKey("stranger");
            await WriteAsync(http, new JsonObject { ["keys"] = new JsonArray(key, RsaKey(), EncryptionKey()) });
        }
    }

    public static Task WriteAsync(HttpContext http, JsonObject json) => http.Response.WriteAsync(json.ToJsonString());

    private JsonObject RsaKey()
    {
        var key = Rsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["kid"] = "rsa-1",
            ["use"] = "sig",
            ["alg"] = "RS256",
            ["n"] = Base64Url.EncodeToString(key.Modulus),
            ["e"] = Base64Url.EncodeToString(key.Exponent),
        };
    }

    /// <summary>The stranger's key, published for encryption only.</summary>
    private JsonObject EncryptionKey()
    {
        var key = EcKey(_unrelated, "for-encryption");
        key["use"] = "enc";
        return key;
    }

    private static JsonObject EcKey(ECDsa ec, string keyId)
    {
        var key = ec.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["kid"] = keyId,
            ["use"] = "sig",
            ["x"] = Base64Url.EncodeToString(key.Q.X),
            ["y"] = Base64Url.EncodeToString(key.Q.Y),
        };
    }
}
