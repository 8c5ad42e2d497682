using Tandem.Shared.Cluster;
using Tandem.Shared.Edge;

namespace Tandem.Shared.Calls;

/// <summary>
/// What reaches a call. Everything from the network comes as bytes with the reporting edge as sender; the call actor reads
/// them itself, so it does not matter through which node they came.
/// </summary>
public static class CallCommands
{
    /// <summary>A new INVITE from a known source.</summary>
    /// <param name="CallId">Made by the edge.</param>
    /// <param name="Transaction">Its server transaction, already answered with 100.</param>
    /// <param name="Source"><c>IP:port</c> that it came from.</param>
    /// <param name="MappingGateway">The customer's trunk that the source belongs to.</param>
    /// <param name="ConfigurationVersion">The version that matched the source.</param>
    /// <param name="ReceivedAt">When the datagram was read.</param>
    /// <param name="Request">The INVITE as it came.</param>
    public sealed record Start(
        CallId CallId,
        EdgeTransactionId Transaction,
        string Source,
        string MappingGateway,
        long ConfigurationVersion,
        DateTimeOffset ReceivedAt,
        ReadOnlyMemory<byte> Request) : IWithCallId, IWireMessage;

    /// <summary>A request inside one of the call's dialogs (BYE, re-INVITE, UPDATE, INFO, …).</summary>
    /// <param name="CallId">From the To tag.</param>
    /// <param name="Leg">From the To tag.</param>
    /// <param name="Transaction">Its server transaction.</param>
    /// <param name="Source"><c>IP:port</c> that it came from.</param>
    /// <param name="Request">The request as it came.</param>
    public sealed record InDialog(
        CallId CallId,
        LegId Leg,
        EdgeTransactionId Transaction,
        string Source,
        ReadOnlyMemory<byte> Request) : IWithCallId, IWireMessage;

    /// <summary>The ACK of a 2xx.</summary>
    /// <param name="CallId">From the To tag.</param>
    /// <param name="Leg">From the To tag.</param>
    /// <param name="Source"><c>IP:port</c> that it came from.</param>
    /// <param name="Matched">
    /// True when the reporting edge itself sent the 2xx; false when another does and must be told to stop repeating it.
    /// </param>
    /// <param name="Request">The ACK as it came.</param>
    public sealed record Ack(CallId CallId, LegId Leg, string Source, bool Matched, ReadOnlyMemory<byte> Request)
        : IWithCallId, IWireMessage;

    /// <summary>The caller cancelled the INVITE of <paramref name="Transaction"/>; the CANCEL itself is answered.</summary>
    /// <param name="CallId">The call.</param>
    /// <param name="Transaction">The INVITE's server transaction.</param>
    /// <param name="Reason">Value of the CANCEL's Reason header (RFC 3326), or empty.</param>
    public sealed record Cancel(CallId CallId, EdgeTransactionId Transaction, string Reason) : IWithCallId, IWireMessage;

    /// <summary>A response to a request that the call sent.</summary>
    public sealed record Response(CallId CallId, int RequestKey, string Source, ReadOnlyMemory<byte> Message)
        : IWithCallId, IWireMessage;

    /// <summary>A request had no (final) response in time, or could not be sent.</summary>
    /// <param name="CallId">The call.</param>
    /// <param name="RequestKey">Of the request.</param>
    /// <param name="Cause">Why, in words for the call's trace; empty when time ran out.</param>
    public sealed record RequestTimeout(CallId CallId, int RequestKey, string Cause = "") : IWithCallId, IWireMessage;

    /// <summary>A 2xx was retransmitted for 64·T1 and never ACKed (RFC 3261 §13.3.1.4).</summary>
    public sealed record AckTimeout(CallId CallId, LegId Leg, EdgeTransactionId Transaction) : IWithCallId, IWireMessage;

    /// <summary>Cut the call: an operator, or the switch itself.</summary>
    public sealed record Hangup(CallId CallId, EndReason Reason, string By) : IWithCallId, IWireMessage;
}

/// <summary>Answers of a call to those who asked.</summary>
public static class CallReplies
{
    /// <summary>The hang-up is under way.</summary>
    public sealed record HangupAccepted(CallId CallId) : IWithCallId, IWireMessage;

    /// <summary>There is no such call.</summary>
    public sealed record NotFound(CallId CallId) : IWithCallId, IWireMessage;
}

/// <summary>How far a call is (VOS3000 current call states, in the words of SIP).</summary>
public enum CallPhase : byte
{
    /// <summary>Being authorised and routed.</summary>
    Routing,

    /// <summary>An INVITE is at a vendor.</summary>
    Trying,

    /// <summary>The callee is ringing, or early media flows.</summary>
    Ringing,

    /// <summary>Answered.</summary>
    Answered,

    /// <summary>Over; records are being written.</summary>
    Ending,
}

/// <summary>One running call, as operators see it.</summary>
public sealed record RunningCall(
    CallId CallId,
    CallPhase Phase,
    string Caller,
    string Callee,
    string MappingGateway,
    string RoutingGateway,
    AccountId Account,
    DateTimeOffset StartedAt,
    DateTimeOffset? AnsweredAt,
    string Node);

/// <summary>Questions to a node about the calls that it runs.</summary>
public static class NodeCallQueries
{
    /// <summary>The running calls, at most <paramref name="Limit"/>.</summary>
    public sealed record List(int Limit) : IWireMessage;

    /// <summary>
    /// Which leases calls of this node hold of a gateway or account (<paramref name="Resource"/> is the text form of its
    /// id). A new owner asks before it grants; a running one asks to find leases whose call is gone.
    /// </summary>
    public sealed record HeldLeases(string Resource) : IWireMessage;
}

/// <summary>A node's answers about its calls.</summary>
public static class NodeCallReplies
{
    /// <summary>The running calls and how many there are in all.</summary>
    public sealed record Calls(string Node, int Total, IReadOnlyList<RunningCall> Items) : IWireMessage;

    /// <summary>The leases that calls of this node hold of one resource.</summary>
    public sealed record HeldLeases(string Resource, string Node, IReadOnlyList<HeldLease> Leases) : IWireMessage;
}

/// <summary>
/// The owner's side of a lease. <paramref name="AmountMicros"/> is the money held for an account lease, 0 for a line.
/// </summary>
public sealed record HeldLease(LeaseKey Key, long AmountMicros);
