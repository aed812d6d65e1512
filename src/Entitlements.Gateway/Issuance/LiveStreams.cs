using System.Collections.Concurrent;
using Entitlements.Gateway.Consistency;

namespace Entitlements.Gateway.Issuance;

/// <summary>A download that this process is sending now.</summary>
internal sealed class LiveStream(LiveStreams all, EntitlementToken token) : IDisposable
{
    private readonly CancellationTokenSource _cut = new();
    private long _touches;

    public EntitlementToken Token => token;

    /// <summary>How often a revision touched what it rests on: an earlier yes may end sooner now, or rest on something else.</summary>
    public long Touches => Interlocked.Read(ref _touches);

    public void Touch() => Interlocked.Increment(ref _touches);

    /// <summary>What its last judgement rests on; null until it was judged.</summary>
    public IReadOnlyList<string>? Evidence { get; set; }

    /// <summary>Cancelled by whoever takes the right away, before they hear that it is done.</summary>
    public CancellationToken Cut => _cut.Token;

    public Task CutAsync() => _cut.CancelAsync();

    public void Dispose() => all.Leave(this); // the source has no timer to free, and a cut may be under way
}

/// <summary>All downloads that run in this process. Each revision has those it may touch judged again, and cut, before this replica confirms it.</summary>
/// <remarks>A stream enters before it is judged: a revocation either finds it here or was committed before its facts were read.</remarks>
internal sealed partial class LiveStreams
{
    private readonly ConcurrentDictionary<LiveStream, bool> _running = new();
    private readonly IServiceScopeFactory _scopes;
    private readonly ILogger<LiveStreams> _log;

    public LiveStreams(AppliedSignal applied, IServiceScopeFactory scopes, ILogger<LiveStreams> log)
    {
        (_scopes, _log) = (scopes, log);
        applied.Watch(RejudgeAsync);
    }

    /// <summary>What runs at this moment.</summary>
    public IReadOnlyCollection<LiveStream> Running => [.. _running.Keys];

    public LiveStream Enter(EntitlementToken token)
    {
        var stream = new LiveStream(this, token);
        _running[stream] = true;
        return stream;
    }

    public void Leave(LiveStream stream) => _running.TryRemove(stream, out _);

    private async Task RejudgeAsync(Applied applied)
    {
        foreach (var stream in _running.Keys.Where(running => applied.Touches(running.Evidence)))
        {
            stream.Touch();
            if (!await MayGoOnAsync(stream))
            {
                await stream.CutAsync();
                WasCut(stream.Token.Id, applied.Revision);
            }
        }
    }

    /// <summary>What cannot be judged, for whatever reason, is cut: the caller is about to be told that nothing runs on.</summary>
    private async Task<bool> MayGoOnAsync(LiveStream stream)
    {
        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            var records = scope.ServiceProvider.GetRequiredService<EntitlementRecords>();
            return await records.FindAsync(stream.Token.Id) is { } record && await records.JudgeAsync(record) is { MayGoOn: true };
        }
        catch (Exception fault)
        {
            NotJudged(fault, stream.Token.Id);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Error, "The running download of {Entitlement} could not be judged again.")]
    private partial void NotJudged(Exception fault, string entitlement);

    [LoggerMessage(LogLevel.Information, "The running download of {Entitlement} was cut at revision {Revision}.")]
    private partial void WasCut(string entitlement, long revision);
}
