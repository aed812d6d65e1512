using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Issuance;

/// <summary>How long a session lives: 15 minutes after its last byte, at most 4 hours after it was redeemed.</summary>
/// <remarks>One per request. The last byte is written down every <see cref="Sparing"/> and when the request ends, so a session is never longer than said.</remarks>
internal sealed class SessionClock(Writes writes, TimeProvider clock)
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(15);

    /// <summary>No session lives longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(4);
    private static readonly TimeSpan Sparing = TimeSpan.FromSeconds(10);

    private string? _session;
    private DateTimeOffset _lastByte,
        _written;
    private long _sent,
        _sentWritten;

    public DateTimeOffset Now => clock.Now();

    public static DateTimeOffset HardEndOf(RedemptionRow redemption) => redemption.RedeemedAt + Longest;

    /// <summary>When it ends unless a byte is sent before.</summary>
    public static DateTimeOffset EndOf(RedemptionRow redemption)
    {
        var idle = redemption.LastByteAt + Idle;
        return idle < HardEndOf(redemption) ? idle : HardEndOf(redemption);
    }

    public bool IsLive(RedemptionRow redemption) => Now < EndOf(redemption);

    /// <summary>Serves this session from now on.</summary>
    public void Begin(RedemptionRow redemption)
    {
        if (_session != redemption.Session)
        {
            (_session, _lastByte, _written) = (redemption.Session, redemption.LastByteAt, redemption.LastByteAt);
        }
    }

    /// <summary>True while the session may go on; each yes moves its end.</summary>
    /// <param name="sent">Bytes of this answer so far.</param>
    public async Task<bool> IsAliveAsync(string session, DateTimeOffset hardEnd, long sent)
    {
        var now = Now;
        if (session != _session || now >= hardEnd || now >= _lastByte + Idle)
        {
            return false;
        }
        (_lastByte, _sent) = (now, sent);
        if (now - _written >= Sparing)
        {
            await WriteDownAsync();
        }
        return true;
    }

    /// <summary>Keeps when the last byte went and how many there were. Returns true; cannot change access, so it raises nothing and is not told to the log.</summary>
    public async Task<bool> WriteDownAsync()
    {
        var (session, at, more) = (_session, _lastByte, _sent - _sentWritten);
        if (session is not null && (at > _written || more > 0))
        {
            await writes.RecordAsync(scope =>
                scope
                    .Db.Redemptions.Where(r => r.Session == session)
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(r => r.LastByteAt, r => r.LastByteAt < at ? at : r.LastByteAt).SetProperty(r => r.BytesSent, r => r.BytesSent + more)
                    )
            );
            (_written, _sentWritten) = (at, _sent);
        }
        return true;
    }
}
