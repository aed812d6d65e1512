using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Consistency;

/// <summary>
/// Keeps the lease: a thread and a connection of its own, so that neither a full thread pool nor a full connection pool costs the lease. Its
/// death would cost availability, never safety: a view that nobody renews expires.
/// </summary>
internal sealed partial class LeaseLoop(
    LeaseHolder holder,
    Replica replica,
    DurabilityGate durability,
    IOptions<ConsistencyOptions> options,
    IOptions<StorageOptions> storage,
    ILogger<LeaseLoop> log
) : IHostedService
{
    private readonly CancellationTokenSource _stop = new();
    private Thread? _thread;
    private string? _lastFault;

    /// <summary>Begins, and returns when the first view is there.</summary>
    /// <exception cref="SettingsException">The database is not as durable as the settings promise.</exception>
    public async Task BeginAsync()
    {
        if (!storage.Value.IsPostgres)
        {
            return;
        }
        try
        {
            OpenTable().Dispose(); // what is wrong with the settings is said now, and not by a replica that never gets a lease
        }
        catch (Npgsql.NpgsqlException away) when (away.IsTransient) // slow at this moment: the loop goes on trying
        {
            Say(away);
        }
        _thread = new Thread(Run) { IsBackground = true, Name = "revision lease" };
        _thread.Start();
        try
        {
            await replica.ViewAsync();
        }
        catch (NoLeaseException)
        {
            NotYet(); // SAFE MODE, or a slow database: the host comes up, refuses, and says so
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After the listeners have drained: gives the lease up.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        if (_thread is not null)
        {
            await Task.Run(() => _thread.Join(options.Value.Lease), CancellationToken.None);
        }
    }

    private void Run()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var table = OpenTable();
                KeepRenewing(table);
            }
            catch (Exception fault) // whatever it is: nothing was granted, and the next attempt is due
            {
                Say(fault);
                _stop.Token.WaitHandle.WaitOne(options.Value.Renewal / 4);
            }
        }
        replica.Forget();
    }

    private void KeepRenewing(ILeaseTable table)
    {
        while (!_stop.IsCancellationRequested)
        {
            var next = holder.Renew(table);
            _lastFault = null;
            if (next == Next.Rest)
            {
                table.WaitForNews(options.Value.Renewal);
            }
        }
        holder.Leave(table);
    }

    private LeaseTable OpenTable() =>
        new(storage.Value.ConnectionString!, options.Value.Lease, durability, $"{Environment.MachineName}:{Environment.ProcessId}");

    private void Say(Exception fault)
    {
        if (_lastFault != fault.Message) // once, not four times a second
        {
            _lastFault = fault.Message;
            NotRenewed(fault.Message);
        }
    }

    [LoggerMessage(LogLevel.Error, "The revision lease could not be renewed: {Fault}")]
    private partial void NotRenewed(string fault);

    [LoggerMessage(LogLevel.Warning, "This replica has no revision lease yet and refuses every decision until it has one.")]
    private partial void NotYet();
}
