namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>Looks every <see cref="KeySchedule.Look"/> whether keys have changed. What goes wrong is said once, the keys at hand go on, and the next look is due.</summary>
internal abstract partial class KeyLoader(TimeProvider clock, ILogger log) : BackgroundService
{
    private string? _lastFault;

    protected TimeProvider Clock { get; } = clock;

    public abstract Task LoadAsync();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(KeySchedule.Look, Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await LookAsync();
        }
    }

    protected async Task LookAsync()
    {
        try
        {
            await LoadAsync();
            _lastFault = null;
        }
        catch (Exception fault) // whatever it is: one that escaped would end the host
        {
            if (_lastFault != fault.Message)
            {
                _lastFault = fault.Message;
                NotRead(fault);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "The keys could not be read; those at hand, if any, go on.")]
    private partial void NotRead(Exception fault);
}
