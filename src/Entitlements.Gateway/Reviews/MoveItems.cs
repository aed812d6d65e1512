using System.Collections.Immutable;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>Moves items of one review on, and does to the assignments what that leads to, in the same transaction.</summary>
/// <param name="actor">For the record.</param>
internal sealed class MoveItems(WriteScope scope, ReviewRow review, string actor)
{
    /// <summary>More people than this, and the whole tenant's decisions are judged again.</summary>
    private const int MostNamed = 256;

    private readonly List<RoleAssignmentRow> _ended = [];
    private readonly HashSet<long> _touched = [];
    private readonly List<Freed> _freed = [];

    /// <summary>What was refused, by the item's position; where there is anything, nothing may be kept.</summary>
    public List<(int Position, ReviewRefusal Because)> Refusals { get; } = [];

    /// <summary>Something is overdue and stays open, and was not before.</summary>
    public bool HasAlarmed { get; private set; }

    /// <summary>Somebody has less than before.</summary>
    public bool HasNarrowed => _touched.Count > 0;

    /// <param name="happens">What happens to an item whose holder is this one.</param>
    public async Task RunAsync(IReadOnlyList<ReviewItemRow> items, Func<ReviewItemRow, SubjectRow, ReviewEvent> happens)
    {
        var (ids, keys) = (items.Select(i => i.Assignment).ToList(), items.Select(i => i.SubjectKey).Distinct().ToList());
        var assignments = await scope.Db.Assignments.Where(a => ids.Contains(a.Id)).ToDictionaryAsync(a => a.Id);
        var holders = await scope.Db.Subjects.AsNoTracking().Where(s => keys.Contains(s.Key)).ToDictionaryAsync(s => s.Key);
        foreach (var (position, item) in items.Index())
        {
            var (assignment, holder) = (assignments.GetValueOrDefault(item.Assignment), holders[item.SubjectKey]);
            var step = ReviewMachine.Next(StoredReview.Of(review, item), happens(item, holder), await FactsAsync(item, assignment, holder));
            if (step.Refusal is { } refusal)
            {
                Refusals.Add((position, refusal));
                continue;
            }
            StoredReview.Put(item, step.Item.State, scope.Now);
            Do(step.Effects, item, assignment);
        }
        await AssignmentEnds.EndAllAsync(scope, _ended);
        await IncompatibleRoles.HoldBackAsync(scope, _freed);
        await PutInForceAsync([.. _touched.Select(key => holders[key])]);
    }

    private async Task<ReviewFacts> FactsAsync(ReviewItemRow item, RoleAssignmentRow? assignment, SubjectRow holder)
    {
        var gone = StoredReview.GoneSince(review, item, assignment, holder, scope.Now);
        return new(
            scope.Now,
            gone,
            assignment?.NotBefore ?? item.Since,
            assignment?.NotAfter,
            assignment is { Suspended: true },
            gone is null && assignment is { Suspended: false } && await IsLastAsync(holder),
            review.OnNoAnswer
        );
    }

    private async Task<bool> IsLastAsync(SubjectRow holder)
    {
        if (!Officers.IsAdministrator(review.Role))
        {
            return false;
        }
        await AssignmentEnds.EndAllAsync(scope, _ended); // as things stand after the items before
        _ended.Clear();
        return !await Officers.AnotherHoldsAsync(scope.Db, review.Tenant, review.Role, holder.Key, scope.Now);
    }

    private void Do(ImmutableArray<ReviewEffect> effects, ReviewItemRow item, RoleAssignmentRow? assignment)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ReviewEffect.End:
                    _ended.Add(assignment!);
                    Record("assignment.ended", item);
                    break;
                case ReviewEffect.Cut:
                    Free(assignment!, item.Until!.Value);
                    assignment!.NotAfter = item.Until;
                    assignment.Version++;
                    Record("assignment.shortened", item);
                    break;
                case ReviewEffect.Suspend:
                    Free(assignment!, assignment!.NotBefore);
                    assignment!.Suspended = true;
                    assignment.Version++;
                    Record("assignment.suspended", item);
                    break;
                case ReviewEffect.TellHolder:
                    scope.TellPerson(item.SubjectKey, PersonMessage.Notice, isUrgent: false, FormattableString.Invariant($"assignment/{item.Assignment}"));
                    break;
                case ReviewEffect.Alarm:
                    scope.Audit("review.overdue", review.Tenant, actor, review.Id, new { review.Role, item.Number });
                    HasAlarmed = true;
                    break;
            }
        }
    }

    /// <summary>From <paramref name="from"/> on it stands in nobody's way any more.</summary>
    private void Free(RoleAssignmentRow assignment, DateTimeOffset from)
    {
        if (!assignment.Suspended)
        {
            _freed.Add(new(assignment, from, assignment.NotAfter));
        }
    }

    private void Record(string kind, ReviewItemRow item)
    {
        _touched.Add(item.SubjectKey);
        scope.Audit(
            kind,
            review.Tenant,
            actor,
            FormattableString.Invariant($"assignment/{item.Assignment}"),
            new
            {
                because = "review",
                review = review.Id,
                review.Role,
                item = item.Number,
                item.Until,
            }
        );
    }

    private async Task PutInForceAsync(IReadOnlyList<SubjectRow> touched)
    {
        if (touched.Count == 0)
        {
            return;
        }
        var conflicts = await RolesOf.InConflictAsync(scope.Db, review.Tenant, review.Role);
        scope.Invalidate(
            touched.Count > MostNamed
                ? [Evidence.Tenant(review.Tenant)]
                : touched.SelectMany(holder => conflicts.Prepend(review.Role).Select(role => Evidence.Holding(review.Tenant, role, holder.Id)))
        );
        await scope.RaiseGuardAsync(review.Tenant);
        scope.Tell("access.changed", review.Tenant, new { what = "review", narrows = true });
    }
}
