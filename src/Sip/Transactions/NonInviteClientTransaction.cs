using Tandem.Sip.Timers;
using static Tandem.Sip.Transactions.TransactionActions;
using static Tandem.Sip.Transactions.TransactionState;

namespace Tandem.Sip.Transactions;

/// <summary>The machine of RFC 3261 figure 6. Pure: no clock, no socket, no memory.</summary>
/// <remarks>What has no arrow changes nothing.</remarks>
public static class NonInviteClientTransaction
{
    /// <summary>The step that begins the transaction.</summary>
    public static TransactionStep Start() => new(Trying, SendRequest | StartRetransmit, SipTimer.F);

    /// <summary>One step.</summary>
    /// <param name="state">The present state.</param>
    /// <param name="input">What has happened.</param>
    public static TransactionStep Step(TransactionState state, TransactionInput input) => state switch
    {
        Trying => InTrying(input),
        Proceeding => InProceeding(input),
        Completed => InCompleted(input),
        _ => new(state, None),
    };

    private static TransactionStep InTrying(TransactionInput input) => input switch
    {
        TransactionInput.RetransmitDue => new(Trying, SendRequest | BackOffToT2),
        TransactionInput.LifetimeOver => new(Terminated, ReportTimeout),
        TransactionInput.TransportError => new(Terminated, ReportTransportError),
        TransactionInput.Provisional => new(Proceeding, PassUp),
        TransactionInput.Success or TransactionInput.Failure => new(Completed, PassUp | StopRetransmit, SipTimer.K),
        _ => new(Trying, None),
    };

    private static TransactionStep InProceeding(TransactionInput input) => input switch
    {
        TransactionInput.RetransmitDue => new(Proceeding, SendRequest | RetransmitAtT2),
        TransactionInput.LifetimeOver => new(Terminated, ReportTimeout),
        TransactionInput.TransportError => new(Terminated, ReportTransportError),
        TransactionInput.Provisional => new(Proceeding, PassUp),
        TransactionInput.Success or TransactionInput.Failure => new(Completed, PassUp | StopRetransmit, SipTimer.K),
        _ => new(Proceeding, None),
    };

    private static TransactionStep InCompleted(TransactionInput input) => input switch
    {
        TransactionInput.LifetimeOver => new(Terminated, None),
        _ => new(Completed, None),
    };
}
