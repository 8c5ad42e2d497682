using CsCheck;
using Tandem.Blacklist.Detection;

namespace Tandem.Blacklist.Tests.Detection;

public sealed class CallWindowsTests
{
    // Against a list of all calls of each number, filtered anew with each call.
    [Fact]
    public void Counts_as_a_list_of_all_calls_does()
    {
        var step = Gen.Select(Gen.Int[0, 4], Gen.Long[0, 12], Gen.Int[1, 9]);
        Gen.Select(step.Array[0, 200], Gen.Long[1, 40]).Sample((steps, window) =>
        {
            var windows = new CallWindows(1000, 10_000);
            var all = new Dictionary<string, List<long>>();
            var now = 0L;
            foreach (var (number, wait, limit) in steps)
            {
                now += wait;
                var name = $"{number}";
                if (!all.TryGetValue(name, out var calls)) all.Add(name, calls = []);
                // A lowered limit forgets what is above it.
                calls.RemoveAll(t => t <= now - window);
                if (calls.Count > limit - 1) calls.RemoveRange(0, calls.Count - (limit - 1));
                calls.Add(now);
                Assert.Equal(calls.Count, windows.Add(name, now, limit, window));
            }
        });
    }

    [Fact]
    public void A_call_as_old_as_the_window_no_longer_counts()
    {
        var windows = new CallWindows(10, 100);
        Assert.Equal(1, windows.Add("1", 0, 5, 600));
        Assert.Equal(2, windows.Add("1", 599, 5, 600));
        Assert.Equal(2, windows.Add("1", 600, 5, 600));
    }

    [Fact]
    public void A_late_call_counts_at_the_time_of_the_last_one()
    {
        var windows = new CallWindows(10, 100);
        windows.Add("1", 100, 5, 50);
        Assert.Equal(2, windows.Add("1", 90, 5, 50));
        Assert.Equal(3, windows.Add("1", 145, 5, 50));
    }

    [Fact]
    public void Forgets_the_idlest_number_when_there_are_too_many()
    {
        var windows = new CallWindows(2, 100);
        windows.Add("1", 1, 5, 600);
        windows.Add("2", 2, 5, 600);
        windows.Add("1", 3, 5, 600);
        windows.Add("3", 4, 5, 600);
        Assert.Equal((2, 1L), (windows.Count, windows.Evicted));
        Assert.Equal(3, windows.Add("1", 5, 5, 600));
        Assert.Equal(1, windows.Add("2", 6, 5, 600));
    }

    [Fact]
    public void Holds_no_more_times_than_its_cap_whatever_the_limit()
    {
        Gen.Select(Gen.Int[0, 30], Gen.Int[1, 40]).Array[0, 400].Sample(steps =>
        {
            var windows = new CallWindows(20, 60);
            for (var i = 0; i < steps.Length; i++)
            {
                windows.Add($"{steps[i].Item1}", i, steps[i].Item2, 10_000);
                Assert.True(windows.Count <= 20);
                Assert.True(windows.Times <= 60 || windows.Count == 1);
            }
        });
    }

    [Fact]
    public void Frees_numbers_that_are_no_longer_called()
    {
        var windows = new CallWindows(1000, 10_000);
        for (var i = 0; i < 500; i++) windows.Add($"{i}", i, 5, 100);
        for (var i = 0; i < 300; i++) windows.Add("other", 10_000 + i, 5, 100);
        Assert.Equal((1, 0L), (windows.Count, windows.Evicted));
        windows.Remove("other");
        Assert.Equal((0, 0), (windows.Count, windows.Times));
    }
}
