using System.Net;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Abuse;

/// <summary>Who somebody is, and who came first, through real endpoints.</summary>
public sealed class PrincipalTests(PostgresServer postgres)
{
    [Trait("Abuse", "54")]
    [Fact]
    public async Task The_same_subject_of_another_provider_holds_nothing()
    {
        await using var other = await TestIssuer.StartAsync();
        await using var gateway = await TestGateway.StartAsync(
            null,
            ("Identity:Providers:1:Authority", other.Authority),
            ("Identity:Providers:1:Tenants:0", "north")
        );
        using var own = gateway.As("north-role-admin");
        using var twin = gateway.Bearing(other.PersonToken("north-role-admin"));
        await (await own.GetAsync("/v1/tenants/north/subjects")).ShouldBeAsync(HttpStatusCode.OK);
        await (await twin.GetAsync("/v1/tenants/north/subjects")).ShouldBeAsync(HttpStatusCode.Forbidden);
        await gateway.RegisterClientAsync("store", ["north"], Scopes.Evaluate);
        using var store = gateway.Bearing(other.ClientToken("store", Scopes.Evaluate));
        await (await store.PostAsync("/v1/subjects/resolve", new { upn = "x" })).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    [Trait("Abuse", "51")]
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Of_many_writers_with_the_same_version_one_writes(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        using var admin = gateway.As("north-role-admin");
        const string Path = "/v1/tenants/north/roles/driver";
        await (await admin.PutAsync(Path, new { name = "Driver", establishment = 100 })).ShouldBeAsync(HttpStatusCode.OK);
        var etag = await admin.ETagAsync(Path);
        var answers = await Task.WhenAll(Enumerable.Range(1, 10).Select(n => admin.PutAsync(Path, new { name = "Driver", establishment = n }, etag)));
        Assert.Equal(1, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
        Assert.Equal(9, answers.Count(a => a.StatusCode == HttpStatusCode.PreconditionFailed));
    }
}
