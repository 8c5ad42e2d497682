using CsCheck;
using Tandem.Sip.Timers;

namespace Tandem.Sip.Tests.Timers;

public sealed class TimerWheelTests
{
    private const long Frequency = 1_000_000_000;
    private const long Tick = Frequency / 100;

    private sealed class Owner(Action<TimerEntry> fired) : ITimerOwner
    {
        public void OnTimer(TimerEntry timer) => fired(timer);
    }

    /// <summary>What the wheel has to do, by looking at every timer each time.</summary>
    private sealed class SlowReference
    {
        private readonly Dictionary<int, long> _dueTicks = [];
        private long _tick;

        public void Schedule(int id, long due) => _dueTicks[id] = Math.Max((due + Tick - 1) / Tick, _tick + 1);

        public void Cancel(int id) => _dueTicks.Remove(id);

        public List<(long Tick, int Id)> Advance(long now)
        {
            _tick = Math.Max(_tick, now / Tick);
            var due = _dueTicks.Where(e => e.Value <= _tick).Select(e => (e.Value, e.Key)).Order().ToList();
            foreach (var (_, id) in due) _dueTicks.Remove(id);
            return due;
        }

        public long Next => _dueTicks.Count == 0 ? TimerWheel.Never : _dueTicks.Values.Min() * Tick;

        public int Count => _dueTicks.Count;
    }

    private sealed record Operation(int Kind, int Id, long Delay);

    private static readonly Gen<long> Delays = Gen.OneOf(
        Gen.Long[0, 3 * Tick], Gen.Long[0, 600 * Tick], Gen.Long[0, 20_000 * Tick], Gen.Long[0, 5_000_000 * Tick]);

    private static readonly Gen<Operation> Operations = Gen.Select(
        Gen.Int[0, 9], Gen.Int[0, 19], Delays, (kind, id, delay) => new Operation(kind, id, delay));

    [Fact]
    public void Fires_and_counts_as_a_sorted_list_does() =>
        Operations.Array[1, 200].Sample(
            operations =>
            {
                var fired = new List<TimerEntry>();
                var owner = new Owner(fired.Add);
                var wheel = new TimerWheel(Frequency, 0);
                var reference = new SlowReference();
                var timers = Enumerable.Range(0, 20).Select(id => new TimerEntry(owner, id)).ToArray();
                var now = 0L;
                foreach (var (kind, id, delay) in operations)
                {
                    switch (kind)
                    {
                        case < 5:
                            wheel.Schedule(timers[id], now + delay);
                            reference.Schedule(id, now + delay);
                            break;
                        case < 6:
                            wheel.Cancel(timers[id]);
                            reference.Cancel(id);
                            break;
                        default:
                            now += delay;
                            fired.Clear();
                            wheel.Advance(now);
                            var expected = reference.Advance(now);
                            Assert.Equal(expected.Select(e => e.Id).Order(), fired.Select(t => t.Kind).Order());
                            AssertOrdered(expected, fired);
                            break;
                    }

                    Assert.Equal(reference.Count, wheel.Count);
                    Assert.True(wheel.NextDue <= reference.Next, "NextDue is too late");
                    Assert.Equal(reference.Next == TimerWheel.Never, wheel.NextDue == TimerWheel.Never);
                }
            },
            iter: 1_000);

    [Fact]
    public void Going_from_NextDue_to_NextDue_fires_every_timer_at_its_tick()
    {
        var seen = new List<(int Kind, long At)>();
        var now = 0L;
        var owner = new Owner(timer => seen.Add((timer.Kind, now)));
        var wheel = new TimerWheel(Frequency, 0);
        int[] delays = [0, 1, 255, 256, 257, 511, 512, 16_383, 16_384, 16_640, 1_048_576, 3_000_001, 90_000_000];
        foreach (var ticks in delays) wheel.Schedule(new TimerEntry(owner, ticks), ticks * Tick);
        for (var steps = 0; wheel.NextDue != TimerWheel.Never; steps++)
        {
            Assert.True(steps < 60, "no progress");
            now = wheel.NextDue;
            wheel.Advance(now);
        }

        Assert.Equal(delays.Select(d => (d, Math.Max(d, 1) * Tick)), seen);
    }

    [Fact]
    public void Never_fires_before_it_is_due()
    {
        var fired = 0;
        var wheel = new TimerWheel(Frequency, 5);
        wheel.Schedule(new TimerEntry(new Owner(_ => fired++)), 5 + Tick + 1);
        wheel.Advance(5 + (2 * Tick) - 1);
        Assert.Equal(0, fired);
        wheel.Advance(5 + (2 * Tick));
        Assert.Equal(1, fired);
    }

    [Fact]
    public void A_timer_may_cancel_and_schedule_others_and_itself_while_firing()
    {
        var fired = new List<int>();
        var wheel = new TimerWheel(Frequency, 0);
        var timers = new TimerEntry[3];
        var owner = new Owner(timer =>
        {
            fired.Add(timer.Kind);
            if (fired.Count > 3 || timer.Kind != 0) return;
            wheel.Cancel(timers[1]);
            wheel.Schedule(timers[0], 0);
        });
        for (var i = 0; i < 3; i++) wheel.Schedule(timers[i] = new TimerEntry(owner, i), Tick);
        Assert.Equal(4, wheel.Advance(10 * Tick));
        Assert.Equal([0, 2, 0, 0], fired);
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void Scheduling_allocates_nothing()
    {
        var wheel = new TimerWheel(Frequency, 0);
        var timers = Enumerable.Range(0, 100).Select(i => new TimerEntry(new Owner(_ => { }), i)).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
        {
            foreach (var timer in timers) wheel.Schedule(timer, (round + timer.Kind) * 7 * Tick);
            wheel.Advance(round * 20 * Tick);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void AssertOrdered(List<(long Tick, int Id)> expected, List<TimerEntry> fired)
    {
        var ticks = expected.ToDictionary(e => e.Id, e => e.Tick);
        var last = 0L;
        foreach (var timer in fired)
        {
            Assert.True(ticks[timer.Kind] >= last, "out of order");
            last = ticks[timer.Kind];
        }
    }
}
