using System.Text.Json.Nodes;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>What each family of providers really sends, and what it must not get away with.</summary>
public sealed class DialectTests(DialectTests.Servers servers) : IClassFixture<DialectTests.Servers>
{
    private const string Directory = "9a8b7c6d-0000-4000-8000-1234567890ab";
    private const string Entra = $"/{Directory}/v2.0";
    private const string Duende = "/duende";
    private const string Keycloak = "/realms/northvale";
    private const string Staff = "/staff";

    [Fact]
    public async Task Rfc9068_proves_a_client_by_a_subject_that_is_the_client()
    {
        Check(await Who("", p => p["sub"] = "phone-app"), "phone-app", "phone-app", proven: true, "access.evaluate", "entitlements.issue");
        Check(await Who("", _ => { }), "alice", "phone-app", proven: false, "access.evaluate", "entitlements.issue");
    }

    [Fact]
    public async Task Rfc9068_takes_scopes_as_a_list_too() =>
        Check(await Who("", p => p["scope"] = new JsonArray("manage", "audit.read")), "alice", "phone-app", proven: false, "audit.read", "manage");

    [Fact]
    public async Task Duende_proves_a_client_by_the_missing_subject_and_needs_no_jti()
    {
        Check(
            await Who(
                Duende,
                p =>
                {
                    p.Remove("sub");
                    p.Remove("jti");
                    p["scope"] = new JsonArray("manage");
                }
            ),
            null,
            "phone-app",
            proven: true,
            "manage"
        );
        Check(await Who(Duende, p => p["scope"] = "manage"), "alice", "phone-app", proven: false, "manage");
    }

    [Fact]
    public async Task Entra_tells_people_by_oid_and_reads_scopes_from_scp()
    {
        Check(await Who(Entra, Person), "oid-alice", "azp-app", proven: false, "access.evaluate", "manage");
        Check(
            await Who(
                Entra,
                p =>
                {
                    Person(p);
                    p.Remove("azp");
                    p["appid"] = "appid-app";
                }
            ),
            "oid-alice",
            "appid-app",
            proven: false,
            "access.evaluate",
            "manage"
        );
    }

    [Fact]
    public async Task Entra_proves_a_client_by_idtyp_and_reads_scopes_from_roles() =>
        Check(await Who(Entra, App), "oid-app", "azp-app", proven: true, "entitlements.issue");

    [Fact]
    public async Task Keycloak_proves_no_client_here_and_keeps_the_raw_subject_for_the_resolver()
    {
        var who = await Who(
            Keycloak,
            p =>
            {
                Bearer(p);
                p["sub"] = "service-account-uuid";
            }
        );
        Check(who, "service-account-uuid", "phone-app", proven: false, "access.evaluate", "entitlements.issue");
        Assert.Equal("service-account-uuid", (string?)who["rawSubject"]);
    }

    [Fact]
    public async Task Another_claim_may_name_people_and_is_then_required_of_them_but_not_of_clients()
    {
        Check(await Who(Staff, p => p["employee"] = "e-7"), "e-7", "phone-app", proven: false, "access.evaluate", "entitlements.issue");
        Check(await Who(Staff, p => p["sub"] = "phone-app"), null, "phone-app", proven: true, "access.evaluate", "entitlements.issue");
        await servers.Host.RefusesAsync(Token(Staff, "at+jwt", _ => { }));
    }

    [Fact]
    [Trait("Abuse", "54")]
    public async Task The_same_subject_of_two_issuers_is_two_people()
    {
        var first = await Who("", _ => { });
        var second = await Who(Duende, _ => { });
        Assert.Equal((string?)first["subject"], (string?)second["subject"]);
        Assert.NotEqual((string?)first["issuer"], (string?)second["issuer"]);
    }

    [Fact]
    public async Task What_a_provider_claims_about_roles_is_not_carried_on()
    {
        var who = await Who(
            "",
            p => (p["roles"], p["role"], p["email"], p["tenant"]) = (new JsonArray("platform-admin"), "platform-admin", "admin@x", "southmere")
        );
        Assert.Equal(["northvale"], who["providerTenants"]!.AsArray().Select(tenant => (string?)tenant));
        Assert.DoesNotContain("platform-admin", who.ToJsonString(), StringComparison.Ordinal);
    }

    public static TheoryData<string> Refused { get; } = [.. Cases.Keys];

