using System.Numerics;

namespace Tandem.Sip.Timers;

/// <summary>
/// A hierarchical timer wheel: scheduling and cancelling take constant time and allocate nothing, and an idle stretch
/// is skipped however long it is. Has no thread and no clock: its owner passes timestamps of one
/// <see cref="TimeProvider"/> in. Used by one thread.
/// </summary>
/// <remarks>
/// A timer never fires early and at most one tick late (plus what the owner is late with <see cref="Advance"/>). Timers
/// fire in order of their ticks; within one tick, in the order of scheduling unless they came from different levels.
/// </remarks>
public sealed class TimerWheel
{
    /// <summary>Default length of a tick: short against T1 (500 ms), long against a loop's turn.</summary>
    public static readonly TimeSpan DefaultTick = TimeSpan.FromMilliseconds(10);

    /// <summary>What <see cref="NextDue"/> is when nothing is scheduled.</summary>
    public const long Never = long.MaxValue;

    // Level 0 has 256 slots of one tick; each slot of levels 1 to 4 is as long as the whole level below:
    // 2.56 s, 164 s, 2.9 h, 7.8 days, so the wheel spans 497 days of 10 ms.
    private const int FirstBits = 8;
    private const int UpperBits = 6;
    private const int Levels = 5;
    private const int FirstSlots = 1 << FirstBits;
    private const int UpperSlots = 1 << UpperBits;
    private const long MaxTicks = 1L << (FirstBits + ((Levels - 1) * UpperBits));

    private readonly TimerEntry[] _slots = new TimerEntry[FirstSlots + ((Levels - 1) * UpperSlots)];
    private readonly ulong[] _firstOccupied = new ulong[FirstSlots / 64];
    private readonly ulong[] _upperOccupied = new ulong[Levels];
    private readonly long _start;
    private readonly long _stampsPerTick;
    private long _tick; // All timers due at this tick or before have fired.

    /// <summary>Makes an empty wheel.</summary>
    /// <param name="frequency">Timestamps per second (<see cref="TimeProvider.TimestampFrequency"/>).</param>
    /// <param name="now">The present timestamp (<see cref="TimeProvider.GetTimestamp"/>).</param>
    /// <param name="tick">Length of a tick; null for <see cref="DefaultTick"/>.</param>
    public TimerWheel(long frequency, long now, TimeSpan? tick = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(frequency);
        _stampsPerTick = (long)((Int128)(tick ?? DefaultTick).Ticks * frequency / TimeSpan.TicksPerSecond);
        if (_stampsPerTick <= 0) throw new ArgumentOutOfRangeException(nameof(tick), "Shorter than the clock's step.");
        _start = now;
        for (var i = 0; i < _slots.Length; i++) _slots[i] = new TimerEntry();
    }

    /// <summary>The number of scheduled timers.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// The timestamp at which <see cref="Advance"/> has something to do: never later than the first timer is due.
    /// It may be earlier, since timers more than 256 ticks away move down a level first. <see cref="Never"/> if there
    /// are none.
    /// </summary>
    public long NextDue
    {
        get
        {
            var tick = NextEventTick();
            return tick == Never ? Never : _start + (tick * _stampsPerTick);
        }
    }

    /// <summary>Schedules a timer, or moves it if it is scheduled already.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="due">
    /// The timestamp from which it may fire. One in the past fires at the next tick; one more than 497 days (of 10 ms
    /// ticks) away fires after 497 days.
    /// </param>
    public void Schedule(TimerEntry timer, long due)
    {
        ArgumentNullException.ThrowIfNull(timer);
        if (timer.Head is not null) Unlink(timer);
        else Count++;
        var distance = due - _start;
        var tick = distance <= 0 ? 0 : distance / _stampsPerTick;
        if (distance > tick * _stampsPerTick) tick++;
        timer.DueTick = Math.Clamp(tick, _tick + 1, _tick + MaxTicks - 1);
        Link(timer);
    }

    /// <summary>Takes a timer out; does nothing if it is not scheduled.</summary>
    /// <param name="timer">The timer.</param>
    public void Cancel(TimerEntry timer)
    {
        ArgumentNullException.ThrowIfNull(timer);
        if (timer.Head is null) return;
        Unlink(timer);
        Count--;
    }

