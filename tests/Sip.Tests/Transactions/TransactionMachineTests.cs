using Tandem.Sip.Timers;
using Tandem.Sip.Transactions;
using static Tandem.Sip.Timers.SipTimer;
using static Tandem.Sip.Transactions.TransactionActions;
using static Tandem.Sip.Transactions.TransactionInput;
using static Tandem.Sip.Transactions.TransactionState;

namespace Tandem.Sip.Tests.Transactions;

/// <summary>
/// Every arrow of the four figures; every pair of state and input that is not listed must change nothing.
/// </summary>
public sealed class TransactionMachineTests
{
    private const TransactionActions Nothing = TransactionActions.None;

    private static readonly Dictionary<(TransactionState, TransactionInput), TransactionStep> InviteClientArrows = new()
    {
        [(Calling, RetransmitDue)] = new(Calling, SendRequest | BackOff),
        [(Calling, LifetimeOver)] = new(Terminated, ReportTimeout),
        [(Calling, TransportError)] = new(Terminated, ReportTransportError),
        [(Calling, Provisional)] = new(Proceeding, PassUp | StopRetransmit, C),
        [(Calling, Success)] = new(Accepted, PassUp | StopRetransmit, M),
        [(Calling, Failure)] = new(Completed, PassUp | SendAck | StopRetransmit, D),
        [(Calling, Abandoned)] = new(Calling, StopRetransmit, B),
        [(Proceeding, Provisional)] = new(Proceeding, PassUp, C),
        [(Proceeding, Success)] = new(Accepted, PassUp, M),
        [(Proceeding, Failure)] = new(Completed, PassUp | SendAck, D),
        [(Proceeding, CancelSent)] = new(Proceeding, Nothing, Cancelled),
        [(Proceeding, LifetimeOver)] = new(Proceeding, SendCancel),
        [(Completed, Failure)] = new(Completed, SendAck),
        [(Completed, TransportError)] = new(Terminated, ReportTransportError),
        [(Completed, LifetimeOver)] = new(Terminated, Nothing),
        [(Accepted, Success)] = new(Accepted, PassUp),
        [(Accepted, LifetimeOver)] = new(Terminated, Nothing),
    };

    private static readonly Dictionary<(TransactionState, TransactionInput), TransactionStep> OtherClientArrows = new()
    {
        [(Trying, RetransmitDue)] = new(Trying, SendRequest | BackOffToT2),
        [(Trying, LifetimeOver)] = new(Terminated, ReportTimeout),
        [(Trying, TransportError)] = new(Terminated, ReportTransportError),
        [(Trying, Provisional)] = new(Proceeding, PassUp),
        [(Trying, Success)] = new(Completed, PassUp | StopRetransmit, K),
        [(Trying, Failure)] = new(Completed, PassUp | StopRetransmit, K),
        [(Proceeding, RetransmitDue)] = new(Proceeding, SendRequest | RetransmitAtT2),
        [(Proceeding, LifetimeOver)] = new(Terminated, ReportTimeout),
        [(Proceeding, TransportError)] = new(Terminated, ReportTransportError),
        [(Proceeding, Provisional)] = new(Proceeding, PassUp),
        [(Proceeding, Success)] = new(Completed, PassUp | StopRetransmit, K),
        [(Proceeding, Failure)] = new(Completed, PassUp | StopRetransmit, K),
        [(Completed, LifetimeOver)] = new(Terminated, Nothing),
    };

    private static readonly Dictionary<(TransactionState, TransactionInput), TransactionStep> InviteServerArrows = new()
    {
        [(Proceeding, Request)] = new(Proceeding, SendResponse),
        [(Proceeding, Provisional)] = new(Proceeding, SendResponse, C),
        [(Proceeding, Success)] = new(Accepted, SendResponse | StartRetransmit, L),
        [(Proceeding, Failure)] = new(Completed, SendResponse | StartRetransmit, H),
        [(Proceeding, TransportError)] = new(Proceeding, ReportTransportError),
        [(Proceeding, LifetimeOver)] = new(Proceeding, Refuse),
        [(Completed, Request)] = new(Completed, SendResponse),
        [(Completed, RetransmitDue)] = new(Completed, SendResponse | BackOffToT2),
        [(Completed, Ack)] = new(Confirmed, StopRetransmit, I),
        [(Completed, LifetimeOver)] = new(Terminated, ReportTimeout),
        [(Completed, TransportError)] = new(Completed, ReportTransportError),
        [(Confirmed, LifetimeOver)] = new(Terminated, Nothing),
        [(Accepted, Ack)] = new(Accepted, PassUp | StopRetransmit),
        [(Accepted, Success)] = new(Accepted, SendResponse),
        [(Accepted, RetransmitDue)] = new(Accepted, SendResponse | BackOffToT2),
        [(Accepted, LifetimeOver)] = new(Terminated, ReportTimeout),
        [(Accepted, TransportError)] = new(Accepted, ReportTransportError),
    };

