using CsCheck;
using Tandem.Shared.Leases;

namespace Tandem.Routing.Tests.Gateways;

public sealed class RateWindowTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    [Fact]
    public void A_grant_counts_for_a_half_open_second()
    {
        var window = new RateWindow();
        Assert.True(window.TryTake(0, 1));
        Assert.False(window.TryTake(Second - 1, 1));
        Assert.True(window.TryTake(Second, 1));
    }

    [Fact]
    public void Of_thirty_requests_in_one_second_exactly_ten_pass()
    {
        var window = new RateWindow();
        var passed = Enumerable.Range(0, 30).Count(i => window.TryTake(i * Second / 30, 10));
        Assert.Equal(10, passed);
    }

    [Fact]
    public void A_refusal_takes_nothing()
    {
        var window = new RateWindow();
        Assert.True(window.TryTake(0, 1));
        for (var i = 1; i < 100; i++) Assert.False(window.TryTake(i, 1));
        Assert.Equal(1, window.Count(100));
        Assert.True(window.TryTake(Second, 1));
    }

    [Fact]
    public void Without_a_limit_all_pass_and_memory_is_bounded()
    {
        var window = new RateWindow();
        for (var i = 0; i < RateWindow.MaxRememberedUnlimited + 1_000; i++) Assert.True(window.TryTake(i, 0));
        Assert.Equal(RateWindow.MaxRememberedUnlimited, window.Count(RateWindow.MaxRememberedUnlimited + 1_000));
    }

    [Fact]
    public void A_lower_limit_counts_what_was_granted_before()
    {
        var window = new RateWindow();
        for (var i = 0; i < 20; i++) Assert.True(window.TryTake(0, 0));
        Assert.False(window.TryTake(1, 10));
        Assert.True(window.TryTake(Second, 10));
    }

    [Fact]
    public void A_clock_that_steps_back_grants_nothing_more()
    {
        var window = new RateWindow();
        Assert.True(window.TryTake(5 * Second, 1));
        Assert.False(window.TryTake(0, 1));
    }

    // Reference: the list of all grants ever; a request passes when fewer than the limit lie in (now − 1 s, now].
    [Fact]
    public void Agrees_with_a_slow_reference_while_the_limit_changes() =>
        Gen.Select(Gen.Long[0, Second / 3], Gen.OneOf(Gen.Const(-1), Gen.Int[0, 20])).Array[1, 400].Sample(steps =>
        {
            var window = new RateWindow();
            var grants = new List<long>();
            var (now, limit) = (0L, 5);
            foreach (var (advance, change) in steps)
            {
                now += advance;
                if (change >= 0) limit = change;
                var inSecond = grants.Count(g => g > now - Second);
                var expected = limit == 0 || inSecond < limit;
                if (window.Count(now) != inSecond || window.TryTake(now, limit) != expected) return false;
                if (expected) grants.Add(now);
            }

            return true;
        });

    [Fact]
    public void No_sliding_second_holds_more_than_the_limit() =>
        Gen.Select(Gen.Int[1, 12], Gen.Long[0, Second / 4].Array[1, 300]).Sample((limit, advances) =>
        {
            var window = new RateWindow();
            var grants = new List<long>();
            var now = 0L;
            foreach (var advance in advances)
            {
                now += advance;
                if (window.TryTake(now, limit)) grants.Add(now);
            }

            return grants.TrueForAll(first => grants.Count(g => g >= first && g < first + Second) <= limit);
        });
}
