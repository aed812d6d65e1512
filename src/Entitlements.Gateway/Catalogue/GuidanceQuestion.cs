namespace Entitlements.Gateway.Catalogue;

/// <summary>A question about the guidance, in English and Welsh; one of its choices is right.</summary>
internal sealed record GuidanceQuestion
{
    /// <summary>Where a comprehension check is asked, this many questions at least: fewer are guessed.</summary>
    public const int Fewest = 3;
    private const int Most = 20;
    private const int MostChoices = 8;
    private const int Longest = 500;

    public required string En { get; init; }
    public required string Cy { get; init; }

    /// <summary>2 to 8.</summary>
    public required IReadOnlyList<GuidanceChoice> Choices { get; init; }

    /// <summary>Number of the choice that is right, from 1.</summary>
    public required int Right { get; init; }

    /// <summary>What is wrong with questions as they are proposed, by JSON pointer.</summary>
    public static IEnumerable<(string, string)> Faults(IReadOnlyList<GuidanceQuestion> questions)
    {
        if (questions.Count is not 0 and (< Fewest or > Most))
        {
            yield return ("/questions", "must be none, or 3 to 20");
        }
        foreach (var (i, question) in questions.Index())
        {
            var at = FormattableString.Invariant($"/questions/{i}");
            foreach (var fault in TextFaults(at, question.En, question.Cy).Concat(question.Choices.Index().SelectMany(c => c.Item.Faults(at, c.Index))))
            {
                yield return fault;
            }
            if (question.Choices.Count is < 2 or > MostChoices)
            {
                yield return ($"{at}/choices", "must be 2 to 8");
            }
            if (question.Right < 1 || question.Right > question.Choices.Count)
            {
                yield return ($"{at}/right", "must be the number of a choice, from 1");
            }
        }
    }

    internal static IEnumerable<(string, string)> TextFaults(string at, string en, string cy)
    {
        if (!Text.IsLine(en, Longest))
        {
            yield return ($"{at}/en", "must be 1 to 500 characters in one line");
        }
        if (!Text.IsLine(cy, Longest))
        {
            yield return ($"{at}/cy", "must be 1 to 500 characters in one line");
        }
    }
}

/// <summary>One of the answers to a question.</summary>
internal sealed record GuidanceChoice
{
    public required string En { get; init; }
    public required string Cy { get; init; }

    public IEnumerable<(string, string)> Faults(string question, int index) =>
        GuidanceQuestion.TextFaults(FormattableString.Invariant($"{question}/choices/{index}"), En, Cy);
}
