using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Issuance;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Abuse;

/// <summary>Abuse cases 25 to 27: what is not exactly a token of ours is 401 everywhere, even when our own key signed it, and nothing is spent.</summary>
public sealed class EntitlementTokenAbuseTests(PostgresServer postgres)
{
    [Fact]
    [Trait("Abuse", "25")]
    [Trait("Abuse", "26")]
    [Trait("Abuse", "27")]
    public async Task Nothing_but_a_token_of_ours_is_redeemed_opened_or_let_through()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        var good = await world.TokenAsync();
        var forge = new Forge(good, world.Gateway.Services.GetRequiredService<SigningKeyRing>().Current);
        foreach (var (name, token) in Forgeries(forge, world))
        {
            Assert.True(HttpStatusCode.Unauthorized == (await world.RedeemAsync(token)).StatusCode, name);
            Assert.True(
                HttpStatusCode.Unauthorized == (await world.FetchAsync(new(world.Gateway.Url, "/v1/downloads/" + new string('a', 32)), token)).StatusCode,
                name
            );
            Assert.True(HttpStatusCode.Unauthorized == (await ForwardAsync(world, token)).StatusCode, name);
            Assert.Equal("""{"active":false}""", (await world.IntrospectAsync(token)).ToJsonString());
        }
        Assert.Equal(0, await world.Gateway.InDatabaseAsync(db => db.Redemptions.CountAsync()));
        await (await world.RedeemAsync(good)).ShouldBeAsync(HttpStatusCode.Created);
    }

    [Fact]
    [Trait("Abuse", "27")]
    public async Task Abuse_27_a_token_past_its_end_is_gone()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        var good = await world.TokenAsync();
        var forge = new Forge(good, world.Gateway.Services.GetRequiredService<SigningKeyRing>().Current);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var old = forge.Signed(claims: c => (c["iat"], c["nbf"], c["exp"]) = (now - 200, now - 200, now - 1));
        await (await world.RedeemAsync(old)).ShouldBeAsync(HttpStatusCode.Gone);
        Assert.Equal("""{"active":false}""", (await world.IntrospectAsync(old)).ToJsonString());
    }

    [Fact]
    [Trait("Abuse", "26")]
    public async Task Abuse_26_an_entitlement_token_calls_no_api_and_proves_no_person()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        var token = await world.TokenAsync();
        await (await world.AskAsync(by: world.Gateway.Bearing(token))).ShouldBeAsync(HttpStatusCode.Unauthorized);
        var problem = await (await world.AskAsync(world.Question(proof: token))).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.EndsWith("person_proof_invalid", (string)problem["type"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_re_encoded_copy_is_the_same_use()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        var good = await world.TokenAsync();
        var copy = new Forge(good, world.Gateway.Services.GetRequiredService<SigningKeyRing>().Current).Signed();
        Assert.NotEqual(good, copy);
        await (await world.RedeemAsync(good)).ShouldBeAsync(HttpStatusCode.Created);
        await (await world.RedeemAsync(copy)).ShouldBeAsync(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_token_without_its_record_redeems_nothing()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        var lost = new Forge(await world.TokenAsync(), world.Gateway.Services.GetRequiredService<SigningKeyRing>().Current).Signed(claims: c =>
            c["jti"] = "ent_0"
        );
        await (await world.RedeemAsync(lost)).ShouldBeAsync(HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.Forbidden, (await ForwardAsync(world, lost)).StatusCode);
        Assert.Equal("""{"active":false}""", (await world.IntrospectAsync(lost)).ToJsonString());
    }

    [Fact]
    public async Task A_key_written_into_the_database_by_hand_signs_nothing()
    {
        await using var world = await IssuingWorld.StartAsync(postgres, EachDatabase.Sqlite);
        var own = SigningKey.Create();
        await world.Gateway.InDatabaseAsync(async db =>
        {
            db.SigningKeys.Add(
                new()
                {
                    Kid = own.KeyId,
                    PublicKey = own.ExportPublic(),
                    WrappedPrivateKey = [],
                    CreatedAt = DateTimeOffset.UnixEpoch,
                    SignsFrom = DateTimeOffset.UnixEpoch,
                }
            );
            await db.SaveChangesAsync();
        });
        var forged = new Forge(await world.TokenAsync(), own).Signed(header: h => h["kid"] = own.KeyId);
        await (await world.RedeemAsync(forged)).ShouldBeAsync(HttpStatusCode.Unauthorized);
    }

    private static IEnumerable<(string, string)> Forgeries(Forge forge, IssuingWorld world)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var stranger = SigningKey.Create();
        yield return ("alg none", forge.Unsigned("none") + ".");
        yield return ("alg none with a signature", forge.Signed(header: h => h["alg"] = "none"));
        yield return ("HS256 with the public key", forge.Hmac());
        yield return ("alg ES384", forge.Signed(header: h => h["alg"] = "ES384"));
        yield return ("another's key under our kid", forge.Signed(by: stranger));
        yield return ("another's kid", forge.Signed(by: stranger, header: h => h["kid"] = stranger.KeyId));
        yield return ("kid is a path", forge.Signed(header: h => h["kid"] = "../../etc/passwd"));
        yield return ("kid is SQL", forge.Signed(header: h => h["kid"] = "' or 1=1 --"));
        yield return (
            "embedded key",
            forge.Signed(
                by: stranger,
                header: h =>
                    h["jwk"] = new JsonObject
                    {
                        ["kty"] = "EC",
                        ["crv"] = "P-256",
                        ["x"] = stranger.X,
                        ["y"] = stranger.Y,
                    }
            )
        );
        foreach (var name in new[] { "jku", "x5u" })
        {
            yield return (name, forge.Signed(header: h => h[name] = $"{world.Gateway.Issuer.Authority}/jwks"));
        }
        yield return ("crit", forge.Signed(header: h => h["crit"] = new JsonArray("exp")));
        foreach (var type in new[] { "JWT", "at+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", "Entitlement+JWT", "application/entitlement+jwt" })
        {
            yield return ($"typ {type}", forge.Signed(header: h => h["typ"] = type));
        }
        yield return ("no typ", forge.Signed(header: h => h.Remove("typ")));
        yield return ("signature stripped", forge.Good[..(forge.Good.LastIndexOf('.') + 1)]);
        yield return ("signature cut", forge.Good[..^4]);
        yield return ("four parts", forge.Good + ".AAAA");
        yield return ("nbf in the future", forge.Signed(claims: c => c["nbf"] = now + 60));
        yield return ("iat in the future", forge.Signed(claims: c => c["iat"] = now + 60));
        yield return ("exp far away", forge.Signed(claims: c => c["exp"] = now + 3600));
        yield return ("exp huge", forge.Signed(claims: c => c["exp"] = 1e300));
        yield return ("exp as text", forge.Signed(claims: c => c["exp"] = (now + 60).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        yield return ("no exp", forge.Signed(claims: c => c.Remove("exp")));
        yield return ("aud as array", forge.Signed(claims: c => c["aud"] = new JsonArray((string)c["aud"]!)));
        yield return ("another aud", forge.Signed(claims: c => c["aud"] = "entitlements"));
        yield return ("another iss", forge.Signed(claims: c => c["iss"] = "https://elsewhere.example"));
        yield return ("cnf", forge.Signed(claims: c => c["cnf"] = new JsonObject()));
        yield return ("no jti", forge.Signed(claims: c => c.Remove("jti")));
        yield return (
            "a claim twice",
            forge.Raw($$"""{"exp":{{now + 60}},{{Encoding.UTF8.GetString(Base64Url.DecodeFromChars(forge.Good.Split('.')[1]))[1..]}}""")
        );
        yield return ("access token", world.Gateway.Issuer.PersonToken("officer"));
    }

    private static async Task<HttpResponseMessage> ForwardAsync(IssuingWorld world, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/forward-auth");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Add("X-Forwarded-Uri", $"/artifacts/{world.Sha256}");
        return await world.Gateway.Anonymous().SendAsync(request);
    }
}
