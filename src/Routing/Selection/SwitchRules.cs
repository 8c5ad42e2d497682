using Tandem.Shared.Configuration;

namespace Tandem.Routing.Selection;

/// <summary>How an attempt at a routing gateway ended without an answer.</summary>
public enum AttemptEnd : byte
{
    /// <summary>A final status of 300 or more.</summary>
    Status,

    /// <summary>No response at all (SS_SIP_TIMEOUT_INVITE), or the INVITE could not be sent.</summary>
    InviteTimeout,

    /// <summary>Nothing after 100 (SS_SIP_TIMEOUT_TRYING).</summary>
    TryingTimeout,

    /// <summary>Nothing after 18x without or with SDP (SS_SIP_TIMEOUT_SESSION_PROGRESS, …_SDP).</summary>
    SessionProgressTimeout,

    /// <summary>Rang too long (SS_SIP_TIMEOUT_RINGING).</summary>
    RingingTimeout,

    /// <summary>The caller gave up, or the switch itself ended the call.</summary>
    CallerCancelled,
}

/// <summary>What an attempt has seen when it ended.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Status">The final status when <paramref name="End"/> is a status, else 0.</param>
/// <param name="ProgressSeen">An 18x was received.</param>
/// <param name="SdpSeen">An 18x with SDP was received: early media.</param>
public readonly record struct AttemptOutcome(AttemptEnd End, int Status, bool ProgressSeen, bool SdpSeen)
{
    /// <summary>A final status.</summary>
    public static AttemptOutcome OfStatus(int status, bool progressSeen = false, bool sdpSeen = false) =>
        new(AttemptEnd.Status, status, progressSeen, sdpSeen);

    /// <summary>A time-out, or the end by the caller.</summary>
    public static AttemptOutcome Of(AttemptEnd end, bool progressSeen = false, bool sdpSeen = false) =>
        new(end, 0, progressSeen, sdpSeen);
}

/// <summary>Whether the call moves on to the next gateway, and why in words for the decision trace.</summary>
public readonly record struct SwitchDecision(bool Switch, string Why);

/// <summary>
/// Gateway switching (vos3000.md §3.7): pure. The order of the rules is the order of precedence: the caller's end, the stop
/// list, progress before "until connect", the limit of switches.
/// </summary>
public static class SwitchRules
{
    /// <summary>Decides after a failed attempt.</summary>
    /// <param name="outcome">How the attempt ended.</param>
    /// <param name="gateway">The gateway that was tried.</param>
    /// <param name="parameters">System parameters in force for the call.</param>
    /// <param name="switches">Switches that this call has made; a gateway that refused the line is none.</param>
    public static SwitchDecision Decide(
        in AttemptOutcome outcome,
        RoutingGatewayConfiguration gateway,
        SystemParameters parameters,
        int switches)
    {
        if (outcome.End == AttemptEnd.CallerCancelled) return Stop("The caller gave up.");
        var what = Describe(outcome, gateway.Name);
        if (outcome.End == AttemptEnd.Status && StopCode(outcome.Status, gateway) is { } list)
            return Stop($"{what}; {list}.");

        var untilConnect = gateway.SwitchUntilConnect ?? parameters.SwitchUntilConnect;
        if (!untilConnect && (outcome.ProgressSeen || outcome.SdpSeen))
            return Stop($"{what} after {(outcome.SdpSeen ? "early media" : "18x")}, and \"switch until connect\" is off.");
        if (parameters.GatewaySwitchLimit > 0 && switches >= parameters.GatewaySwitchLimit)
            return Stop($"{what}; SS_GATEWAY_SWITCH_LIMIT ({parameters.GatewaySwitchLimit}) is reached.");
        return new SwitchDecision(true, $"{what}: next gateway.");
    }

    private static SwitchDecision Stop(string why) => new(false, why);

    private static string Describe(in AttemptOutcome outcome, string gateway) => outcome.End switch
    {
        AttemptEnd.Status when outcome.Status is >= 300 and <= 699 => $"Routing gateway {gateway} answered {outcome.Status}",
        AttemptEnd.Status => throw new ArgumentOutOfRangeException(
            nameof(outcome), outcome.Status, "Only a final status of 300 to 699 is a failed attempt."),
        AttemptEnd.InviteTimeout => $"Routing gateway {gateway} did not answer the INVITE in time",
        AttemptEnd.TryingTimeout => $"Routing gateway {gateway} was silent after 100",
        AttemptEnd.SessionProgressTimeout => $"Routing gateway {gateway} was silent after 18x",
        AttemptEnd.RingingTimeout => $"Routing gateway {gateway} rang too long",
        AttemptEnd.CallerCancelled => "The caller gave up",
    };

    /// <summary>
    /// Why a status ends the call, or null. A list of the operator's replaces both defaults, the codes and the busy rule:
    /// what it does not name switches.
    /// </summary>
    private static string? StopCode(int status, RoutingGatewayConfiguration gateway)
    {
        if (gateway.StopSwitchSipCodes is { } codes)
            return codes.Contains(status) ? $"{status} is in its list of stop switching response codes" : null;
        if (status is 486 or 600) return "busy stops by default";
        return status is >= 400 and <= 499 and not 408 and not 480 ? $"{status} is a stop switching response code by default" : null;
    }
}
