using System.Collections.Concurrent;
using System.Data.Common;
using BitFaster.Caching.Lru;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access;

/// <summary>A decision with what it was made on.</summary>
/// <param name="Truth">Without its facts: the decision has been made.</param>
/// <param name="NotAfter">From this instant it says nothing any more: the same facts might be judged differently, or it is simply old.</param>
/// <param name="Evidence">Fingerprints of the scopes it depends on.</param>
internal sealed record Ruling(Decision Decision, Truth Truth, DateTimeOffset JudgedAt, DateTimeOffset NotAfter, ulong[] Evidence)
{
    /// <summary>No ruling is older, whatever the facts say.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>When a decision made at <paramref name="at"/> says nothing any more: as soon as the facts say, and after four to five minutes in any case, by subject, so that not all end at once.</summary>
    public static DateTimeOffset EndOf(Decision decision, DateTimeOffset at, long subjectKey)
    {
        var old = at + Longest * (1 - 0.2 * (subjectKey % 97 / 97.0));
        return decision.HoldsUntil < old ? decision.HoldsUntil : old;
    }

    /// <summary>True when under <paramref name="view"/>, at <paramref name="now"/>, judging afresh would say the same.</summary>
    public bool IsGoodUnder(View view, DateTimeOffset now) => ObjectionUnder(view, now) is null;

    /// <summary>Why it does not count; null when it does.</summary>
    public Rejection? ObjectionUnder(View view, DateTimeOffset now) =>
        now < JudgedAt || NotAfter <= now ? Rejection.Expired
        : view.Covers(Truth.Timeline, Truth.Revision, Evidence) ? null
        : Rejection.Revoked;
}

/// <summary>
/// Decisions by memory, then by Redis, then by the truth. Nothing found here is believed for its own sake: a ruling counts only under a view that has
/// applied every revocation up to its revision and found none that touches what the ruling was made on.
/// </summary>
internal sealed class DecisionCache(FactsReader facts, RedisLevel redis, IOptions<CacheOptions> options, CacheTelemetry telemetry, TimeProvider clock)
{
    private readonly ConcurrentLru<RulingKey, Ruling> _memory = new(
        Environment.ProcessorCount,
        (int)Math.Clamp(options.Value.Memory / CacheOptions.EntrySize, 3, int.MaxValue),
        EqualityComparer<RulingKey>.Default
    );

    private readonly ConcurrentDictionary<RulingKey, TaskCompletionSource<Ruling>> _flights = new();

    /// <summary>Of so many denials from memory one is judged again, to count the false ones: those that the truth would not have given.</summary>
    private const int DenialsPerCheck = 2048;

    private int _denials;

    /// <exception cref="NoLeaseException">The truth was needed and cannot be read.</exception>
    public ValueTask<Ruling> DecideAsync(EvaluationRequest request, View view)
    {
        if (!options.Value.IsOn || RulingKey.Of(request) is not { } key)
        {
            return new(JudgeAsync(request));
        }
        if (_memory.TryGet(key, out var ruling))
        {
            if (ruling.ObjectionUnder(view, clock.GetUtcNow()) is not { } cause)
            {
                telemetry.Found(CacheLevel.Memory);
                if (ruling.Decision is Decision.Deny && Interlocked.Increment(ref _denials) % DenialsPerCheck == 0)
                {
                    _ = CheckAsync(key, request); // nobody waits for it
                }
                return new(ruling);
            }
            telemetry.Rejected(CacheLevel.Memory, cause);
        }
        return new(FetchAsync(key, request, view));
    }

    /// <summary>One reads for all who ask the same at the same time. Who joined a reading that began before something they must see reads for themself.</summary>
    private Task<Ruling> FetchAsync(RulingKey key, EvaluationRequest request, View view)
    {
        var own = new TaskCompletionSource<Ruling>(TaskCreationOptions.RunContinuationsAsynchronously);
        var flight = _flights.GetOrAdd(key, own);
        return flight == own ? FlyAsync(key, request, view, own) : JoinAsync(flight.Task, request, view);
    }

    private async Task<Ruling> JoinAsync(Task<Ruling> flight, EvaluationRequest request, View view) =>
        await flight is var ruling && ruling.IsGoodUnder(view, clock.GetUtcNow()) ? ruling : await JudgeAsync(request);

