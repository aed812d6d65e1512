using Entitlements.Gateway.Portal;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Laws;

/// <summary>
/// Nothing opens by accident (rulings.md §1.1): whoever was refused before a write, at any instant from now on, is refused after it, unless people decided
/// otherwise. Random worlds, random writes on every management operation, and all (subject, action, resource, device) compared after each.
/// </summary>
public sealed class NothingOpensTests(PostgresServer postgres, ITestOutputHelper output)
{
    private const int Worlds = 7;
    private const int WritesPerWorld = 40;

    /// <summary>Operations that may open by §1.1, as people decide by them or take a step of their own. The law does not call them.</summary>
    private static readonly string[] Decide =
    [
        "VoteOnChange", // publishes a change
        "VoteOnRequest", // grants a request
        "SubmitRequest", // breaks the glass where the role's policy, itself a change, lets one
        "SubmitAccessRequest", // the same for a program
        "AcceptGuidance", // only by the person, for themself
    ];

    /// <summary>Questions, and downloads of what was allowed: they manage nothing. A redemption earns its person the grace of §1.12.</summary>
    private static readonly string[] Ask =
    [
        "Evaluate",
        "EvaluateMany",
        "ListCatalogue",
        "PlanUpdates",
        "ResolveSubject",
        "ReferRefusal", // asks again, and leaves the answer in the log under a reference
        "IssueEntitlement",
        "IntrospectEntitlement",
        "RedeemDownload",
        "EdgeRedeem",
        "EdgeOpen",
        "EdgeContinue",
    ];

    private static readonly Drawn[] Writes = [.. PeopleWrites.All, .. CatalogueWrites.All, .. OtherWrites.All];

    [Fact]
    public async Task Every_operation_that_writes_is_known_to_the_law()
    {
        await using var gateway = await TestGateway.StartAsync();
        var unsafeOperations = gateway
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<PortalMark>() is null) // pages write by asking these same operations as whoever looks at them
            .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Any(m => m is not ("GET" or "HEAD" or "OPTIONS")) == true)
            .Select(e => e.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? e.DisplayName!)
            .ToList();
        var known = Writes.Select(w => w.Operation).Concat(Decide).Concat(Ask).ToList();
        Assert.Equal(known.Count, known.Distinct().Count());
        var (unknown, gone) = (unsafeOperations.Except(known).ToList(), known.Except(unsafeOperations).ToList());
        Assert.True(unknown is [], $"Say how the law calls these, or why it does not: {string.Join(", ", unknown)}");
        Assert.True(gone is [], $"The gateway no longer has: {string.Join(", ", gone)}");
    }

    [Theory, InlineData("Sqlite", 1), InlineData("Sqlite", 2), InlineData("Postgres", 3)]
    public async Task What_was_refused_is_refused_after_any_write_that_nobody_voted_on(string database, int seed)
    {
        await using var run = await LawRun.StartAsync(postgres, database, seed);
        var deck = new Deck(Writes, run.Random);
        for (var world = 0; world < Worlds; world++)
        {
            await run.BeginWorldAsync();
            for (var write = 0; write < WritesPerWorld; write++)
            {
                await run.WriteAsync(deck);
            }
        }
        output.WriteLine(run.Summary());
        run.AssertKept();
        run.AssertHealthy(Writes);
    }
}
