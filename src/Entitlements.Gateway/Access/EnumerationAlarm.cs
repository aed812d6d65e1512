using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access;

/// <summary>
/// Counts the different people each client asks about for each restricted app within the last hour. Kept in memory, at most the threshold's
/// number of fingerprints for each pair; a restart begins anew.
/// </summary>
internal sealed class EnumerationAlarm(IOptions<AccessOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Span = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<(string Client, string Tenant, string App), Window> _windows = new();

    /// <summary>True when with this question the client has asked about too many; then not again for an hour.</summary>
    public bool Rises(Caller.Client client, string tenant, string app, string subject) =>
        _windows.GetOrAdd((client.Key, tenant, app), _ => new()).Note(Fingerprint(subject), options.Value.EnumerationThreshold, clock.Now());

    private static long Fingerprint(string subject) => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(subject)));

    private sealed class Window
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<long, DateTimeOffset> _askedAt = [];
        private DateTimeOffset _quietUntil;

        public bool Note(long subject, int threshold, DateTimeOffset now)
        {
            lock (_lock)
            {
                if (now < _quietUntil)
                {
                    return false;
                }
                _askedAt[subject] = now;
                if (_askedAt.Count <= threshold)
                {
                    return false;
                }
                foreach (var old in _askedAt.Where(asked => asked.Value <= now - Span).Select(asked => asked.Key).ToList())
                {
                    _askedAt.Remove(old);
                }
                if (_askedAt.Count <= threshold)
                {
                    return false;
                }
                _askedAt.Clear();
                _quietUntil = now + Span;
                return true;
            }
        }
    }
}
