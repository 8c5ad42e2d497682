using Tandem.Sip.Timers;
using static Tandem.Sip.Transactions.TransactionActions;
using static Tandem.Sip.Transactions.TransactionState;

namespace Tandem.Sip.Transactions;

/// <summary>
/// The machine of RFC 3261 figure 5 as changed by RFC 6026 figure 4. Pure: no clock, no socket, no memory.
/// </summary>
/// <remarks>
/// Beyond the figure: timer C and the limit after a CANCEL (RFC 3261 §9.1) in Proceeding, and giving up in Calling.
/// What has no arrow changes nothing.
/// </remarks>
public static class InviteClientTransaction
{
    /// <summary>The step that begins the transaction.</summary>
    public static TransactionStep Start() => new(Calling, SendRequest | StartRetransmit, SipTimer.B);

    /// <summary>One step.</summary>
    /// <param name="state">The present state.</param>
    /// <param name="input">What has happened.</param>
    /// <param name="cancelled">In Proceeding: true if a CANCEL was sent before.</param>
    public static TransactionStep Step(TransactionState state, TransactionInput input, bool cancelled = false) =>
        state switch
        {
            Calling => InCalling(input),
            Proceeding => InProceeding(input, cancelled),
            Completed => InCompleted(input),
            Accepted => InAccepted(input),
            _ => new(state, None),
        };

    private static TransactionStep InCalling(TransactionInput input) => input switch
    {
        TransactionInput.RetransmitDue => new(Calling, SendRequest | BackOff),
        TransactionInput.LifetimeOver => new(Terminated, ReportTimeout),
        TransactionInput.TransportError => new(Terminated, ReportTransportError),
        TransactionInput.Provisional => new(Proceeding, PassUp | StopRetransmit, SipTimer.C),
        TransactionInput.Success => new(Accepted, PassUp | StopRetransmit, SipTimer.M),
        TransactionInput.Failure => new(Completed, PassUp | SendAck | StopRetransmit, SipTimer.D),
        TransactionInput.Abandoned => new(Calling, StopRetransmit, SipTimer.B),
        _ => new(Calling, None),
    };

    private static TransactionStep InProceeding(TransactionInput input, bool cancelled) => input switch
    {
        TransactionInput.Provisional => new(Proceeding, PassUp, cancelled ? SipTimer.None : SipTimer.C),
        TransactionInput.Success => new(Accepted, PassUp, SipTimer.M),
        TransactionInput.Failure => new(Completed, PassUp | SendAck, SipTimer.D),
        TransactionInput.CancelSent => new(Proceeding, None, SipTimer.Cancelled),
        TransactionInput.LifetimeOver when !cancelled => new(Proceeding, SendCancel),
        TransactionInput.LifetimeOver => new(Terminated, ReportTimeout),
        _ => new(Proceeding, None),
    };

    private static TransactionStep InCompleted(TransactionInput input) => input switch
    {
        TransactionInput.Failure => new(Completed, SendAck),
        TransactionInput.TransportError => new(Terminated, ReportTransportError),
        TransactionInput.LifetimeOver => new(Terminated, None),
        _ => new(Completed, None),
    };

    private static TransactionStep InAccepted(TransactionInput input) => input switch
    {
        TransactionInput.Success => new(Accepted, PassUp),
        TransactionInput.LifetimeOver => new(Terminated, None),
        _ => new(Accepted, None),
    };
}
