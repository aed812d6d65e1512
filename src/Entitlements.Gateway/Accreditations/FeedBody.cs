using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Accreditations;

/// <summary>How a report is meant.</summary>
internal enum FeedMode
{
    /// <summary>All that the source says: what it said before and leaves out now ends at once.</summary>
    Full,

    /// <summary>What is new: the rest stays as it was said.</summary>
    Partial,
}

/// <summary>What a source reports.</summary>
internal sealed record FeedBody
{
    /// <summary>Most items of one report.</summary>
    public const int MostItems = 20_000;

    private const int LongestReference = 128;

    /// <summary>May be left out by a caller who is role-admin of one tenant only.</summary>
    public NameId? Tenant { get; init; }
    public required NameId Source { get; init; }
    public required FeedMode Mode { get; init; }

    /// <summary>Up to when the report is complete, by the source's own clock. One older than the last that was taken is refused.</summary>
    public required DateTimeOffset CompleteAsOf { get; init; }

    /// <summary>At most 20,000. None in a partial report means that nothing is new.</summary>
    public required IReadOnlyList<FeedItem> Items { get; init; }

    /// <summary>How many accreditations a full report ends, as the refusal of a suspicious one told it: yes, so many.</summary>
    public int? Confirm { get; init; }

    /// <param name="latest">Latest instant up to which a report may be complete: now, and a little for clocks that differ.</param>
    public IEnumerable<(string Pointer, string Error)> Faults(DateTimeOffset latest)
    {
        if (CompleteAsOf > latest)
        {
            yield return ("/complete_as_of", "lies in the future");
        }
        if (Items.Count > MostItems)
        {
            yield return ("/items", FormattableString.Invariant($"must be at most {MostItems}"));
            yield break;
        }
        foreach (var (i, item) in Items.Index())
        {
            if (item.NotBefore?.Cut() >= item.NotAfter.Cut())
            {
                yield return (FormattableString.Invariant($"/items/{i}/not_after"), "must come after not_before");
            }
            if (item.Reference is { } reference && !Text.IsLine(reference, LongestReference))
            {
                yield return (
                    FormattableString.Invariant($"/items/{i}/reference"),
                    FormattableString.Invariant($"must be 1 to {LongestReference} characters on one line")
                );
            }
        }
    }
}

/// <summary>One person holds one accreditation for a time.</summary>
internal sealed record FeedItem
{
    public required OpaqueId Subject { get; init; }

    /// <summary>The subject's issuer; the tenant's home issuer where left out.</summary>
    public string? SubjectIssuer { get; init; }
    public required NameId Accreditation { get; init; }

    /// <summary>First instant held; where left out as it was said before, else from now.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>First instant no longer held; one that is past ends it at once.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>The source's own name for it, for instance a certificate's number.</summary>
    public string? Reference { get; init; }
}
