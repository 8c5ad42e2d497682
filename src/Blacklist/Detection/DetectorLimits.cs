using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist.Detection;

/// <summary>The three parameters that every detector of the family has (vos3000.md §4.6).</summary>
/// <param name="Limit">Calls in the window that list the number; 0 is off.</param>
/// <param name="Window">The sliding window: a call counts for this long, exclusive.</param>
/// <param name="Expire">Free again this long after the number's last call.</param>
public readonly record struct DetectorLimits(int Limit, TimeSpan Window, TimeSpan Expire)
{
    /// <summary>SS_BLACK_LIST_MALICIOUS_CALL_*.</summary>
    public static DetectorLimits MaliciousCallee(SystemParameters parameters) =>
        new(parameters.MaliciousCalleeLimit, parameters.MaliciousCalleeWindow, parameters.MaliciousCalleeExpire);

    /// <summary>SS_BLACK_LIST_CALLER_MALICIOUS_CALL_*.</summary>
    public static DetectorLimits MaliciousCaller(SystemParameters parameters) =>
        new(parameters.MaliciousCallerLimit, parameters.MaliciousCallerWindow, parameters.MaliciousCallerExpire);

    /// <summary>The parameters of the detector that causes <paramref name="cause"/>.</summary>
    public static DetectorLimits Of(BlacklistCause cause, SystemParameters parameters) => cause switch
    {
        BlacklistCause.MaliciousCallee => MaliciousCallee(parameters),
        BlacklistCause.MaliciousCaller => MaliciousCaller(parameters),
    };
}
