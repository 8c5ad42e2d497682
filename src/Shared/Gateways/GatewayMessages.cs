using Tandem.Shared.Calls;
using Tandem.Shared.Cluster;

namespace Tandem.Shared.Gateways;

/// <summary>What a call asks of a gateway.</summary>
public static class GatewayCommands
{
    /// <summary>
    /// Ask for a line and a token of the rate limit. Idempotent by <paramref name="Lease"/>: a repeat gets the same answer
    /// and takes nothing more.
    /// </summary>
    /// <param name="GatewayId">The gateway, or <see cref="GatewayId.WholeSwitch"/> for SS_MAX_CPS.</param>
    /// <param name="Lease">The call and the attempt that will own the line.</param>
    /// <param name="Node">Address of the node on which the call lives; its leases go when it goes.</param>
    /// <param name="Deadline">After this moment the answer is of no use: the request is dropped and counted.</param>
    public sealed record Acquire(GatewayId GatewayId, LeaseKey Lease, string Node, DateTimeOffset Deadline)
        : IWithGatewayId, IWireMessage;

    /// <summary>Give the line back. Idempotent; unknown leases are ignored. Not answered.</summary>
    public sealed record Release(GatewayId GatewayId, LeaseKey Lease) : IWithGatewayId, IWireMessage;
}

/// <summary>What a gateway answers.</summary>
public static class GatewayReplies
{
    /// <summary>The line is the call's until it gives it back.</summary>
    /// <param name="GatewayId">The gateway.</param>
    /// <param name="Lease">The lease.</param>
    /// <param name="Epoch">Grows with each new owner of the gateway's state.</param>
    /// <param name="LinesInUse">Lines in use, this one included.</param>
    /// <param name="TotalCalls">Calls granted since the owner started (order of routes, key 3).</param>
    public sealed record Granted(GatewayId GatewayId, LeaseKey Lease, long Epoch, int LinesInUse, long TotalCalls)
        : IWithGatewayId, IWireMessage;

    /// <summary>No line.</summary>
    public sealed record Refused(GatewayId GatewayId, LeaseKey Lease, CallRejection Rejection, int LinesInUse)
        : IWithGatewayId, IWireMessage;
}

/// <summary>Questions about a gateway.</summary>
public static class GatewayQueries
{
    /// <summary>Its counters now.</summary>
    public sealed record GetState(GatewayId GatewayId) : IWithGatewayId, IWireMessage;
}

/// <summary>A gateway's counters.</summary>
/// <param name="GatewayId">The gateway.</param>
/// <param name="Epoch">Of the owner that answers.</param>
/// <param name="Ready">False while a new owner still learns which leases are alive, and refuses.</param>
/// <param name="LinesInUse">Leases now.</param>
/// <param name="LineLimit">0 is none.</param>
/// <param name="CallsInLastSecond">Grants in the sliding second.</param>
/// <param name="RateLimit">0 is none.</param>
/// <param name="TotalGranted">Since the owner started.</param>
/// <param name="TotalRefused">Since the owner started.</param>
/// <param name="Drift">Leases reclaimed because their call was gone without giving them back, since the owner started.</param>
public sealed record GatewayState(
    GatewayId GatewayId,
    long Epoch,
    bool Ready,
    int LinesInUse,
    int LineLimit,
    int CallsInLastSecond,
    int RateLimit,
    long TotalGranted,
    long TotalRefused,
    long Drift) : IWithGatewayId, IWireMessage;
