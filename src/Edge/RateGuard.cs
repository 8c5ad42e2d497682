using Tandem.Shared.Leases;

namespace Tandem.Edge;

/// <summary>
/// What one node alone may let in of SS_MAX_CPS: shared by its workers. Necessary, not sufficient; the limit over all nodes is
/// kept by the switch's own limiter (a gateway actor).
/// </summary>
public sealed class RateGuard
{
    private readonly Lock _taking = new();
    private readonly RateWindow _window = new();

    /// <summary>Takes a token; always true without a limit, which then costs nothing.</summary>
    /// <param name="limit">Calls in one second; 0 is no limit.</param>
    /// <param name="now">Monotonic ticks of 100 ns.</param>
    public bool TryTake(int limit, long now)
    {
        if (limit == 0) return true;
        lock (_taking) return _window.TryTake(now, limit);
    }
}
