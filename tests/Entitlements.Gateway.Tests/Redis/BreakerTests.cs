using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Consistency;

namespace Entitlements.Gateway.Tests.Redis;

public sealed class BreakerTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void After_a_failure_nobody_asks_for_half_a_second_then_one_does()
    {
        var breaker = new Breaker(_clock);
        Assert.True(breaker.TryEnter());
        breaker.Failed();
        _clock.Pass(Breaker.Rest - TimeSpan.FromTicks(1));
        Assert.False(breaker.TryEnter());
        _clock.Pass(TimeSpan.FromTicks(1));
        Assert.True(breaker.TryEnter());
        Assert.False(breaker.TryEnter());
        Assert.True(breaker.IsOpen);
        breaker.Succeeded();
        Assert.False(breaker.IsOpen);
        Assert.True(breaker.TryEnter());
    }

    [Fact]
    public void Who_tried_and_never_came_back_does_not_keep_it_open()
    {
        var breaker = new Breaker(_clock);
        breaker.Failed();
        _clock.Pass(Breaker.Rest);
        Assert.True(breaker.TryEnter());
        _clock.Pass(Breaker.Rest);
        Assert.True(breaker.TryEnter());
    }

    [Fact]
    public async Task Of_many_who_come_at_the_end_of_the_rest_one_asks()
    {
        var breaker = new Breaker(_clock);
        breaker.Failed();
        _clock.Pass(Breaker.Rest);
        var entered = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(breaker.TryEnter)));
        Assert.Single(entered, true);
    }

    private sealed class Clock : BootClock
    {
        private TimeSpan _now = TimeSpan.FromHours(1);
        public override TimeSpan Now => _now;

        public void Pass(TimeSpan time) => _now += time;
    }
}