    /// <summary>
    /// Fires what is due. Timers scheduled meanwhile for a time that has passed fire in the same call.
    /// </summary>
    /// <param name="now">The present timestamp; an earlier one than before does nothing.</param>
    /// <returns>The number of timers that fired.</returns>
    public int Advance(long now)
    {
        var (fired, target) = (0, (now - _start) / _stampsPerTick);
        while (_tick < target)
        {
            var next = NextEventTick();
            if (next > target)
            {
                _tick = target;
                break;
            }

            _tick = next;
            CascadeAt(next);
            fired += FireSlot((int)(next & (FirstSlots - 1)));
        }

        return fired;
    }

    private static int ShiftOf(int level) => FirstBits + ((level - 1) * UpperBits);

    private int FireSlot(int index)
    {
        var (fired, head) = (0, _slots[index]);
        while (head.Next != head)
        {
            var timer = head.Next!;
            Unlink(timer);
            Count--;
            fired++;
            timer.Owner.OnTimer(timer);
        }

        return fired;
    }

    /// <summary>Moves the timers of the upper slots that begin at this tick down.</summary>
    private void CascadeAt(long tick)
    {
        for (var level = 1; level < Levels; level++)
        {
            var shift = ShiftOf(level);
            if ((tick & ((1L << shift) - 1)) != 0) return;
            var head = _slots[SlotOf(level, tick)];
            // Relinking can't put a timer back into this slot: it is due within the slot's span, so it goes lower.
            while (head.Next != head)
            {
                var timer = head.Next!;
                Unlink(timer);
                Link(timer);
            }
        }
    }

    private void Link(TimerEntry timer)
    {
        var index = IndexFor(timer.DueTick);
        var head = _slots[index];
        (timer.Head, timer.Next, timer.Previous) = (head, head, head.Previous);
        head.Previous!.Next = timer;
        head.Previous = timer;
        head.DueTick = index; // A sentinel has no due tick; it keeps its own index here.
        if (index < FirstSlots) _firstOccupied[index >> 6] |= 1UL << (index & 63);
        else _upperOccupied[LevelOf(index)] |= 1UL << (index & (UpperSlots - 1));
    }

    private void Unlink(TimerEntry timer)
    {
        var head = timer.Head!;
        timer.Previous!.Next = timer.Next;
        timer.Next!.Previous = timer.Previous;
        (timer.Head, timer.Next, timer.Previous) = (null, null, null);
        if (head.Next != head) return;
        var index = (int)head.DueTick;
        if (index < FirstSlots) _firstOccupied[index >> 6] &= ~(1UL << (index & 63));
        else _upperOccupied[LevelOf(index)] &= ~(1UL << (index & (UpperSlots - 1)));
    }

    private static int LevelOf(int index) => 1 + ((index - FirstSlots) >> UpperBits);

    private static int SlotOf(int level, long tick) =>
        FirstSlots + ((level - 1) << UpperBits) + (int)((tick >> ShiftOf(level)) & (UpperSlots - 1));

    private int IndexFor(long due)
    {
        // A timer goes to the lowest level on which its slot is not the present one, nor a turn ahead of it.
        if (due - _tick < FirstSlots) return (int)(due & (FirstSlots - 1));
        for (var level = 1; level < Levels - 1; level++)
        {
            var shift = ShiftOf(level);
            if ((due >> shift) - (_tick >> shift) < UpperSlots) return SlotOf(level, due);
        }

        return SlotOf(Levels - 1, due);
    }

    private long NextEventTick()
    {
        if (Count == 0) return Never;
        var next = NextFirstTick();
        for (var level = 1; level < Levels; level++)
        {
            var occupied = _upperOccupied[level];
            if (occupied == 0) continue;
            var shift = ShiftOf(level);
            var present = _tick >> shift;
            // The present slot was emptied when the tick entered it, so the first set bit after it counts.
            var ahead = BitOperations.TrailingZeroCount(
                BitOperations.RotateRight(occupied, (int)((present + 1) & (UpperSlots - 1)))) + 1;
            next = Math.Min(next, (present + ahead) << shift);
        }

        return next;
    }

    private long NextFirstTick()
    {
        // Looks at the 256 ticks after the present one, word by word; the first word again for its low part.
        var from = _tick + 1;
        for (var i = 0; i <= _firstOccupied.Length; i++)
        {
            var begin = (from & ~63L) + (i * 64L);
            var word = _firstOccupied[(begin & (FirstSlots - 1)) >> 6];
            if (i == 0) word &= ulong.MaxValue << (int)(from & 63);
            if (word != 0) return begin + BitOperations.TrailingZeroCount(word);
        }

        return Never;
    }
}
