using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist.Detection;

/// <summary>
/// One rule that puts numbers on the dynamic black list. It only counts: what is listed, for how long, and what refused
/// calls mean is the business of <see cref="Lists.OwnedBlacklist"/>, which owns the detectors of its list and calls
/// them from one thread. A detector sees no call of a number that is listed, and no refused call. Times come in, no
/// clock is read.
/// </summary>
public interface IDetector
{
    /// <summary>Written into the entries that it causes.</summary>
    BlacklistCause Cause { get; }

    /// <summary>The side of the call whose number it lists.</summary>
    NumberRole Role { get; }

    /// <summary>The parameters in force.</summary>
    DetectorLimits Limits { get; }

    /// <summary>Numbers that it keeps state of.</summary>
    int Tracked { get; }

    /// <summary>Numbers forgotten before their time because a cap was reached, since the start.</summary>
    long Evicted { get; }

    /// <summary>Takes new parameters over; they hold from the next call on.</summary>
    void Configure(SystemParameters parameters);

    /// <summary>
    /// Counts a call. Gives 0 while the number is below the limit, else the calls in the window: the number is to be
    /// listed, this call itself passes.
    /// </summary>
    int Observe(CallObserved call, DateTimeOffset at);

    /// <summary>Forgets what was counted of a number (it was listed, or taken off by hand).</summary>
    void Reset(string number);
}

/// <summary>The detectors of one list; a new rule is added here.</summary>
public static class Detectors
{
    /// <summary>A fresh set, all off until configured.</summary>
    public static IReadOnlyList<IDetector> CreateAll() =>
    [
        new CallRateDetector(BlacklistCause.MaliciousCallee, NumberRole.Callee, DetectorLimits.MaliciousCallee),
        new CallRateDetector(BlacklistCause.MaliciousCaller, NumberRole.Caller, DetectorLimits.MaliciousCaller),
    ];
}
