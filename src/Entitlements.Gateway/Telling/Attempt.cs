namespace Entitlements.Gateway.Telling;

/// <summary>How one attempt ended. A result is a word of ours, never the receiver's: its answers are read by nobody.</summary>
/// <param name="Result">Snake case.</param>
internal abstract record Attempt(string Result)
{
    /// <summary>It arrived.</summary>
    internal sealed record Arrived() : Attempt("delivered");

    /// <summary>The carrier took it and knows it as <paramref name="Receipt"/>: ask later whether it arrived.</summary>
    internal sealed record Accepted(string Receipt) : Attempt("accepted");

    /// <summary>It may work another time, not before <paramref name="Asked"/> where the receiver said so.</summary>
    internal sealed record Later(string Result, TimeSpan? Asked = null) : Attempt(Result);

    /// <summary>It will not work, however often it is tried.</summary>
    internal sealed record Refused(string Result) : Attempt(Result);

    /// <summary>The receiver wants nothing any more (HTTP 410).</summary>
    internal sealed record Gone() : Attempt("gone");
}
