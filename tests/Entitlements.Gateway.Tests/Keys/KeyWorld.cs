using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Issuance;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Entitlements.Gateway.Tests.Keys;

/// <summary>An <see cref="IssuingWorld"/>, on PostgreSQL with a second replica, whose time passes only when the test says so and whose errors it hears.</summary>
internal sealed class KeyWorld : IAsyncDisposable
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(15);

    private readonly TestGateway? _second;

    private KeyWorld(IssuingWorld world, TestGateway? second, FakeTimeProvider clock, LogEar log) => (World, _second, Clock, Log) = (world, second, clock, log);

    public IssuingWorld World { get; }
    public FakeTimeProvider Clock { get; }
    public LogEar Log { get; }
    public TestGateway First => World.Gateway;
    public TestGateway Last => _second ?? First;
    public IReadOnlyList<TestGateway> All => _second is null ? [First] : [First, _second];

    public static async Task<KeyWorld> StartAsync(PostgresServer postgres, string database, params (string, string)[] settings)
    {
        var (clock, log) = (new FakeTimeProvider(TimeProvider.System.GetUtcNow()), new LogEar());
        (string, string)[] heard = [("Logging:LogLevel:Entitlements.Gateway.Issuance.Keys", "Error"), .. settings];
        var world = await IssuingWorld.StartAsync(
            services =>
            {
                services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)).AddSingleton<ILoggerProvider>(log);
                services.RemoveWorkers(typeof(OutboxRelay), typeof(DeliveryWorker)); // they would work for every second that passes
            },
            postgres,
            database,
            settings: heard
        );
        (string, string)[] same =
        [
            ("PublicUrl", world.Gateway.Url.GetLeftPart(UriPartial.Authority)),
            ("Artifacts:Root", Path.Combine(world.Gateway.Folder, "artifacts")),
            .. heard,
        ];
        return new(world, world.Gateway.Postgres is { } shared ? TestGateway.Join(world.Gateway, shared, same) : null, clock, log);
    }

    /// <summary>As <c>keys rotate signing</c> does it.</summary>
    public async Task<SigningKey> RotateAsync()
    {
        await using var scope = First.Services.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<Writes>()
            .RecordAsync(write => First.Services.GetRequiredService<SigningKeyStore>().RotateAsync(write, write.Now, new("operator", "test")));
    }

    /// <summary>Every replica looks for keys, as each does every <see cref="KeySchedule.Look"/>.</summary>
    public Task LookAsync() => Task.WhenAll(All.Select(gateway => gateway.Services.GetRequiredService<SigningKeyLoader>().LoadAsync()));

    /// <summary>Keys in the published set.</summary>
    public static async Task<string[]> KidsAsync(TestGateway gateway) =>
        [.. (await KeySetAsync(gateway))["keys"]!.AsArray().Select(key => (string)key!["kid"]!)];

    public Task<int> RowsAsync() => First.InDatabaseAsync(db => db.SigningKeys.CountAsync());

    public Task<int> AuditsAsync(string kind) => First.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Kind == kind));

    public async Task<string> TokenAsync(TestGateway from)
    {
        var answer = await World.AskAsync(by: from.AsClient("store", Scopes.Issue));
        return (string)(await answer.ShouldBeAsync(HttpStatusCode.Created))["token"]!;
    }

    public static async Task<JsonNode> RedeemAsync(TestGateway at, string token, HttpStatusCode expected) =>
        await (await at.Anonymous().PostAsync("/v1/downloads", new { token })).ShouldBeAsync(expected);

    public static string KidOf(string token) => new JsonWebToken(token).Kid;

    /// <summary>As somebody outside does it who trusts the published set and nothing else.</summary>
    public async Task<bool> VerifiesAsync(TestGateway gateway, string token)
    {
        var origin = First.Url.GetLeftPart(UriPartial.Authority);
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(
            token,
            new()
            {
                ValidIssuer = origin,
                ValidAudience = $"{origin}/v1/downloads",
                ValidTypes = ["entitlement+jwt"],
                ValidAlgorithms = ["ES256"],
                IssuerSigningKeys = new JsonWebKeySet((await KeySetAsync(gateway)).ToJsonString()).GetSigningKeys(),
                LifetimeValidator = (_, expires, _, _) => Clock.GetUtcNow().UtcDateTime < expires,
            }
        );
        return result.IsValid;
    }

    private static async Task<JsonNode> KeySetAsync(TestGateway gateway) =>
        await (await gateway.Anonymous().GetAsync("/.well-known/jwks.json")).ShouldBeAsync(HttpStatusCode.OK);

    public async ValueTask DisposeAsync()
    {
        if (_second is not null)
        {
            await _second.DisposeAsync();
        }
        await World.DisposeAsync();
    }
}
