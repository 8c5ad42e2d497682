namespace Tandem.Edge;

/// <summary>
/// Calls in set-up of one worker, and of each mapping gateway: one that fills its share leaves room for the others. Belongs to
/// the worker's thread.
/// </summary>
/// <remarks>
/// A gateway may have as many as are still free. So one alone gets half of all, two that flood a third each, and a new one always
/// finds some; nothing has to be configured.
/// </remarks>
internal sealed class SetupShares(int max)
{
    private readonly Dictionary<string, int> _byGateway = new(StringComparer.Ordinal); // No more entries than set-ups.
    private int _all;

    /// <summary>True when there is room for no call of anybody.</summary>
    public bool IsFull => _all >= max;

    /// <summary>True when this gateway has as many as are still free.</summary>
    public bool IsFullFor(string gateway) => _byGateway.GetValueOrDefault(gateway) >= max - _all;

    /// <summary>One more.</summary>
    public void Take(string gateway)
    {
        _all++;
        _byGateway[gateway] = _byGateway.GetValueOrDefault(gateway) + 1;
    }

    /// <summary>One less, of those that were taken.</summary>
    public void Release(string gateway)
    {
        _all--;
        var left = _byGateway[gateway] - 1;
        if (left == 0) _byGateway.Remove(gateway);
        else _byGateway[gateway] = left;
    }
}