    private async Task<Ruling> FlyAsync(RulingKey key, EvaluationRequest request, View view, TaskCompletionSource<Ruling> flight)
    {
        try
        {
            var question = redis.IsUsed ? key.ToString() : null;
            var shared = question is null ? null : await redis.FindAsync(question, view);
            var ruling = shared ?? await JudgeAsync(request);
            if (ruling.Truth.IsCacheable)
            {
                _memory.AddOrUpdate(key, ruling);
            }
            flight.SetResult(ruling);
            if (shared is null && question is not null && ruling.Truth.IsCacheable)
            {
                redis.Offer(question, ruling);
            }
            return ruling;
        }
        catch (Exception fault)
        {
            flight.TrySetException(fault); // everyone aboard hears it
            _ = flight.Task.Exception; // and nobody may be
            throw;
        }
        finally
        {
            _flights.TryRemove(key, out _);
        }
    }

    private async Task CheckAsync(RulingKey key, EvaluationRequest request)
    {
        try
        {
            var fresh = await ReadAsync(request);
            var isFalse = fresh.Decision is Decision.Allow;
            telemetry.Checked(isFalse);
            if (isFalse && fresh.Truth.IsCacheable)
            {
                _memory.AddOrUpdate(key, fresh);
            }
        }
        catch (Exception fault) when (fault is DbException or TimeoutException)
        {
            // the truth cannot be read: nothing is learnt
        }
    }

    private async Task<Ruling> JudgeAsync(EvaluationRequest request)
    {
        var ruling = await ReadAsync(request); // never cancelled: others may wait for it
        telemetry.Found(CacheLevel.Truth);
        return ruling;
    }

    private async Task<Ruling> ReadAsync(EvaluationRequest request)
    {
        var truth = await facts.ReadAsync(request);
        var at = clock.Now();
        var decision = clock.Judge(request, truth, at);
        return new(
            decision,
            truth with
            {
                Facts = Nothing,
            },
            at,
            Ruling.EndOf(decision, at, truth.SubjectKey ?? 0),
            Array.ConvertAll(Evidence.Of(request, truth.Roles, truth.Elsewhere), Evidence.Fingerprint)
        );
    }

    private static readonly Facts Nothing = new();
}

/// <summary>The whole question: two share a key only where they must get the same answer.</summary>
internal readonly record struct RulingKey(
    string Tenant,
    string SubjectType,
    string Subject,
    string? Issuer,
    string Action,
    string ResourceType,
    string Resource,
    string? Version,
    string? Platform,
    string? Device
)
{
    /// <summary>Null where the question carries properties that a condition may look at: those are judged each time.</summary>
    public static RulingKey? Of(EvaluationRequest request)
    {
        var (subject, action, resource) = (request.Subject, request.Action, request.Resource);
        return resource.Type != Engine.Decisions.Resource.App && !(IsPlain(subject.Properties) && action.Properties.Count + resource.Properties.Count == 0)
            ? null
            : new(
                request.Tenant,
                subject.Type,
                subject.Id,
                subject.Properties.Text("iss"),
                action.Name,
                resource.Type,
                resource.Id,
                resource.Properties.Text("version"),
                resource.Properties.Text("platform"),
                request.Context.Device
            );
    }

    /// <remarks>Of what differs most, as the rest is compared anyway: ten parts take longer to hash than to compare.</remarks>
    public override int GetHashCode() => HashCode.Combine(Subject.GetHashCode(StringComparison.Ordinal), Resource.GetHashCode(StringComparison.Ordinal));

    /// <summary>As text; each part after its length, so that no part can pretend to be two.</summary>
    public override string ToString() =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{Tenant.Length}:{Tenant}{SubjectType.Length}:{SubjectType}{Subject.Length}:{Subject}{Issuer?.Length ?? -1}:{Issuer}{Action.Length}:{Action}{ResourceType.Length}:{ResourceType}{Resource.Length}:{Resource}{Version?.Length ?? -1}:{Version}{Platform?.Length ?? -1}:{Platform}{Device?.Length ?? -1}:{Device}"
        );

    private static bool IsPlain(Properties properties) => properties.Count == 0 || (properties.Count == 1 && properties.Text("iss") is not null);
}
