using System.Data.Common;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Entitlements.Gateway.Consistency;

/// <summary>
/// When is a committed revision in force everywhere? When every replica that may hold a lease has confirmed it, or one full lease has passed
/// on this process's own clock and the silent ones have been swept.
/// </summary>
internal sealed class Acknowledgement(IOptions<StorageOptions> storage, IOptions<ConsistencyOptions> options, BootClock clock, ConsistencyTelemetry telemetry)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    /// <summary>A claim to a lease, as the revoker saw it.</summary>
    private sealed record Claim(Guid Inc, long Seq);

    /// <param name="db">With the connection still open on which the revision was committed.</param>
    /// <returns>False when it could not be confirmed in time: committed, and perhaps not yet in force.</returns>
    public async Task<bool> IsInForceAsync(EntitlementsDb db, long revision)
    {
#if VULNERABLE_NO_WAIT
        return true;
#else
        if (!storage.Value.IsPostgres)
        {
            return true; // one process, and it has been told
        }
        var began = clock.Now;
        try
        {
            var isInForce = await WaitAsync((NpgsqlConnection)db.Database.GetDbConnection(), revision);
            telemetry.Acknowledged(clock.Now - began, isInForce);
            return isInForce;
        }
        catch (Exception lost) when (lost is DbException or TimeoutException or InvalidOperationException)
        {
            telemetry.Acknowledged(clock.Now - began, false);
            return false; // the answer is "not yet known": a repeat waits again
        }
#endif
    }

    private async Task<bool> WaitAsync(NpgsqlConnection connection, long revision)
    {
        var (claims, timeline) = await UnconfirmedAsync(connection, revision);
        var began = clock.Now; // after the claims were read: a claim made later has seen the revision
        var pause = FirstPause;
        while (claims.Count > 0)
        {
            var waited = clock.Now - began;
            if (waited >= options.Value.Wait)
            {
                await SweepAsync(connection, claims);
            }
            if (waited >= options.Value.Wait * 2)
            {
                return false; // renewing, but not confirming
            }
            await Task.Delay(pause);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            var (now, still) = await UnconfirmedAsync(connection, revision);
            if (still != timeline)
            {
                return false; // another primary: what was waited for there is not what counts here
            }
            claims = claims.FindAll(claim => now.Exists(other => other.Inc == claim.Inc));
        }
        return true;
    }

    private static async Task<(List<Claim> Claims, string Timeline)> UnconfirmedAsync(NpgsqlConnection connection, long revision)
    {
        await using var ask = new NpgsqlCommand(
            $"select {LeaseTable.Timeline}, l.inc, l.seq from (select) one left join replica_lease l on l.conf < $1",
            connection
        )
        {
            Parameters = { new() { Value = revision } },
        };
        var (claims, timeline) = (new List<Claim>(), "");
        await using var rows = await ask.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            timeline = rows.GetString(0);
            if (!await rows.IsDBNullAsync(1))
            {
                claims.Add(new(rows.GetGuid(1), rows.GetInt64(2)));
            }
        }
        return (claims, timeline);
    }

    /// <summary>Takes the silent ones out, so that the next revocation need not wait for them. Who renewed meanwhile stays, and will confirm.</summary>
    private static async Task SweepAsync(NpgsqlConnection connection, IReadOnlyCollection<Claim> silent)
    {
        using var watch = new CommitWatch(connection);
        await using var sweep = new NpgsqlCommand(
            "delete from replica_lease l using unnest($1, $2) as s(inc, seq) where l.inc = s.inc and l.seq = s.seq",
            connection
        )
        {
            Parameters =
            {
                new() { Value = silent.Select(c => c.Inc).ToArray() },
                new() { Value = silent.Select(c => c.Seq).ToArray() },
            },
        };
        await sweep.ExecuteNonQueryAsync();
        watch.ThrowIfDoubtful();
    }
}
