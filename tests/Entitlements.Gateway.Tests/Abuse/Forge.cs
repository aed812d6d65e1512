using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Issuance.Keys;

namespace Entitlements.Gateway.Tests.Abuse;

/// <summary>Takes a good token apart and puts it together wrongly.</summary>
internal sealed class Forge(string good, SigningKey key)
{
    public string Good => good;

    public string Signed(Action<JsonObject>? header = null, Action<JsonObject>? claims = null, SigningKey? by = null)
    {
        var text = $"{Part(0, header)}.{Part(1, claims)}";
        return $"{text}.{Base64Url.EncodeToString((by ?? key).Sign(Encoding.ASCII.GetBytes(text)))}";
    }

    public string Raw(string payload)
    {
        var text = $"{good.Split('.')[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
        return $"{text}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(text)))}";
    }

    public string Unsigned(string algorithm) => $"{Part(0, h => h["alg"] = algorithm)}.{Part(1, null)}";

    public string Hmac()
    {
        var text = Unsigned("HS256");
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(key.ExportPublic(), Encoding.ASCII.GetBytes(text)))}";
    }

    private string Part(int index, Action<JsonObject>? change)
    {
        var json = JsonNode.Parse(Base64Url.DecodeFromChars(good.Split('.')[index]))!.AsObject();
        change?.Invoke(json);
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }
}
