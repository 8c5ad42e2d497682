namespace Tandem.Shared.Leases;

/// <summary>
/// An exact rate limit: no sliding second holds more grants than the limit (design I3). Each grant counts for the half-open
/// second from its moment on. Owned by one gateway's state; not for several threads.
/// </summary>
/// <remarks>
/// It remembers each grant of the last second, so the limit may change at any time and holds at once for all that was granted
/// before. Time is a monotonic count of 100 ns ticks; a step back is taken as no step.
/// </remarks>
public sealed class RateWindow
{
    /// <summary>Grants that are remembered without a limit; more than that in one second are counted as this many.</summary>
    public const int MaxRememberedUnlimited = 65_536;

    private const int FirstCapacity = 16;

    private long[] _grants = new long[FirstCapacity];
    private int _head;
    private int _count;
    private long _last = long.MinValue;

    /// <summary>Takes one token when there is one. A refusal takes nothing.</summary>
    /// <param name="now">Monotonic ticks of 100 ns.</param>
    /// <param name="limit">Grants in one second; 0 is no limit, negative ones are a bug.</param>
    public bool TryTake(long now, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        Forget(ref now);
        if (limit > 0 && _count >= limit) return false;
        if (limit == 0 && _count >= MaxRememberedUnlimited) DropOldest();
        if (_count == _grants.Length) Grow();
        _grants[(_head + _count) & (_grants.Length - 1)] = now;
        _count++;
        return true;
    }

    /// <summary>Grants in the second that ends now.</summary>
    public int Count(long now)
    {
        Forget(ref now);
        return _count;
    }

    private void Forget(ref long now)
    {
        now = _last = Math.Max(now, _last);
        while (_count > 0 && now - _grants[_head] >= TimeSpan.TicksPerSecond) DropOldest();
    }

    private void DropOldest()
    {
        _head = (_head + 1) & (_grants.Length - 1);
        _count--;
    }

    private void Grow()
    {
        var grown = new long[_grants.Length * 2];
        for (var i = 0; i < _count; i++) grown[i] = _grants[(_head + i) & (_grants.Length - 1)];
        (_grants, _head) = (grown, 0);
    }
}
