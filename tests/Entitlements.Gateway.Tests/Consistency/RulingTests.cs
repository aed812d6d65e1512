using BitFaster.Caching.Lru;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.Extensions.Options;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Gateway.Tests.Consistency;

/// <summary>When an earlier decision still counts.</summary>
public sealed class RulingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    [Trait("Abuse", "11")]
    public void A_reading_that_began_before_a_revocation_is_of_no_use_after_it()
    {
        var ruling = Allow(revision: 7, "p:north/officer");
        var floors = new Floors();
        var view = new View(7, TimeSpan.MaxValue, "1", 0, floors, null);
        Assert.True(ruling.IsGoodUnder(view, Noon));
        floors.Raise("p:north/other", 8);
        Assert.True(ruling.IsGoodUnder(view with { Applied = 8 }, Noon));
        floors.Raise("p:north/officer", 9);
        Assert.False(ruling.IsGoodUnder(view with { Applied = 9 }, Noon));
        Assert.True(Allow(revision: 9, "p:north/officer").IsGoodUnder(view with { Applied = 9 }, Noon));
    }

    [Fact]
    [Trait("Abuse", "13")]
    public void An_entry_of_another_timeline_or_from_before_a_new_beginning_is_of_no_use()
    {
        var ruling = Allow(revision: 7);
        Assert.False(ruling.IsGoodUnder(new(7, TimeSpan.MaxValue, "2", 0, new(), null), Noon));
        Assert.False(ruling.IsGoodUnder(new(8, TimeSpan.MaxValue, "1", 8, new(), null), Noon));
    }

    [Fact]
    public void A_ruling_counts_from_its_instant_until_its_end()
    {
        var view = new View(7, TimeSpan.MaxValue, "1", 0, new(), null);
        var ruling = Allow(revision: 7) with { NotAfter = Noon.AddSeconds(1) };
        Assert.True(ruling.IsGoodUnder(view, Noon));
        Assert.False(ruling.IsGoodUnder(view, Noon.AddSeconds(1)));
        Assert.False(ruling.IsGoodUnder(view, Noon.AddTicks(-1))); // a clock that went back gives nothing its time again
    }

    [Fact]
    public void A_ruling_is_kept_for_four_to_five_minutes_and_never_beyond_what_the_facts_say()
    {
        var ends = Enumerable.Range(0, 1000).Select(subject => Ruling.EndOf(new Decision.Allow(1, DateTimeOffset.MaxValue), Noon, subject)).ToHashSet();
        Assert.All(ends, end => Assert.InRange(end, Noon.AddMinutes(4), Noon.AddMinutes(5)));
        Assert.True(ends.Count > 90, "not all at once");
        Assert.Equal(Noon.AddSeconds(1), Ruling.EndOf(new Decision.Allow(1, Noon.AddSeconds(1)), Noon, 484));
    }

    /// <summary>So that <c>Cache:Memory</c> means bytes. A person named by a GUID, an app of two roles, a release of our own.</summary>
    [Fact]
    public void A_decision_in_memory_takes_no_more_than_is_reckoned_for_it_and_not_much_less()
    {
        const int many = 10_000;
        var truth = new Truth(new(), 42, 0, 0)
        {
            Timeline = "00000001",
            SubjectKey = 12,
            Release = new(9, "4.12.1", "android", new string('a', 64), 80_000_000),
            Roles = ["response-officer", "firearms-commander"],
        };
        var ruling = new Ruling(new Decision.Allow(7, DateTimeOffset.MaxValue), truth, Noon, Noon.AddMinutes(5), new ulong[9]);
        var payload = new byte[Entry.Longest];
        Assert.True(EntryPayload.TryWrite(ruling, payload, out var length));
        var memory = new ConcurrentLru<RulingKey, Ruling>(Environment.ProcessorCount, many, EqualityComparer<RulingKey>.Default);
        var keys = Enumerable
            .Range(0, 2 * many)
            .Select(i =>
                RulingKey.Of(Question("north", FormattableString.Invariant($"8f14e45f-ceea-467f-a9d0-{i:000000000000}"), "org.example.briefing", null))!.Value
            )
            .ToList();
        void Keep(RulingKey key) =>
            memory.AddOrUpdate(
                key with
                {
                    Subject = new(key.Subject.AsSpan()),
                    Resource = new(key.Resource.AsSpan()),
                },
                EntryPayload.Read(payload.AsSpan(0, length))!
            );
        keys[..many].ForEach(Keep); // the tables have grown: what they outgrew is not kept, and does not count
        var next = keys[many..];
        var before = GC.GetAllocatedBytesForCurrentThread();
        next.ForEach(Keep);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / many;
        Assert.InRange(each, CacheOptions.EntrySize * 3 / 4, CacheOptions.EntrySize);
    }

    [Fact]
    public void What_was_written_before_it_was_read_has_begun_however_unsure_the_replicas_clock_is()
    {
        var boot = new StandingClock();
        var replica = new Replica(boot, Options.Create(new StorageOptions { Provider = DatabaseProvider.Postgres }));
        var clock = new TrustedTime(replica, boot);
        replica.Publish(new(1, TimeSpan.MaxValue, "1", 0, new(), new(Noon, Sent: TimeSpan.Zero, Received: TimeSpan.FromSeconds(2))));
        boot.Stands = TimeSpan.FromSeconds(2); // Noon to two seconds past
        var facts = new Facts
        {
            CallerMayAsk = true,
            Subject = new(Active: true, Suspended: false),
            Resource = new()
            {
                IsApp = false,
                ActionKnown = true,
                Adopted = true,
            },
            Rule = new(["beat"], DeviceCondition.None, []),
            Held = [new(1, "beat", Noon.AddSeconds(1), DateTimeOffset.MaxValue, Suspended: false, [])],
        };
        var truth = new Truth(facts, 1, 0, 0);
        var question = Question("north", "officer", "notebook", null);
        Assert.IsType<Decision.Deny>(clock.Judge(question, truth, clock.Now()));
        Assert.IsType<Decision.Deny>(clock.Judge(question, truth with { ReadAt = Noon.AddSeconds(1).AddTicks(-1) }, clock.Now()));
        Assert.IsType<Decision.Allow>(clock.Judge(question, truth with { ReadAt = Noon.AddSeconds(1) }, clock.Now()));
    }

    [Fact]
    [Trait("Abuse", "12")]
    public void Two_questions_share_a_key_only_where_they_are_the_same_question()
    {
        string?[] texts = ["a", "b", "a|b", "b|c", "1:a", "a1:b", "a\0b", "", "north", new string('x', 1024)];
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        var own = new HashSet<RulingKey>();
        foreach (var tenant in texts)
        {
            foreach (var subject in texts)
            {
                foreach (var app in texts)
                {
                    foreach (var device in (string?[])[null, .. texts])
                    {
                        var key = RulingKey.Of(Question(tenant!, subject!, app!, device))!.Value;
                        Assert.True(keys.TryAdd(key.ToString(), $"{tenant} {subject} {app} {device}"), key.ToString());
                        Assert.True(own.Add(key));
                    }
                }
            }
        }
    }

    [Fact]
    [Trait("Abuse", "15")]
    public void A_replicas_own_wall_clock_decides_nothing()
    {
        var boot = new StandingClock();
        var replica = new Replica(boot, Options.Create(new StorageOptions { Provider = DatabaseProvider.Postgres }));
        var clock = new TrustedTime(replica, boot);
        replica.Publish(new(1, TimeSpan.MaxValue, "1", 0, new(), new(Noon, Sent: TimeSpan.FromSeconds(10), Received: TimeSpan.FromSeconds(11))));
        boot.Stands = TimeSpan.FromSeconds(15);
        Assert.Equal(Noon.AddSeconds(5), clock.GetUtcNow());
        Assert.Equal(Noon.AddSeconds(4), clock.GetEarliest());
        replica.Forget(); // without a lease nothing is decided, but what is written bears a time
        Assert.Equal(Noon.AddSeconds(5).AddMicroseconds(1), clock.GetUtcNow());
        replica.Publish(new(2, TimeSpan.MaxValue, "1", 0, new(), new(Noon.AddSeconds(4), Sent: boot.Now, Received: boot.Now))); // answered faster than the one before
        Assert.Equal(Noon.AddSeconds(5).AddMicroseconds(2), clock.GetUtcNow());
        boot.Stands += TimeSpan.FromSeconds(2);
        Assert.Equal(Noon.AddSeconds(6), clock.GetUtcNow());
    }

    private static Ruling Allow(long revision, params string[] evidence) =>
        new(
            new Decision.Allow(1, DateTimeOffset.MaxValue),
            new Truth(new(), revision, 0, 0) { Timeline = "1" },
            Noon,
            Noon.AddMinutes(5),
            [.. evidence.Select(Evidence.Fingerprint)]
        );

    private static EvaluationRequest Question(string tenant, string subject, string app, string? device) =>
        new(tenant, new("user", subject, Properties.None), new(Action.Download, Properties.None), new(Resource.App, app, Properties.None), new(device));

    private sealed class StandingClock : BootClock
    {
        public TimeSpan Stands { get; set; }
        public override TimeSpan Now => Stands;
    }
}
