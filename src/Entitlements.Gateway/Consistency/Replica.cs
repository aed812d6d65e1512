using Entitlements.Gateway.Storage;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Consistency;

/// <summary>This process as one of several: holds its view. Written by the lease loop alone, read by every request.</summary>
internal sealed class Replica(BootClock clock, IOptions<StorageOptions> storage)
{
    /// <summary>How long a request waits for a view: a renewal is seldom further away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private volatile ClockAnchor? _clock;
    private volatile View? _view = storage.Value.IsPostgres ? null : View.Embedded;
    private volatile TaskCompletionSource _published = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The last view, expired or not; null before the first and after a lease was lost.</summary>
    public View? Last => _view;

    /// <summary>The view, if under it anything may be allowed at this instant.</summary>
    public View? Current => _view is { } view && clock.Now < view.Expires ? view : null;

    /// <summary>The primary's clock as last heard, whatever became of the lease since; null until then, and on SQLite.</summary>
    public ClockAnchor? Clock => _clock;

    public void Publish(View view)
    {
        _clock = view.Clock;
        _view = view;
        Interlocked.Exchange(ref _published, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    /// <summary>Nothing may be allowed until a new lease.</summary>
    public void Forget() => _view = null;

    /// <summary>A view that is in force and has applied <paramref name="revision"/>, perhaps after a short wait.</summary>
    /// <exception cref="NoLeaseException">There is none: the answer is "not now".</exception>
    public ValueTask<View> ViewAsync(long revision = 0, CancellationToken cancellation = default) =>
        Current is { } view && (view.Applied >= revision || view.Clock is null) ? new(view) : new(AwaitViewAsync(revision, cancellation));

    private async Task<View> AwaitViewAsync(long revision, CancellationToken cancellation)
    {
        var deadline = clock.Now + Patience;
        while (true)
        {
            var published = _published.Task; // taken before looking: a view published in between is not missed
            if (Current is { } view && view.Applied >= revision)
            {
                return view;
            }
            var left = deadline - clock.Now;
            if (left <= TimeSpan.Zero)
            {
                throw new NoLeaseException();
            }
            await Task.WhenAny(published, Task.Delay(left, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }
}

/// <summary>This replica may not answer: its lease ended, the revision asked for has not come, or the database that answered is not the one in charge.</summary>
internal sealed class NoLeaseException(string message = "This replica holds no revision lease at this moment.") : System.Data.Common.DbException(message);
