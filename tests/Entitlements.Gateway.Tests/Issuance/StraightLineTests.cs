using System.Net;
using System.Security.Cryptography;
using Entitlements.Gateway.Tests.Apk;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Issuance;

/// <summary>The whole way on a real Android package.</summary>
public sealed class StraightLineTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_real_package_reaches_who_may_have_it_in_three_sessions_and_nobody_else(string database)
    {
        var package = await File.ReadAllBytesAsync(await RealApk.PathAsync());
        await using var world = await IssuingWorld.StartAsync(postgres, database, package);
        var received = new List<byte>();
        for (var session = 0; session < 3; session++)
        {
            var (token, url) = await world.SessionAsync(); // a fresh entitlement for the same digest goes on from byte N
            using var answer = await world.FetchAsync(url, token, from: received.Count);
            Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
            Assert.Equal("application/vnd.android.package-archive", answer.Content.Headers.ContentType?.MediaType);
            var part = await answer.Content.ReadAsByteArrayAsync();
            received.AddRange(part.AsSpan(0, session < 2 ? part.Length / 3 : part.Length));
        }
        Assert.Equal(world.Sha256, Convert.ToHexStringLower(SHA256.HashData([.. received])));
        await (await world.AskAsync(world.Question("bystander"))).ShouldBeAsync(HttpStatusCode.Forbidden);
    }
}
