using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist.Detection;

/// <summary>
/// "Malicious callee" and "malicious caller": too many calls to, or from, one number in a sliding window. The call that
/// reaches the limit lists the number and passes itself.
/// </summary>
public sealed class CallRateDetector(
    BlacklistCause cause,
    NumberRole role,
    Func<SystemParameters, DetectorLimits> limitsOf,
    int maxNumbers = CallWindows.DefaultMaxNumbers,
    int maxTimes = CallWindows.DefaultMaxTimes) : IDetector
{
    private readonly CallWindows _windows = new(maxNumbers, maxTimes);

    /// <inheritdoc />
    public BlacklistCause Cause { get; } = cause;

    /// <inheritdoc />
    public NumberRole Role { get; } = role;

    /// <inheritdoc />
    public DetectorLimits Limits { get; private set; }

    /// <inheritdoc />
    public int Tracked => _windows.Count;

    /// <inheritdoc />
    public long Evicted => _windows.Evicted;

    /// <inheritdoc />
    public void Configure(SystemParameters parameters)
    {
        Limits = limitsOf(parameters);
        if (Limits.Limit == 0) _windows.Clear();
    }

    /// <inheritdoc />
    public int Observe(CallObserved call, DateTimeOffset at)
    {
        if (Limits.Limit == 0) return 0;
        var number = Role == NumberRole.Callee ? call.Callee : call.Caller;
        // A call without a caller number (anonymous) is nobody's: all of them together are not one malicious caller.
        if (number.Length == 0) return 0;
        var count = _windows.Add(number, at.UtcTicks, Limits.Limit, Limits.Window.Ticks);
        return count >= Limits.Limit ? count : 0;
    }

    /// <inheritdoc />
    public void Reset(string number) => _windows.Remove(number);
}