    private static readonly Dictionary<(TransactionState, TransactionInput), TransactionStep> OtherServerArrows = new()
    {
        [(Trying, Provisional)] = new(Proceeding, SendResponse),
        [(Trying, Success)] = new(Completed, SendResponse, J),
        [(Trying, Failure)] = new(Completed, SendResponse, J),
        [(Trying, LifetimeOver)] = new(Terminated, ReportTimeout),
        [(Proceeding, Request)] = new(Proceeding, SendResponse),
        [(Proceeding, Provisional)] = new(Proceeding, SendResponse),
        [(Proceeding, Success)] = new(Completed, SendResponse, J),
        [(Proceeding, Failure)] = new(Completed, SendResponse, J),
        [(Proceeding, TransportError)] = new(Terminated, ReportTransportError),
        [(Proceeding, LifetimeOver)] = new(Terminated, ReportTimeout),
        [(Completed, Request)] = new(Completed, SendResponse),
        [(Completed, TransportError)] = new(Terminated, ReportTransportError),
        [(Completed, LifetimeOver)] = new(Terminated, Nothing),
    };

    [Fact]
    [Trait("RFC", "3261 §17.1.1, 6026 figure 4")]
    public void Invite_client_has_the_arrows_of_its_figure()
    {
        Assert.Equal(new(Calling, SendRequest | StartRetransmit, B), InviteClientTransaction.Start());
        AssertArrows(InviteClientArrows, (state, input) => InviteClientTransaction.Step(state, input));
    }

    [Fact]
    [Trait("RFC", "3261 §9.1")]
    public void Invite_client_that_was_cancelled_ends_after_64_T1_and_no_provisional_prolongs_it()
    {
        Assert.Equal(
            new(Terminated, ReportTimeout), InviteClientTransaction.Step(Proceeding, LifetimeOver, cancelled: true));
        Assert.Equal(new(Proceeding, PassUp), InviteClientTransaction.Step(Proceeding, Provisional, cancelled: true));
    }

    [Fact]
    [Trait("RFC", "3261 §17.1.2")]
    public void Other_client_has_the_arrows_of_its_figure()
    {
        Assert.Equal(new(Trying, SendRequest | StartRetransmit, F), NonInviteClientTransaction.Start());
        AssertArrows(OtherClientArrows, NonInviteClientTransaction.Step);
    }

    [Fact]
    [Trait("RFC", "3261 §17.2.1, 6026 figure 5")]
    public void Invite_server_has_the_arrows_of_its_figure()
    {
        Assert.Equal(new(Proceeding, PassUp, C), InviteServerTransaction.Start());
        AssertArrows(InviteServerArrows, (state, input) => InviteServerTransaction.Step(state, input));
    }

    [Fact]
    [Trait("RFC", "3261 §13.3.1.4")]
    public void Invite_server_whose_2xx_was_acknowledged_ends_in_silence() =>
        Assert.Equal(new(Terminated, Nothing), InviteServerTransaction.Step(Accepted, LifetimeOver, acked: true));

    [Fact]
    [Trait("RFC", "3261 §17.2.2")]
    public void Other_server_has_the_arrows_of_its_figure()
    {
        Assert.Equal(new(Trying, PassUp, Unanswered), NonInviteServerTransaction.Start());
        AssertArrows(OtherServerArrows, NonInviteServerTransaction.Step);
    }

    private static void AssertArrows(
        Dictionary<(TransactionState State, TransactionInput Input), TransactionStep> arrows,
        Func<TransactionState, TransactionInput, TransactionStep> step)
    {
        foreach (var state in Enum.GetValues<TransactionState>())
        {
            foreach (var input in Enum.GetValues<TransactionInput>())
            {
                var expected = arrows.GetValueOrDefault((state, input), new TransactionStep(state, Nothing));
                var actual = step(state, input);
                Assert.True(expected == actual, $"{state} on {input}: expected {expected}, got {actual}");
            }
        }
    }
}
