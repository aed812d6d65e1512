using System.Text.Json.Serialization;

namespace Entitlements.Gateway.Catalogue;

/// <summary>
/// What a data protection impact assessment says (UK GDPR art. 35(7); Data Protection Act 2018 s. 64 for law enforcement). The DPO's opinion is no part of it: it is
/// what the DPO says with their vote.
/// </summary>
internal sealed record AssessmentRecord
{
    private const int LongestText = 10_000;

    /// <summary>Who answers for it: the id of one of the tenant's people, who is told before it lapses.</summary>
    public required string Owner { get; init; }

    /// <summary>Under which law the data is processed.</summary>
    public required Regime Regime { get; init; }

    /// <summary>What it is processed for, and why it is needed and in proportion.</summary>
    public string? Purpose { get; init; }

    /// <summary>Which data, about whom, kept for how long.</summary>
    public string? Data { get; init; }

    /// <summary>What may happen to those people.</summary>
    public string? Risks { get; init; }

    /// <summary>What is done against it.</summary>
    public string? Measures { get; init; }

    /// <summary>Why no assessment is needed; with the outcome <c>not-needed</c> alone.</summary>
    public string? Screening { get; init; }

    /// <summary>What is wrong with it, by JSON pointer. An approval needs all of it written down; a refusal waits for nothing.</summary>
    public IEnumerable<(string Pointer, string Error)> FaultsFor(AssessmentOutcome outcome)
    {
        var isFull = outcome == AssessmentOutcome.Approved;
        (string Name, string? Text, bool IsNeeded)[] texts =
        [
            ("purpose", Purpose, isFull),
            ("data", Data, isFull),
            ("risks", Risks, isFull),
            ("measures", Measures, isFull),
            ("screening", Screening, outcome == AssessmentOutcome.NotNeeded),
        ];
        foreach (var (name, text, isNeeded) in texts)
        {
            if (text is null ? isNeeded : !Text.IsParagraph(text, LongestText))
            {
                yield return ($"/record/{name}", FormattableString.Invariant($"must be 1 to {LongestText} characters of text"));
            }
        }
    }
}

/// <summary>The law that processing falls under.</summary>
internal enum Regime
{
    [JsonStringEnumMemberName("uk-gdpr")]
    UkGdpr,

    /// <summary>Part 3 of the Data Protection Act 2018.</summary>
    [JsonStringEnumMemberName("law-enforcement")]
    LawEnforcement,
    Both,
}
