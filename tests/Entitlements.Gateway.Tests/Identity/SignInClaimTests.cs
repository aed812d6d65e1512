using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Tests.Identity;

/// <summary>What each family of providers says of a sign-in, and what is made of it.</summary>
public sealed class SignInClaimTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
    private TestIssuer _issuer = null!;

    public async ValueTask InitializeAsync() => _issuer = await TestIssuer.StartAsync();

    public ValueTask DisposeAsync() => _issuer.DisposeAsync();

    [Theory]
    [InlineData("rfc9068", "acr", "\"gold\"", true), InlineData("duende", "acr", "\"gold\"", true), InlineData("keycloak", "acr", "\"gold\"", true)]
    [InlineData("rfc9068", "acr", "\"1\"", false), InlineData("rfc9068", "acr", "\"Gold\"", false), InlineData("rfc9068", "acr", "\"bronze gold\"", false)]
    [InlineData("rfc9068", "acr", "[\"gold\"]", false), InlineData("rfc9068", "acr", "{\"gold\":1}", false), InlineData("rfc9068", "acrs", "[\"gold\"]", false)]
    [InlineData("rfc9068", "acr", "null", false), InlineData("rfc9068", "amr", "[\"gold\"]", false)]
    [InlineData("entra", "acrs", "[\"c2\",\"gold\"]", true), InlineData("entra", "acrs", "\"gold\"", false), InlineData("entra", "acrs", "[\"gold\",7]", false)]
    [InlineData("entra", "acr", "\"gold\"", false)]
    public async Task Strong_is_what_the_settings_name_where_the_dialect_says_it(string profile, string claim, string value, bool isStrong) =>
        Assert.Equal(isStrong, (await ReadAsync(profile, [("AcrValues:0", "silver"), ("AcrValues:1", "gold")], (claim, value)))!.IsStrong);

    [Theory]
    [
        InlineData("[\"pwd\",\"mfa\"]", true),
        InlineData("[\"pwd\"]", false),
        InlineData("[]", false),
        InlineData("\"mfa\"", false),
        InlineData("[[\"mfa\"]]", false)
    ]
    public async Task Methods_are_a_list_any_of_which_may_be_called_strong(string methods, bool isStrong) =>
        Assert.Equal(isStrong, (await ReadAsync("duende", [("AmrValues:0", "mfa"), ("AmrValues:1", "hwk")], ("amr", methods)))!.IsStrong);

    [Theory]
    [InlineData("\"gold\"", "[\"mfa\"]", true), InlineData("\"gold\"", "[\"pwd\"]", false), InlineData("\"1\"", "[\"mfa\"]", false)]
    public async Task With_both_lists_both_are_needed(string acr, string amr, bool isStrong) =>
        Assert.Equal(isStrong, (await ReadAsync("keycloak", [("AcrValues:0", "gold"), ("AmrValues:0", "mfa")], ("acr", acr), ("amr", amr)))!.IsStrong);

    [Theory]
    [InlineData("0", true), InlineData("-300", true), InlineData("-301", false), InlineData("30", true), InlineData("31", false)]
    public async Task Recent_is_up_to_the_age_that_is_set_and_not_from_the_future(string seconds, bool suffices)
    {
        var at = Now.ToUnixTimeSeconds() + long.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture);
        var signIn = await ReadAsync("rfc9068", [("AcrValues:0", "gold")], ("acr", "\"gold\""), ("auth_time", FormattableString.Invariant($"{at}")));
        Assert.Equal(suffices, signIn!.SufficesAt(Now));
    }

    [Theory]
    [InlineData("\"1790000000\""), InlineData("-1"), InlineData("1e300"), InlineData("null"), InlineData("[1]"), InlineData("true"), InlineData("{}")]
    public async Task A_time_of_another_type_is_no_time_and_the_token_is_good_for_all_else(string value)
    {
        var signIn = await ReadAsync("rfc9068", [("AcrValues:0", "gold")], ("acr", "\"gold\""), ("auth_time", value));
        Assert.Null(signIn!.At);
        Assert.False(signIn.SufficesAt(Now));
    }

    [Fact]
    public async Task Where_the_settings_name_nothing_nothing_is_strong()
    {
        var signIn = await ReadAsync(
            "rfc9068",
            [],
            ("acr", "\"gold\""),
            ("amr", "[\"mfa\"]"),
            ("auth_time", FormattableString.Invariant($"{Now.ToUnixTimeSeconds()}"))
        );
        Assert.False(signIn!.SufficesAt(Now));
    }

    private async Task<SignIn?> ReadAsync(string profile, (string Key, string? Value)[] stepUp, params (string Name, string Json)[] claims)
    {
        const string directory = "9a8b7c6d-0000-4000-8000-1234567890ab";
        var path = profile == "entra" ? $"/{directory}/v2.0" : $"/{profile}";
        await using var host = await IdentityHost.StartAsync([
            .. IdentityHost.Trust(_issuer.Base + path, profile),
            .. stepUp.Select(s => ($"Identity:Providers:0:StepUp:{s.Key}", s.Value)),
        ]);
        var (header, payload) = (_issuer.Header(), _issuer.Payload(Now, path));
        if (profile is "entra" or "keycloak")
        {
            header["typ"] = "JWT";
            (payload["azp"], payload["typ"]) = ("phone-app", "Bearer");
            (payload["tid"], payload["oid"], payload["scp"]) = (directory, "oid-alice", "manage");
        }
        foreach (var (name, json) in claims)
        {
            payload[name] = JsonNode.Parse(json);
        }
        var token = await host.Proofs.ValidateAsync(_issuer.Sign(header, payload));
        Assert.NotNull(token);
        return token.SignIn;
    }
}
