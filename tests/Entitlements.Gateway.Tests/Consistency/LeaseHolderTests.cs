using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Tests.Consistency;

/// <summary>The lease, step by step, on a clock and a table that the test moves.</summary>
public sealed class LeaseHolderTests
{
    private readonly Clock _clock = new();
    private readonly Table _table;
    private readonly AppliedSignal _applied = new();
    private readonly Replica _replica;
    private readonly LeaseHolder _holder;

    public LeaseHolderTests()
    {
        _table = new(_clock);
        _replica = new(_clock, Options.Create(new StorageOptions { Provider = DatabaseProvider.Postgres }));
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        _holder = new(
            _replica,
            _clock,
            Options.Create(new ConsistencyOptions { Lease = TimeSpan.FromSeconds(2) }),
            _applied,
            new ConsistencyTelemetry(meters, _replica, _clock),
            NullLogger<LeaseHolder>.Instance
        );
    }

    [Fact]
    public void A_lease_counts_from_before_the_renewal_was_sent()
    {
        _clock.Set(TimeSpan.FromSeconds(100));
        _table.Takes = TimeSpan.FromSeconds(1.5);
        _holder.Renew(_table);
        Assert.Equal(TimeSpan.FromSeconds(102), _replica.Last!.Expires);
        Assert.NotNull(_replica.Current);
        _clock.Set(TimeSpan.FromSeconds(102));
        Assert.Null(_replica.Current);
    }

    [Fact]
    public void An_answer_that_took_longer_than_the_lease_grants_nothing()
    {
        _table.Takes = TimeSpan.FromSeconds(3);
        _holder.Renew(_table);
        Assert.Null(_replica.Current);
    }

    [Fact]
    public void The_claim_is_published_before_anything_is_read_under_it()
    {
        _holder.Renew(_table);
        Assert.Equal(["claim", "renew -1"], _table.Calls);
    }

    [Fact]
    public void What_was_seen_is_applied_before_the_view_says_so_and_confirmed_after()
    {
        _holder.Renew(_table);
        _holder.Renew(_table);
        _table.Commit("p:north/officer");
        _table.WhileReading = () => Assert.Equal(0, _replica.Last!.Applied);
        Assert.Equal(Next.GoOn, _holder.Renew(_table));
        Assert.Equal(1, _replica.Last!.Applied);
        Assert.False(_replica.Last.Covers("1", 0, [Evidence.Fingerprint("p:north/officer")]));
        Assert.True(_replica.Last.Covers("1", 0, [Evidence.Fingerprint("p:north/other")]));
        Assert.Equal(0, _table.Confirmed);
        _table.WhileReading = () => { };
        Assert.Equal(Next.Rest, _holder.Renew(_table));
        Assert.Equal(1, _table.Confirmed);
    }

    [Fact]
    public void A_request_under_the_older_view_finds_the_floors_of_the_newer()
    {
        _holder.Renew(_table);
        var older = _replica.Last!;
        _table.Commit("g");
        _holder.Renew(_table);
        Assert.False(older.Covers("1", 0, [Evidence.Fingerprint("g")]));
    }

    [Fact]
    public async Task A_revision_is_confirmed_only_after_running_streams_were_looked_at_and_the_lease_goes_on_meanwhile()
    {
        var looked = new TaskCompletionSource();
        _holder.Renew(_table);
        _holder.Renew(_table);
        _applied.Watch(_ => looked.Task);
        _table.Commit("e:one");
        _holder.Renew(_table);
        _holder.Renew(_table);
        _table.Commit(); // nobody rests on it, but it must not overtake the one before
        _holder.Renew(_table);
        _holder.Renew(_table);
        Assert.Equal(2, _replica.Last!.Applied);
        Assert.Equal(0, _table.Confirmed);
        looked.SetResult();
        await Replicas.UntilAsync(() =>
        {
            _holder.Renew(_table);
            return Task.FromResult(_table.Confirmed == 2);
        });
    }

    [Fact]
    public void A_swept_claim_takes_everything_with_it()
    {
        _holder.Renew(_table);
        _table.Swept = true;
        Assert.Equal(Next.GoOn, _holder.Renew(_table));
        Assert.Null(_replica.Last);
        _table.Commit("g");
        _holder.Renew(_table);
        Assert.Equal((1, 1), (_replica.Last!.Base, _replica.Last.Applied));
        Assert.Equal(2, _table.Calls.Count(call => call == "claim"));
    }

