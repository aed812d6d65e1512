using System.Net;
using Entitlements.Client.Wire;

namespace Entitlements.Client;

/// <summary>What came of asking for an entitlement. Test for <see cref="Issued"/>.</summary>
public abstract record IssueOutcome
{
    private IssueOutcome() { }

    /// <summary>There is an entitlement.</summary>
    /// <param name="Entitlement">With a token for artifacts, without one for managed stores.</param>
    public sealed record Issued(IssuedEntitlement Entitlement) : IssueOutcome;

    /// <summary>There is none that this client knows of.</summary>
    /// <param name="Status">The gateway's status; 0 when it did not answer.</param>
    /// <param name="Problem">What the gateway said.</param>
    /// <param name="Fault">Why it could not be understood.</param>
    public sealed record Refused(HttpStatusCode Status, Problem? Problem, string? Fault) : IssueOutcome;
}

/// <summary>What came of a download.</summary>
public abstract record DownloadOutcome
{
    private DownloadOutcome() { }

    /// <summary>All bytes are there and match the release's digest.</summary>
    public sealed record Complete : DownloadOutcome;

    /// <summary>The gateway refuses: ask for a fresh entitlement, and go on with the same stream if one is given.</summary>
    /// <param name="Status">The gateway's status.</param>
    public sealed record Refused(HttpStatusCode Status) : DownloadOutcome;

    /// <summary>The connection broke too often, or the answer was not what was asked for.</summary>
    /// <param name="Received">Bytes that are in the stream.</param>
    public sealed record Interrupted(long Received) : DownloadOutcome;

    /// <summary>The bytes were not the release's; the stream was emptied.</summary>
    public sealed record Corrupt : DownloadOutcome;
}
