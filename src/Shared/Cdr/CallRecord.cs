using System.Collections.Immutable;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Shared.Cluster;

namespace Tandem.Shared.Cdr;

/// <summary>One attempt at one vendor (a row of <c>cdr_attempt</c>).</summary>
/// <param name="Attempt">1…n.</param>
/// <param name="RoutingGateway">The vendor's trunk.</param>
/// <param name="Remote"><c>IP:port</c> that the INVITE went to.</param>
/// <param name="Caller">Caller number sent.</param>
/// <param name="Callee">Callee number sent.</param>
/// <param name="StartedAt">INVITE sent.</param>
/// <param name="RangAt">First 18x.</param>
/// <param name="AnsweredAt">200.</param>
/// <param name="EndedAt">Final response or release.</param>
/// <param name="SipStatus">The vendor's final status; 0 when it gave none.</param>
/// <param name="Reason">Why the attempt ended.</param>
/// <param name="SipReasonHeader">The vendor's Reason header or phrase, as it came.</param>
/// <param name="SipCallId">Call-ID of that leg.</param>
public sealed record AttemptRecord(
    int Attempt,
    string RoutingGateway,
    string Remote,
    string Caller,
    string Callee,
    DateTimeOffset StartedAt,
    DateTimeOffset? RangAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset EndedAt,
    int SipStatus,
    EndReason Reason,
    string SipReasonHeader,
    string SipCallId);

/// <summary>
/// The record of one call: exactly one per authenticated INVITE (invariant I12), with its attempts and the decision trace.
/// Column names follow vos3000.md §7.1.
/// </summary>
public sealed record CallRecord
{
    /// <summary>The call; primary key.</summary>
    public required CallId CallId { get; init; }

    /// <summary>Caller number as it came.</summary>
    public required string CallerAccess { get; init; }

    /// <summary>Callee number as it came.</summary>
    public required string CalleeAccess { get; init; }

    /// <summary>Caller number that was billed.</summary>
    public required string Caller { get; init; }

    /// <summary>Callee number that was billed.</summary>
    public required string Callee { get; init; }

    /// <summary>The customer's trunk; empty for an illegal call.</summary>
    public required string MappingGateway { get; init; }

    /// <summary><c>IP:port</c> of the caller.</summary>
    public required string CallerAddress { get; init; }

    /// <summary>The vendor's trunk of the last attempt; empty when none was tried.</summary>
    public required string RoutingGateway { get; init; }

    /// <summary>The paying account; empty when unknown.</summary>
    public required string Account { get; init; }

    /// <summary>The vendor's account; empty when unknown.</summary>
    public required string ClearingAccount { get; init; }

    /// <summary>INVITE received.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>First 18x sent to the caller.</summary>
    public DateTimeOffset? RangAt { get; init; }

    /// <summary>200 sent to the caller.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>Released.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Talk time in whole seconds after rounding; 0 when unanswered.</summary>
    public int HoldTimeSeconds { get; init; }

    /// <summary>Billable duration.</summary>
    public int FeeTimeSeconds { get; init; }

    /// <summary>Price for the customer; null when nothing was charged.</summary>
    public Money? Fee { get; init; }

    /// <summary>The vendor's price; null when nothing was charged.</summary>
    public Money? Cost { get; init; }

    /// <summary>Prefix that matched in the customer's rate group.</summary>
    public string FeePrefix { get; init; } = "";

    /// <summary>Destination label of that rate.</summary>
    public string AreaName { get; init; } = "";

    /// <summary>Who released.</summary>
    public required EndDirection EndDirection { get; init; }

    /// <summary>Why.</summary>
    public required EndReason EndReason { get; init; }

    /// <summary>Final status sent to the caller; 200 when answered.</summary>
    public int CallerSipStatus { get; init; }

    /// <summary>The Reason header of whoever released, as it came.</summary>
    public string SipReasonHeader { get; init; } = "";

    /// <summary>The caller's SIP Call-ID.</summary>
    public required string CallerSipCallId { get; init; }

    /// <summary>The node that wrote the record.</summary>
    public required string Node { get; init; }

    /// <summary>The configuration version that decided.</summary>
    public required long ConfigurationVersion { get; init; }

    /// <summary>One per attempt, in order.</summary>
    public ImmutableArray<AttemptRecord> Attempts { get; init; } = [];

    /// <summary>Each rule that let pass, refused or skipped, in words, in order.</summary>
    public ImmutableArray<string> Trace { get; init; } = [];
}

/// <summary>What is asked of the CDR writer.</summary>
public static class CdrCommands
{
    /// <summary>
    /// Store a record and its attempts. Idempotent by the call. Answered with <see cref="CdrReplies.Accepted"/> as soon as it is
    /// in the writer's queue; the queue is bounded and survives an absent database.
    /// </summary>
    public sealed record Write(CallRecord Record) : IWithCallId, IWireMessage
    {
        /// <inheritdoc />
        public CallId CallId => Record.CallId;
    }
}

/// <summary>What the CDR writer answers.</summary>
public static class CdrReplies
{
    /// <summary>Queued; it will be written.</summary>
    public sealed record Accepted(CallId CallId) : IWithCallId, IWireMessage;

    /// <summary>The queue is full: keep it and try again after <paramref name="RetryAfter"/>.</summary>
    public sealed record QueueFull(CallId CallId, TimeSpan RetryAfter) : IWithCallId, IWireMessage;
}
