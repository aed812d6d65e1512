namespace Entitlements.Engine.Requests;

/// <summary>How many of a stage's approvals count.</summary>
public static class StageQuorum
{
    /// <summary>Approvals that count: all of them, or, where each must stand for another group, the most that can be told apart so.</summary>
    /// <remarks>A largest matching of votes to groups by augmenting paths (Kuhn 1955): who is in two groups counts for the one that nobody else could fill.</remarks>
    public static int CountOf(ApprovalStage stage, IReadOnlyList<Vote> votes)
    {
        var approvals = votes.Where(v => v.Approves).ToList();
        if (!stage.DistinctGroups)
        {
            return approvals.Count;
        }
        var filledBy = new Dictionary<int, Vote>();
        return approvals.Count(vote => Place(vote, filledBy, []));
    }

    private static bool Place(Vote vote, Dictionary<int, Vote> filledBy, HashSet<int> tried)
    {
        foreach (var group in vote.Groups)
        {
            if (tried.Add(group) && (!filledBy.TryGetValue(group, out var other) || Place(other, filledBy, tried)))
            {
                filledBy[group] = vote;
                return true;
            }
        }
        return false;
    }
}
