using System.Collections.Immutable;
using Entitlements.Engine.Requests;

namespace Entitlements.Engine.Reviews;

/// <summary>How a role's assignments are looked at again and again.</summary>
/// <param name="Every">From one review to the next; plain time.</param>
/// <param name="AnswerWithin">How long reviewers have; plain time, less than <paramref name="Every"/>.</param>
/// <param name="Reviewers">Groups; whoever is in any of them at the moment of the answer may give it. Never empty.</param>
/// <param name="OnNoAnswer">What happens to an assignment that nobody answered for.</param>
public sealed record ReviewPolicy(TimeSpan Every, TimeSpan AnswerWithin, ImmutableArray<Approver> Reviewers, NoAnswer OnNoAnswer);
