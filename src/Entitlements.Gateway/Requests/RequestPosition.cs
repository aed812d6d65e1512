using System.Globalization;

namespace Entitlements.Gateway.Requests;

/// <summary>Where a page of a list ended: what the list is ordered by, not the row, which may have moved on since. Nothing is seen twice or left out for that.</summary>
/// <param name="View">The list; another's position is none of its.</param>
/// <param name="At">When it was submitted, voted on or is due.</param>
/// <param name="Id">Tells apart those of one instant.</param>
internal sealed record RequestPosition(string View, DateTimeOffset At, string Id)
{
    /// <summary>As the cursor carries it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{View}:{At.UtcTicks}:{Id}");

    /// <summary>Null for what is no position in that list.</summary>
    public static RequestPosition? Read(string text, string view) =>
        text.Split(':') is [var list, var ticks, { Length: > 0 } id]
        && list == view
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
        && at <= DateTimeOffset.MaxValue.UtcTicks
            ? new(view, new(at, TimeSpan.Zero), id)
            : null;
}

/// <summary>A request in a list, with what the list is ordered by.</summary>
internal sealed class ListedRequest
{
    public required AccessRequestRow Row { get; init; }
    public required DateTimeOffset At { get; init; }
}
