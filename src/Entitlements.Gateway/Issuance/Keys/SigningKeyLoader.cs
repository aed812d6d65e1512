using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>
/// Fills the ring before the first request and looks again every <see cref="KeySchedule.Look"/>, so that a running gateway takes up new keys, and
/// drops those that were removed. Of several replicas that find something to do one does it.
/// </summary>
internal sealed partial class SigningKeyLoader(
    IServiceScopeFactory scopes,
    SigningKeyStore store,
    SigningKeyRing ring,
    TimeProvider clock,
    ILogger<SigningKeyLoader> log
) : BackgroundService
{
    private string? _lastFault;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(KeySchedule.Look, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LoadAsync();
                _lastFault = null;
            }
            catch (Exception fault) // whatever it is: the keys at hand go on, and the next look is due
            {
                Say(fault);
            }
        }
    }

    internal async Task LoadAsync()
    {
        var now = clock.Now(); // before the reading: what came later may be missing from it
        await using var scope = scopes.CreateAsyncScope();
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

    private void Say(Exception fault)
    {
        if (_lastFault != fault.Message) // once, not at every look
        {
            _lastFault = fault.Message;
            Kept(fault);
        }
    }

    [LoggerMessage(LogLevel.Error, "The signing keys could not be read again; those at hand go on.")]
    private partial void Kept(Exception fault);
}
