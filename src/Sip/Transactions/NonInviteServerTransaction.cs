using Tandem.Sip.Timers;
using static Tandem.Sip.Transactions.TransactionActions;
using static Tandem.Sip.Transactions.TransactionState;

namespace Tandem.Sip.Transactions;

/// <summary>The machine of RFC 3261 figure 8. Pure: no clock, no socket, no memory.</summary>
/// <remarks>
/// Beyond the figure: a transaction that its user has not answered when the client stops waiting (64*T1) ends in
/// silence. What has no arrow changes nothing.
/// </remarks>
public static class NonInviteServerTransaction
{
    /// <summary>The step that begins the transaction.</summary>
    public static TransactionStep Start() => new(Trying, PassUp, SipTimer.Unanswered);

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
        TransactionInput.Provisional => new(Proceeding, SendResponse),
        TransactionInput.Success or TransactionInput.Failure => new(Completed, SendResponse, SipTimer.J),
        TransactionInput.LifetimeOver => new(Terminated, ReportTimeout),
        _ => new(Trying, None),
    };

    private static TransactionStep InProceeding(TransactionInput input) => input switch
    {
        TransactionInput.Request => new(Proceeding, SendResponse),
        TransactionInput.Provisional => new(Proceeding, SendResponse),
        TransactionInput.Success or TransactionInput.Failure => new(Completed, SendResponse, SipTimer.J),
        TransactionInput.TransportError => new(Terminated, ReportTransportError),
        TransactionInput.LifetimeOver => new(Terminated, ReportTimeout),
        _ => new(Proceeding, None),
    };

    private static TransactionStep InCompleted(TransactionInput input) => input switch
    {
        TransactionInput.Request => new(Completed, SendResponse),
        TransactionInput.TransportError => new(Terminated, ReportTransportError),
        TransactionInput.LifetimeOver => new(Terminated, None),
        _ => new(Completed, None),
    };
}
