using Tandem.Sip.Messages;

namespace Tandem.Sip.Parsing;

/// <summary>The three ways a parse can end.</summary>
public enum SipParseOutcome : byte
{
    /// <summary>A whole message that follows the rules.</summary>
    Message,
    /// <summary>Nothing consumed: come back with more bytes. Only on streams.</summary>
    NeedMore,
    /// <summary>Refused.</summary>
    Rejected,
}

/// <summary>What a parse gave.</summary>
public readonly struct SipParseResult
{
    private SipParseResult(
        SipParseOutcome outcome, SipMessage? message, SipRejectReason reason, int consumed, int needed = 0)
    {
        Outcome = outcome;
        Message = message;
        Reason = reason;
        Consumed = consumed;
        Needed = needed;
    }

    /// <summary>How it ended.</summary>
    public SipParseOutcome Outcome { get; }

    /// <summary>
    /// The message. With <see cref="SipParseOutcome.Rejected"/> what could be read of it, for answer and log, or null
    /// when the start line was not SIP.
    /// </summary>
    public SipMessage? Message { get; }

    /// <summary>Why it was refused; <see cref="SipRejectReason.None"/> otherwise.</summary>
    public SipRejectReason Reason { get; }

    /// <summary>
    /// Bytes used up, leading CRLFs included; 0 for <see cref="SipParseOutcome.NeedMore"/>. On a stream 0 together with
    /// <see cref="SipParseOutcome.Rejected"/> means that the framing is lost and the connection must be closed.
    /// </summary>
    public int Consumed { get; }

    /// <summary>
    /// With <see cref="SipParseOutcome.NeedMore"/> once the header section is whole: how many unread bytes there must be
    /// for the message to be whole, leading CRLFs included; otherwise 0.
    /// </summary>
    public int Needed { get; }

    /// <summary>
    /// The status to answer a refused message with; 0 means silence (<see cref="SipRejection.StatusToAnswer"/>).
    /// </summary>
    public int StatusToAnswer => Reason.StatusToAnswer(Message);

    internal static SipParseResult Good(SipMessage message, int consumed) =>
        new(SipParseOutcome.Message, message, SipRejectReason.None, consumed);

    internal static SipParseResult More(int needed = 0) =>
        new(SipParseOutcome.NeedMore, null, SipRejectReason.None, 0, needed);

    internal SipParseResult Detach() => new(Outcome, Message?.Detach(), Reason, Consumed);

    internal static SipParseResult Bad(SipRejectReason reason, SipMessage? message, int consumed) =>
        new(SipParseOutcome.Rejected, message, reason, consumed);
}