    private static Dictionary<string, (string Path, string Typ, Action<JsonObject> Change)> Cases =>
        new(StringComparer.Ordinal)
        {
            ["an rfc9068 token sent as JWT"] = ("", "JWT", _ => { }),
            ["a duende token sent as JWT"] = (Duende, "JWT", _ => { }),
            ["a duende token without client_id"] = (Duende, "at+jwt", p => p.Remove("client_id")),
            ["a duende token whose sub is null"] = (Duende, "at+jwt", p => p["sub"] = null),
            ["an entra ID token: nonce"] = (
                Entra,
                "JWT",
                p =>
                {
                    Person(p);
                    p["nonce"] = "n";
                }
            ),
            ["an entra ID token: at_hash"] = (
                Entra,
                "JWT",
                p =>
                {
                    Person(p);
                    p["at_hash"] = "h";
                }
            ),
            ["an entra token without scp and idtyp"] = (
                Entra,
                "JWT",
                p =>
                {
                    Person(p);
                    p.Remove("scp");
                }
            ),
            ["an entra app token with scp"] = (
                Entra,
                "JWT",
                p =>
                {
                    App(p);
                    p["scp"] = "manage";
                }
            ),
            ["an entra token of a person without oid"] = (
                Entra,
                "JWT",
                p =>
                {
                    Person(p);
                    p.Remove("oid");
                }
            ),
            ["an entra token of another directory"] = (
                Entra,
                "JWT",
                p =>
                {
                    Person(p);
                    p["tid"] = "ffffffff-0000-4000-8000-1234567890ab";
                }
            ),
            ["an entra token without tid"] = (
                Entra,
                "JWT",
                p =>
                {
                    Person(p);
                    p.Remove("tid");
                }
            ),
            ["an entra token of the directory's v1 issuer"] = ($"/{Directory}/", "JWT", Person),
            ["an entra token without azp and appid"] = (
                Entra,
                "JWT",
                p =>
                {
                    Person(p);
                    p.Remove("azp");
                }
            ),
            ["an entra token with roles as text in a number"] = (
                Entra,
                "JWT",
                p =>
                {
                    App(p);
                    p["roles"] = 7;
                }
            ),
            ["an entra logout token"] = (Entra, "logout+jwt", Person),
            ["a keycloak ID token"] = (Keycloak, "JWT", p => p["typ"] = "ID"),
            ["a keycloak refresh token"] = (Keycloak, "JWT", p => p["typ"] = "Refresh"),
            ["a keycloak token without payload typ"] = (Keycloak, "JWT", _ => { }),
            ["a keycloak token with nonce"] = (
                Keycloak,
                "JWT",
                p =>
                {
                    Bearer(p);
                    p["nonce"] = "n";
                }
            ),
            ["a keycloak token without azp"] = (
                Keycloak,
                "JWT",
                p =>
                {
                    Bearer(p);
                    p.Remove("azp");
                }
            ),
            ["a keycloak token without sub"] = (
                Keycloak,
                "JWT",
                p =>
                {
                    Bearer(p);
                    p.Remove("sub");
                }
            ),
            ["a keycloak token of another realm"] = ("/realms/southmere", "JWT", Bearer),
        };

    [Theory, MemberData(nameof(Refused))]
    public async Task Refuses(string what)
    {
        var (path, typ, change) = Cases[what];
        await servers.Host.RefusesAsync(Token(path, typ, change));
    }

    private static void Person(JsonObject p)
    {
        (p["tid"], p["oid"], p["azp"], p["scp"], p["ver"]) = (Directory, "oid-alice", "azp-app", "access.evaluate manage", "2.0");
        Strip(p);
    }

    private static void App(JsonObject p)
    {
        (p["tid"], p["oid"], p["azp"], p["idtyp"], p["roles"]) = (Directory, "oid-app", "azp-app", "app", new JsonArray("entitlements.issue"));
        Strip(p);
    }

    private static void Strip(JsonObject p)
    {
        foreach (var name in (string[])["client_id", "jti", "scope"])
        {
            p.Remove(name);
        }
    }

    private static void Bearer(JsonObject p)
    {
        (p["typ"], p["azp"]) = ("Bearer", "phone-app");
        p.Remove("client_id");
    }

    private string Token(string path, string typ, Action<JsonObject> change)
    {
        var issuer = servers.Issuer;
        return issuer.Sign(ForgedTokens.Header(issuer, h => h["typ"] = typ), ForgedTokens.Payload(issuer, TimeProvider.System.GetUtcNow(), change, path));
    }

    private Task<JsonNode> Who(string path, Action<JsonObject> change) =>
        servers.Host.WhoAsync(Token(path, path is Entra or Keycloak ? "JWT" : "at+jwt", change));

    private static void Check(JsonNode who, string? subject, string? client, bool proven, params string[] scopes)
    {
        Assert.Equal(subject, (string?)who["subject"]);
        Assert.Equal(client, (string?)who["clientId"]);
        Assert.Equal(proven, (bool)who["provenClient"]!);
        Assert.Equal(scopes, who["scopes"]!.AsArray().Select(scope => (string?)scope).Order(StringComparer.Ordinal));
    }

    /// <summary>One host that trusts four issuers, one per dialect.</summary>
    public sealed class Servers : IAsyncLifetime
    {
        internal TestIssuer Issuer { get; private set; } = null!;

        internal IdentityHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Issuer = await TestIssuer.StartAsync();
            Host = await IdentityHost.StartAsync([
                .. IdentityHost.Trust(Issuer.Base),
                .. IdentityHost.Trust(Issuer.Base + Duende, "duende", at: 1),
                .. IdentityHost.Trust(Issuer.Base + Entra, "entra", at: 2),
                .. IdentityHost.Trust(Issuer.Base + Keycloak, "keycloak", at: 3),
                .. IdentityHost.Trust(Issuer.Base + Staff, at: 4, subjectClaim: "employee"),
                ("PublicUrl", "https://gateway.example"),
            ]);
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await Issuer.DisposeAsync();
        }
    }
}
