using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Entitlements.Gateway.Tests.Gateways;

/// <summary>Counts the statements that whoever began the count sends to the database; others' are their own.</summary>
internal sealed class CommandCount : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private static readonly AsyncLocal<CommandCount?> Running = new();
    private readonly List<IDisposable> _subscriptions = [];
    private int _count;

    private CommandCount() => _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));

    public static async Task<int> OfAsync(Func<Task> work)
    {
        using var count = new CommandCount();
        Running.Value = count;
        await work();
        Running.Value = null;
        return count._count;
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == DbLoggerCategory.Name)
        {
            _subscriptions.Add(value.Subscribe(this));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key == RelationalEventId.CommandExecuting.Name && Running.Value == this)
        {
            Interlocked.Increment(ref _count);
        }
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    public void Dispose() => _subscriptions.ForEach(s => s.Dispose());
}
