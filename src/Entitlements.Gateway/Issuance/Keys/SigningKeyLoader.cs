using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>
/// Fills the ring before the first request and looks again every <see cref="KeySchedule.Look"/>, so that a running gateway takes up new keys, and
/// drops those that were removed. Of several replicas that find something to do one does it.
/// </summary>
internal sealed class SigningKeyLoader(
    IServiceScopeFactory scopes,
    SigningKeyStore store,
    SigningKeyRing ring,
    TimeProvider clock,
    ILogger<SigningKeyLoader> log
) : KeyLoader(scopes, clock, log)
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync();
        await base.StartAsync(cancellationToken);
    }

    public override async Task LoadAsync()
    {
        var now = Clock.Now(); // before the reading: what came later may be missing from it
        await using var scope = Scopes.CreateAsyncScope();
        var keys =
            await store.ReadAsync(scope.ServiceProvider.GetRequiredService<EntitlementsDb>(), now, write: null)
            ?? await scope
                .ServiceProvider.GetRequiredService<Writes>()
                .RecordAsync(async write =>
                {
                    await write.AloneAsync("signing_key");
                    return await store.ReadAsync(write.Db, write.Now, write);
                });
        ring.Fill(keys!.Value, now); // after the commit
    }
}
