namespace Tandem.Blacklist.Detection;

/// <summary>
/// The recent call times of many numbers, each in a ring of at most the detector's limit. Bounded: above
/// <c>maxNumbers</c> numbers or <c>maxTimes</c> times in all, the number that was idle longest is forgotten; numbers
/// whose last call has left the window go by themselves, two a call. One thread only.
/// </summary>
public sealed class CallWindows(int maxNumbers, int maxTimes)
{
    /// <summary>Numbers that one detector remembers.</summary>
    public const int DefaultMaxNumbers = 200_000;

    /// <summary>Call times that one detector remembers over all numbers: 16 MB.</summary>
    public const int DefaultMaxTimes = 2_000_000;

    private const int FirstRing = 4;
    private const int IdleChecksPerCall = 2;

    private readonly Dictionary<string, Ring> _byNumber = new(StringComparer.Ordinal);

    // Sentinel of the circle of rings: Next is the idlest, Previous the one that was called last.
    private readonly Ring _order = new("");

    /// <summary>Numbers remembered.</summary>
    public int Count => _byNumber.Count;

    /// <summary>Times for which memory is held: never above <c>maxTimes</c> and one ring.</summary>
    public int Times { get; private set; }

    /// <summary>Numbers forgotten because a cap was reached.</summary>
    public long Evicted { get; private set; }

    /// <summary>
    /// Remembers a call at <paramref name="at"/> and gives the calls of the number in (at − window, at], never more
    /// than
    /// <paramref name="limit"/>. A time before the number's last call counts as that one: batches of several nodes mix.
    /// </summary>
    public int Add(string number, long at, int limit, long window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ForgetIdle(at - window);
        if (!_byNumber.TryGetValue(number, out var ring))
        {
            if (_byNumber.Count >= maxNumbers) Evict();
            ring = new Ring(number);
            _byNumber.Add(number, ring);
        }
        else
        {
            ring.Unlink();
        }

        _order.LinkBefore(ring);
        if (ring.Count > 0 && ring.Last > at) at = ring.Last;
        ring.DropUntil(at - window);
        ring.KeepNewest(limit - 1);
        if (ring.Count == ring.Capacity)
        {
            var capacity = Math.Min(limit, Math.Max(FirstRing, 2 * ring.Capacity));
            Times += capacity - ring.Capacity;
            ring.Resize(capacity);
        }

        ring.Append(at);
        while (Times > maxTimes && _order.Next != ring) Evict();
        return ring.Count;
    }

    /// <summary>Forgets a number.</summary>
    public void Remove(string number)
    {
        if (_byNumber.Remove(number, out var ring)) Release(ring);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _byNumber.Clear();
        _order.Unlink();
        Times = 0;
    }

    private void ForgetIdle(long until)
    {
        for (var i = 0; i < IdleChecksPerCall; i++)
        {
            var idlest = _order.Next;
            if (idlest == _order || idlest.Last > until) return;
            Remove(idlest.Number);
        }
    }

    private void Evict()
    {
        Evicted++;
        Remove(_order.Next.Number);
    }

    private void Release(Ring ring)
    {
        ring.Unlink();
        Times -= ring.Capacity;
    }

    private sealed class Ring
    {
        private long[] _times = [];
        private int _first;
        private Ring _previous;

        public Ring(string number)
        {
            Number = number;
            Next = this;
            _previous = this;
        }

        public string Number { get; }

        public Ring Next { get; private set; }

        public int Count { get; private set; }

        public int Capacity => _times.Length;

        public long Last => _times[At(Count - 1)];

        public void DropUntil(long time)
        {
            while (Count > 0 && _times[_first] <= time) DropFirst();
        }

        public void KeepNewest(int count)
        {
            while (Count > count) DropFirst();
        }

        public void Append(long time) => _times[At(Count++)] = time;

        public void Resize(int capacity)
        {
            var times = new long[capacity];
            for (var i = 0; i < Count; i++) times[i] = _times[At(i)];
            (_times, _first) = (times, 0);
        }

        public void Unlink()
        {
            _previous.Next = Next;
            Next._previous = _previous;
            Next = this;
            _previous = this;
        }

        public void LinkBefore(Ring ring)
        {
            ring._previous = _previous;
            ring.Next = this;
            _previous.Next = ring;
            _previous = ring;
        }

        private void DropFirst()
        {
            _first = At(1);
            Count--;
        }

        private int At(int index) => (_first + index) % _times.Length;
    }
}