    [Theory]
    [Trait("Abuse", "13")]
    [InlineData("timeline")]
    [InlineData("gap")]
    public void Another_history_or_a_missing_page_begins_anew(string what)
    {
        _holder.Renew(_table);
        _table.Commit("p:north/officer");
        if (what == "timeline")
        {
            _table.Timeline = "2";
        }
        else
        {
            _table.Forget();
        }
        _holder.Renew(_table);
        Assert.Equal(1, _replica.Last!.Base);
        Assert.False(_replica.Last.Covers(_table.Timeline, 0, []));
    }

    [Fact]
    public void A_renewal_that_failed_grants_nothing_and_takes_nothing()
    {
        _holder.Renew(_table);
        var expires = _replica.Last!.Expires;
        _clock.Set(_clock.Now + TimeSpan.FromSeconds(1));
        _table.Fails = true;
        Assert.Throws<NoLeaseException>(() => _holder.Renew(_table));
        Assert.Equal(expires, _replica.Last!.Expires);
        _clock.Set(_clock.Now + TimeSpan.FromSeconds(1));
        Assert.Null(_replica.Current);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_revision_that_went_back_stops_everything_until_an_operator_recovers_it(bool swept)
    {
        _table.Commit("g");
        _table.Commit("g");
        _holder.Renew(_table);
        _table.Seen = 1;
        _table.Swept = swept; // a restored database has no row of ours
        _holder.Renew(_table);
        _holder.Renew(_table);
        Assert.Null(_replica.Last);
        Assert.True(_table.SafeMode);
        _table.SafeMode = false; // somebody's update is no recovery
        _table.Seen = 10;
        _holder.Renew(_table);
        Assert.Null(_replica.Last);
        _table.Recoveries = 1;
        _holder.Renew(_table);
        Assert.Equal(10, _replica.Last!.Applied);
    }

    [Fact]
    public void Who_leaves_allows_nothing_before_the_claim_is_gone()
    {
        _holder.Renew(_table);
        _table.WhileWithdrawing = () => Assert.Null(_replica.Last);
        _holder.Leave(_table);
        Assert.Contains("withdraw", _table.Calls);
    }

    private sealed class Clock : BootClock
    {
        private TimeSpan _now = TimeSpan.FromHours(1);
        public override TimeSpan Now => _now;

        public void Set(TimeSpan now) => _now = now;
    }

    private sealed class Table(Clock clock) : ILeaseTable
    {
        private readonly List<Invalidation> _kept = [];

        public List<string> Calls { get; } = [];
        public TimeSpan Takes { get; set; }
        public long Seen { get; set; }
        public long Confirmed { get; private set; } = -1;
        public string Timeline { get; set; } = "1";
        public bool Swept { get; set; }
        public bool Fails { get; set; }
        public bool SafeMode { get; set; }
        public long Recoveries { get; set; }
        public Action WhileReading { get; set; } = () => { };
        public Action WhileWithdrawing { get; set; } = () => { };

        public void Commit(params string[] scopes) => _kept.Add(new(++Seen, scopes));

        public void Forget() => _kept.Clear();

        public void Claim(Guid inc)
        {
            Calls.Add("claim");
            Swept = false;
        }

        public Renewal? Renew(Guid inc, long confirmed)
        {
            Calls.Add($"renew {confirmed}");
            clock.Set(clock.Now + Takes);
            if (Fails)
            {
                throw new NoLeaseException();
            }
            if (Swept)
            {
                return null;
            }
            Confirmed = confirmed;
            return new(Seen, Timeline, DateTimeOffset.UnixEpoch, SafeMode, Recoveries);
        }

        public IReadOnlyList<Invalidation> Between(long after, long upTo)
        {
            WhileReading();
            return _kept.FindAll(i => i.Revision > after && i.Revision <= upTo);
        }

        public void WaitForNews(TimeSpan atMost) => throw new NotSupportedException();

        public void EnterSafeMode(string why) => SafeMode = true;

        public void Withdraw(Guid inc)
        {
            WhileWithdrawing();
            Calls.Add("withdraw");
        }

        public void Dispose() { }
    }
}
