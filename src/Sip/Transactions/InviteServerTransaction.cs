using Tandem.Sip.Timers;
using static Tandem.Sip.Transactions.TransactionActions;
using static Tandem.Sip.Transactions.TransactionState;

namespace Tandem.Sip.Transactions;

/// <summary>
/// The machine of RFC 3261 figure 7 as changed by RFC 6026 figure 5. Pure: no clock, no socket, no memory.
/// </summary>
/// <remarks>
/// Beyond the figure: it repeats the 2xx itself (RFC 3261 §13.3.1.4, T1 doubling to T2 until the ACK comes or timer L
/// is over), and a transaction user that leaves an INVITE without an answer for timer C has it refused.
/// What has no arrow changes nothing.
/// </remarks>
public static class InviteServerTransaction
{
    /// <summary>The step that begins the transaction.</summary>
    public static TransactionStep Start() => new(Proceeding, PassUp, SipTimer.C);

    /// <summary>One step.</summary>
    /// <param name="state">The present state.</param>
    /// <param name="input">What has happened.</param>
    /// <param name="acked">In Accepted: true if the ACK of the 2xx has come before.</param>
    public static TransactionStep Step(TransactionState state, TransactionInput input, bool acked = false) =>
        state switch
        {
            Proceeding => InProceeding(input),
            Completed => InCompleted(input),
            Confirmed => InConfirmed(input),
            Accepted => InAccepted(input, acked),
            _ => new(state, None),
        };

    private static TransactionStep InProceeding(TransactionInput input) => input switch
    {
        TransactionInput.Request => new(Proceeding, SendResponse),
        TransactionInput.Provisional => new(Proceeding, SendResponse, SipTimer.C),
        TransactionInput.Success => new(Accepted, SendResponse | StartRetransmit, SipTimer.L),
        TransactionInput.Failure => new(Completed, SendResponse | StartRetransmit, SipTimer.H),
        TransactionInput.TransportError => new(Proceeding, ReportTransportError),
        TransactionInput.LifetimeOver => new(Proceeding, Refuse),
        _ => new(Proceeding, None),
    };

    private static TransactionStep InCompleted(TransactionInput input) => input switch
    {
        TransactionInput.Request => new(Completed, SendResponse),
        TransactionInput.RetransmitDue => new(Completed, SendResponse | BackOffToT2),
        TransactionInput.Ack => new(Confirmed, StopRetransmit, SipTimer.I),
        TransactionInput.LifetimeOver => new(Terminated, ReportTimeout),
        TransactionInput.TransportError => new(Completed, ReportTransportError),
        _ => new(Completed, None),
    };

    private static TransactionStep InConfirmed(TransactionInput input) => input switch
    {
        TransactionInput.LifetimeOver => new(Terminated, None),
        _ => new(Confirmed, None),
    };

    private static TransactionStep InAccepted(TransactionInput input, bool acked) => input switch
    {
        TransactionInput.Ack => new(Accepted, PassUp | StopRetransmit),
        TransactionInput.Success => new(Accepted, SendResponse),
        TransactionInput.RetransmitDue => new(Accepted, SendResponse | BackOffToT2),
        TransactionInput.LifetimeOver => new(Terminated, acked ? None : ReportTimeout),
        TransactionInput.TransportError => new(Accepted, ReportTransportError),
        _ => new(Accepted, None),
    };
}
