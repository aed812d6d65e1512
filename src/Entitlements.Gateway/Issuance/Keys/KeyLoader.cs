using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>Looks every <see cref="KeySchedule.Look"/> whether keys have changed. What goes wrong is said once, the keys at hand go on, and the next look is due.</summary>
internal abstract partial class KeyLoader(IServiceScopeFactory scopes, TimeProvider clock, ILogger log) : Worker("Keys", KeySchedule.Look, scopes, clock, log)
{
    private string? _lastFault;

    public abstract Task LoadAsync();

    protected override Task ActAsync(CancellationToken stopping) => LookAsync();

    protected async Task LookAsync()
    {
        try
        {
            await LoadAsync();
            _lastFault = null;
        }
        catch (Exception fault) // whatever it is
        {
            if (_lastFault != fault.Message)
            {
                _lastFault = fault.Message;
                NotRead(Log, fault);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "The keys could not be read; those at hand, if any, go on.")]
    private static partial void NotRead(ILogger log, Exception fault);
}
