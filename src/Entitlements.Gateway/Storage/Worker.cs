namespace Entitlements.Gateway.Storage;

/// <summary>
/// Does its one act again and again, as long as the host runs. What goes wrong is said and waits for the next time: nothing that escaped could end the host,
/// and what is due stays due in the database.
/// </summary>
/// <param name="work">What the log calls it.</param>
/// <param name="pause">Between the beginnings of two acts, if the first is through by then.</param>
internal abstract partial class Worker(string work, TimeSpan pause, IServiceScopeFactory scopes, TimeProvider clock, ILogger log) : BackgroundService
{
    protected IServiceScopeFactory Scopes { get; } = scopes;
    protected TimeProvider Clock { get; } = clock;
    protected ILogger Log { get; } = log;

    /// <summary>Whatever is due.</summary>
    protected abstract Task ActAsync(CancellationToken stopping);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var next = Task.Delay(pause, Clock, stoppingToken);
        while (true)
        {
            await next; // not a periodic timer: after a leap of the clock one act is due, not all that would have been
            next = Task.Delay(pause, Clock, stoppingToken);
            try
            {
                await ActAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested) // whatever it is
            {
                Postponed(Log, work, fault.GetType().Name);
            }
        }
    }

    /// <summary>Batch after batch, until one is not full.</summary>
    protected static async Task DrainAsync(Func<Task<int>> batch, int full, CancellationToken stopping)
    {
        while (await batch() == full && !stopping.IsCancellationRequested) { }
    }

    /// <summary>One transaction that cannot change access, in a scope of its own.</summary>
    protected async Task<T> RecordAsync<T>(Func<WriteScope, Task<T>> act)
    {
        await using var scope = Scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Writes>().RecordAsync(act);
    }

    [LoggerMessage(LogLevel.Warning, "{Work} could not be looked after ({Fault}); what is due waits.")]
    private static partial void Postponed(ILogger log, string work, string fault);
}
