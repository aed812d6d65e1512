using Entitlements.Client.Wire;
using Entitlements.Edge.Artifacts;

namespace Entitlements.Edge.Downloads;

/// <summary>Who may have which bytes: asked in the gateway's own process, or over HTTP by an edge on its own.</summary>
/// <remarks>No method throws for a fault of the other side: what cannot be decided is said so, and is never a yes.
/// Tokens are of 1 to 8192 bytes without blanks, session ids well-formed (<see cref="SessionId"/>); nothing else was checked.</remarks>
internal interface IDownloadSessions
{
    /// <summary>Spends the token, exactly once. The same token and key within 5 minutes get the same session.</summary>
    /// <remarks>Takes no cancellation: a redemption under way is never called off by a client that hangs up.</remarks>
    /// <param name="canServe">False when the bytes are out of reach: the token is judged all the same, but never spent on a session that nobody can use.</param>
    Task<RedeemOutcome> RedeemAsync(string token, string? idempotencyKey, bool canServe);

    /// <summary>Before the first byte of every GET and HEAD: does this token name this session, and may it be served now?</summary>
    Task<OpenOutcome> OpenAsync(string session, string token, CancellationToken cancel);

    /// <summary>While streaming: may it go on? <paramref name="sent"/> counts the bytes of this answer so far; each yes moves the session's end.</summary>
    Task<ContinueOutcome> ContinueAsync(string session, string token, long sent, CancellationToken cancel);
}

internal abstract record RedeemOutcome
{
    private RedeemOutcome() { }

    internal sealed record Created(string Session, DateTimeOffset ExpiresAt, ReleaseSummary Release) : RedeemOutcome;

    /// <summary>400: not the form of a token, or a key reused for another token.</summary>
    internal sealed record BadRequest(string Detail) : RedeemOutcome;

    /// <summary>401: signature, typ, iss, aud, claims or proof of possession.</summary>
    internal sealed record NotOurs : RedeemOutcome;

    /// <summary>409: redeemed before; says nothing about the session.</summary>
    internal sealed record Spent : RedeemOutcome;

    /// <summary>410: past its end, or refused on judging afresh, with the decision's context.</summary>
    internal sealed record Gone(Problem Problem) : RedeemOutcome;

    /// <summary>503: no answer is possible now, and none was given.</summary>
    internal sealed record Undecidable : RedeemOutcome;
}

internal abstract record OpenOutcome
{
    private OpenOutcome() { }

    /// <param name="Lease">L: this yes holds so long from the sending of the question, and a new one is asked for each L/2.
    /// Null in the gateway's process: every chunk is asked for, and no yes outlives its chunk.</param>
    /// <param name="Cut">Cancelled in the gateway's process by whoever takes the right away: the connection is aborted inside that call.</param>
    internal sealed record Open(DownloadContent Content, TimeSpan? Lease, CancellationToken Cut) : OpenOutcome;

    /// <summary>401: the token is not one of ours.</summary>
    internal sealed record Unauthorized : OpenOutcome;

    /// <summary>403: the token is ours but does not name this session, or there is none of that id.</summary>
    internal sealed record Forbidden : OpenOutcome;

    /// <summary>410: the session ended or was ended.</summary>
    internal sealed record Gone(Problem Problem) : OpenOutcome;

    /// <summary>503: no answer is possible now.</summary>
    internal sealed record Undecidable : OpenOutcome;
}

internal enum ContinueOutcome
{
    /// <summary>Not a yes: what was said before holds until its own end, no longer.</summary>
    Undecidable,
    GoOn,
    Stop,
}

/// <summary>What is served: pinned when the release was published, never read from the store.</summary>
/// <param name="Size">Length in bytes.</param>
/// <param name="FileName">As the publisher named it; cleaned before it is sent.</param>
internal sealed record DownloadContent(Sha256Digest Sha256, long Size, string FileName, string ContentType, BlockDigests Blocks);
