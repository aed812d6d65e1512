using System.Security.Cryptography;
using System.Text;
using Entitlements.Edge.Artifacts;
using Entitlements.Edge.Downloads;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Issuance;

/// <summary>Who may have which bytes, asked in the gateway's own process. Lives as long as one request: it remembers what it judged last for the stream it serves.</summary>
internal sealed class DownloadSessions(
    EntitlementVerifier verifier,
    EntitlementRecords records,
    RedeemEntitlement redeem,
    SessionClock sessions,
    LiveStreams streams,
    StorageGuard guard,
    Replica replica,
    EntitlementsDb db
) : IDownloadSessions, IAsyncDisposable
{
    private LiveStream? _stream;
    private Yes? _last;

    /// <summary>The last yes: good until the instant, while there is a lease; what comes between cuts the stream itself.</summary>
    private sealed record Yes(string Session, long Touches, DateTimeOffset Until, DateTimeOffset HardEnd);

    public Task<RedeemOutcome> RedeemAsync(string token, string? idempotencyKey, bool canServe) =>
        guard.OrAsync(() => redeem.RedeemAsync(token, idempotencyKey, canServe), new RedeemOutcome.Undecidable());

    public Task<OpenOutcome> OpenAsync(string session, string token, CancellationToken cancel) =>
        guard.OrAsync(() => TryOpenAsync(session, token, cancel), new OpenOutcome.Undecidable());

    public Task<ContinueOutcome> ContinueAsync(string session, string token, long sent, CancellationToken cancel) =>
        guard.OrAsync(() => TryContinueAsync(session, token, sent, cancel), ContinueOutcome.Undecidable);

    private async Task<OpenOutcome> TryOpenAsync(string session, string text, CancellationToken cancel)
    {
        if (verifier.Read(text) is not { } token)
        {
            return new OpenOutcome.Unauthorized();
        }
        _stream ??= streams.Enter(token); // before it is judged
        switch (await JudgeAsync(session, token, cancel))
        {
            case { Standing: SessionStanding.Live, Judgement: { } judgement }:
                return await ContentOfAsync(judgement.Record, token, cancel) is { } content
                    ? new OpenOutcome.Open(content, Lease: null, _stream.Cut)
                    : new OpenOutcome.Undecidable();
            case { Standing: SessionStanding.Ended, Judgement: { } judgement }:
                return new OpenOutcome.Gone(judgement.MayGoOn ? IssuanceProblems.Ended : IssuanceProblems.Of(judgement));
            case { Standing: SessionStanding.Undecidable }:
                return new OpenOutcome.Undecidable();
            default:
                return new OpenOutcome.Forbidden();
        }
    }

    /// <remarks>Needs a lease, and nobody else, while nothing changed; else judged afresh. While it streams, time since the last byte is counted here and written down sparingly.</remarks>
    private async Task<ContinueOutcome> TryContinueAsync(string session, string text, long sent, CancellationToken cancel)
    {
        await replica.ViewAsync(cancellation: cancel);
        if (
            _last is { } yes
            && yes.Session == session
            && sessions.Now < yes.Until
            && _stream is { Cut.IsCancellationRequested: false }
            && _stream.Touches == yes.Touches
        )
        {
            return await sessions.IsAliveAsync(session, yes.HardEnd, sent) ? ContinueOutcome.GoOn : ContinueOutcome.Stop;
        }
        if (verifier.Read(text) is not { } token)
        {
            return ContinueOutcome.Stop;
        }
        return await JudgeAsync(session, token, cancel) switch
        {
            { Standing: SessionStanding.Live } => await sessions.IsAliveAsync(session, _last!.HardEnd, sent) ? ContinueOutcome.GoOn : ContinueOutcome.Stop,
            { Standing: SessionStanding.Undecidable } => ContinueOutcome.Undecidable,
            _ => ContinueOutcome.Stop,
        };
    }

    /// <summary>Does the token name the session, does it live, and would it be let go on by the truth of now?</summary>
    private async Task<(SessionStanding Standing, Judgement? Judgement)> JudgeAsync(string session, EntitlementToken token, CancellationToken cancel)
    {
        _last = null;
        var touches = _stream?.Touches ?? 0;
        if (_stream is not null)
        {
            _stream.Evidence = null; // until it is known what the new judgement rests on, any revision has it judged again
        }
        if (await records.FindAsync(token.Id) is not { Redemption: { } redemption } record || !IsSame(redemption.Session, session))
        {
            return (SessionStanding.None, null);
        }
        if (await records.JudgeAsync(record, cancel) is not { } judgement)
        {
            return (SessionStanding.None, null);
        }
        if (judgement.Truth.Revision < token.Revision)
        {
            return (SessionStanding.Undecidable, null); // the database went back in time: nothing it says counts
        }
        if (!judgement.MayGoOn || !token.IsOf(judgement) || !sessions.IsLive(redemption))
        {
            return (SessionStanding.Ended, judgement);
        }
        var hardEnd = SessionClock.HardEndOf(redemption);
        var until = judgement.Judged.Decision.HoldsUntil;
        sessions.Begin(redemption);
        _last = new(session, touches, until < hardEnd ? until : hardEnd, hardEnd);
        if (_stream is not null)
        {
            _stream.Evidence = judgement.Evidence;
        }
        return (SessionStanding.Live, judgement);
    }

    /// <summary>What the token pins, never what a row says now: a swapped file or row breaks the stream off.</summary>
    private async Task<DownloadContent?> ContentOfAsync(EntitlementRecord record, EntitlementToken token, CancellationToken cancel)
    {
        var artifact = await db.Artifacts.AsNoTracking().SingleOrDefaultAsync(a => a.Sha256 == token.Sha256, cancel);
        return
            artifact is not null
            && Sha256Digest.TryParse(token.Sha256, out var digest)
            && BlockDigests.TryCreate(artifact.Blocks, artifact.Size, out var blocks)
            ? new(digest, artifact.Size, record.FileName ?? $"{record.Row.App}-{record.Version}", ContentTypes.Of(record.FileName), blocks)
            : null;
    }

    private static bool IsSame(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private enum SessionStanding
    {
        None,
        Live,
        Ended,
        Undecidable,
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null)
        {
            _stream.Dispose();
            await guard.OrAsync(sessions.WriteDownAsync, false);
        }
    }
}

/// <summary>Media types of what people download.</summary>
internal static class ContentTypes
{
    public static string Of(string? fileName) =>
        Path.GetExtension(fileName)?.ToLowerInvariant() switch
        {
            ".apk" => "application/vnd.android.package-archive",
            _ => "application/octet-stream",
        };
}
