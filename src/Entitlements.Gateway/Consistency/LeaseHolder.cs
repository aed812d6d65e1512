using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Consistency;

/// <summary>What is to follow a renewal.</summary>
internal enum Next
{
    /// <summary>Wait for news, or for a quarter of the lease.</summary>
    Rest,

    /// <summary>Something was applied and is not yet confirmed, or the claim must be made anew: go on at once.</summary>
    GoOn,
}

/// <summary>
/// One replica's lease, renewal by renewal. The order of the steps is the protocol: the claim is published before anything is read, the
/// lease counts from before the renewal was sent, invalidations are applied before the view that says so is published, and confirmed after.
/// </summary>
internal sealed partial class LeaseHolder(
    Replica replica,
    BootClock clock,
    IOptions<ConsistencyOptions> options,
    AppliedSignal applied,
    ConsistencyTelemetry telemetry,
    ILogger<LeaseHolder> log
)
{
    /// <summary>How far the primary's clock may be from where it was expected.</summary>
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(2);

    private Guid? _inc;
    private volatile object _era = new();
    private long _settled = -1;
    private Task _settling = Task.CompletedTask;
    private long _highest = -1;
    private long? _safeSince;

    /// <summary>One renewal. Whatever goes wrong in it, nothing was granted.</summary>
    public Next Renew(ILeaseTable table)
    {
        if (_inc is null)
        {
            var inc = Guid.NewGuid();
            table.Claim(inc);
            _inc = inc;
        }
        var confirming = Interlocked.Read(ref _settled);
        var sent = clock.Now;
        if (table.Renew(_inc.Value, confirming) is not { } renewal)
        {
            Lost();
            return Next.GoOn;
        }
        var received = clock.Now;
        if (IsSafe(table, renewal))
        {
            return Next.Rest;
        }
        Apply(table, renewal, sent, received);
        return confirming < Interlocked.Read(ref _settled) ? Next.GoOn : Next.Rest;
    }

    /// <summary>The claim may be gone, and with it all that is known.</summary>
    public void Lost()
    {
        if (_inc is not null)
        {
            WasLost();
        }
        (_inc, _era) = (null, new());
        Interlocked.Exchange(ref _settled, -1);
        replica.Forget();
    }

    /// <summary>Gives the lease up: from now on nothing is allowed, and nobody waits for this replica.</summary>
    public void Leave(ILeaseTable table)
    {
        replica.Forget();
        if (_inc is { } inc)
        {
            table.Withdraw(inc);
        }
    }

    private void Apply(ILeaseTable table, Renewal renewal, TimeSpan sent, TimeSpan received)
    {
        var before = replica.Last is { } last && last.Timeline == renewal.Timeline ? last : null;
        var news = before is null ? [] : table.Between(before.Applied, renewal.Seen);
        if (before is not null && (news.Count != renewal.Seen - before.Applied || before.Floors.Count > Floors.Most))
        {
            before = null; // some are not kept any more, or there are too many: begin anew
        }
        var floors = before?.Floors ?? new();
        foreach (var (revision, scopes) in before is null ? [] : news)
        {
            foreach (var scope in scopes)
            {
                floors.Raise(scope, revision);
            }
        }
        var anchor = Anchor(renewal.Time, sent, received);
        replica.Publish(new(renewal.Seen, sent + options.Value.Lease, renewal.Timeline, before?.Base ?? renewal.Seen, floors, anchor));
        telemetry.Renewed(renewal, news.Count);
        Settle(renewal.Seen, before is null ? null : news);
    }

    /// <summary>A primary whose clock went back does not give ended rights their time again.</summary>
    private ClockAnchor Anchor(DateTimeOffset told, TimeSpan sent, TimeSpan received)
    {
        var expected = replica.Clock is { } last ? last.Time + (sent - last.Sent) : told;
        if ((expected - told).Duration() > Tolerated)
        {
            ClockJumped((told - expected).TotalSeconds);
        }
        return new(expected - told > Tolerated ? expected : told, sent, received);
    }

    /// <summary>Confirms only after running streams were looked at, one revision after the other; that must not hold up the next renewal.</summary>
    /// <param name="news">Null: begun anew, so everything may have changed.</param>
    private void Settle(long revision, IReadOnlyList<Invalidation>? news)
    {
        var looked = news is { Count: 0 }
            ? Task.CompletedTask
            : applied.TellAsync(new(revision, news?.SelectMany(n => n.Scopes).ToHashSet(StringComparer.Ordinal)));
        if (_settling.IsCompletedSuccessfully && looked.IsCompletedSuccessfully)
        {
            Interlocked.Exchange(ref _settled, revision);
            return;
        }
        _settling = SettleAfterAsync(_settling, looked, revision, _era);
    }

    private async Task SettleAfterAsync(Task earlier, Task looked, long revision, object era)
    {
        await earlier;
        await looked;
        if (era == _era) // of the claim that it was applied under
        {
            Interlocked.Exchange(ref _settled, revision);
        }
    }

    /// <summary>A revision that went backwards is another history: nothing is allowed on it until an operator has said what counts.</summary>
    private bool IsSafe(ILeaseTable table, Renewal renewal)
    {
        if (!renewal.SafeMode && _safeSince is { } since && renewal.Recoveries > since)
        {
            (_safeSince, _highest) = (null, -1); // an operator said what counts
        }
        var wentBack = renewal.Seen < _highest;
        if (renewal.SafeMode || wentBack || _safeSince is not null)
        {
            replica.Forget();
            telemetry.InSafeMode(true);
            if (wentBack && _safeSince is null)
            {
                WentBack(_highest, renewal.Seen);
                table.EnterSafeMode($"The revision went back from {_highest} to {renewal.Seen}.");
                _safeSince = renewal.Recoveries; // what this process saw itself, no row undoes
            }
            Interlocked.Exchange(ref _settled, renewal.Seen); // who allows nothing holds no revocation up
            return true;
        }
        telemetry.InSafeMode(false);
        _highest = renewal.Seen;
        return false;
    }

    [LoggerMessage(LogLevel.Warning, "The revision lease was lost; nothing is allowed until there is a new one.")]
    private partial void WasLost();

    [LoggerMessage(LogLevel.Critical, "The primary's clock jumped by {Seconds} s; the later of the two times counts.")]
    private partial void ClockJumped(double seconds);

    [LoggerMessage(
        LogLevel.Critical,
        "SAFE MODE: the database went back from revision {Applied} to {Seen}. Everything is refused until `entitlements recover`."
    )]
    private partial void WentBack(long applied, long seen);
}
