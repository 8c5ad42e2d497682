using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Selection;

/// <summary>A routing gateway that may get the call, with what decided its place in the order.</summary>
/// <param name="Gateway">Its configuration in the version that decides this call.</param>
/// <param name="Prefix">The prefix that matched; empty is any number.</param>
/// <param name="Level">0 is the longest prefix.</param>
/// <param name="LinesInUse">As this node last heard.</param>
/// <param name="TotalCalls">As this node last heard.</param>
/// <param name="Clearing">The rates of its clearing account; null without a clearing account or a rate group.</param>
/// <param name="ClearingRate">The rate of the callee there, or null.</param>
/// <param name="ClearingCurrency">Of the clearing account.</param>
public readonly record struct RouteCandidate(
    RoutingGatewayConfiguration Gateway,
    string Prefix,
    int Level,
    int LinesInUse,
    long TotalCalls,
    RateTable? Clearing,
    RateConfiguration? ClearingRate,
    Currency ClearingCurrency)
{
    /// <summary>The gateway's identity.</summary>
    public GatewayId GatewayId => GatewayId.Routing(Gateway.Name);

    /// <summary>
    /// The vendor's price of this call, to be kept by the call; null when there is no clearing account or no rate. Made on
    /// each call: most candidates are never tried.
    /// </summary>
    public RateQuote? ClearingQuote() =>
        Clearing is null || ClearingRate is null ? null : Clearing.Quote(ClearingRate, ClearingCurrency);
}

/// <summary>Why a routing gateway whose prefix matches is no candidate.</summary>
public enum SkipCause : byte
{
    /// <summary>lockType.</summary>
    Locked,

    /// <summary>It does not answer OPTIONS, or has asked for a pause.</summary>
    Health,

    /// <summary>"Check rate" is set and the clearing account has no (open) rate for the callee.</summary>
    NoClearingRate,

    /// <summary>Caller or callee is on the gateway's own black list.</summary>
    BlackList,

    /// <summary>callinForwardPrefixes refuses the forwarding number.</summary>
    ForwardPrefix,
}

/// <summary>A gateway that matches and was passed over, with the reason in words for the decision trace.</summary>
public readonly record struct SkippedRoute(string Gateway, string Prefix, SkipCause Cause, string Why);

/// <summary>
/// The routes of one call in the order of trying, and the ones passed over. Owned by the call; its buffers may be used again
/// for another call by selecting into it again.
/// </summary>
public sealed class RouteList
{
    internal readonly List<RouteCandidate> CandidateBuffer = [];
    internal readonly List<SkippedRoute> SkippedBuffer = [];
    internal readonly List<RouteLevel> Levels = [];
    internal readonly HashSet<string> Seen = new(StringComparer.Ordinal);

    /// <summary>In the order of trying: level by level, longest prefix first.</summary>
    public IReadOnlyList<RouteCandidate> Candidates => CandidateBuffer;

    /// <summary>Gateways that match and are not tried.</summary>
    public IReadOnlyList<SkippedRoute> Skipped => SkippedBuffer;
}
