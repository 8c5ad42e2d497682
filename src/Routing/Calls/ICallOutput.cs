using Akka.Actor;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Edge;

namespace Tandem.Routing.Calls;

/// <summary>A request that an edge keeps for the call until it is answered.</summary>
/// <param name="Edge">The edge actor that has the transaction.</param>
/// <param name="Id">The transaction there.</param>
public readonly record struct ServerRequest(IActorRef Edge, EdgeTransactionId Id);

/// <summary>What a call waits for by the clock. Each kind runs at most once at a time.</summary>
public enum CallTimer : byte
{
    /// <summary>An answer of a gateway or account actor during set-up.</summary>
    Ask,

    /// <summary>The next response of the vendor being tried (vos3000.md §3.8).</summary>
    Attempt,

    /// <summary>The end of the talk time that is allowed.</summary>
    TalkLimit,

    /// <summary>Time to hold money for more talk time.</summary>
    Extend,

    /// <summary>Repeat the charges that have no answer yet.</summary>
    Charge,

    /// <summary>Repeat the record that the writer has not taken yet.</summary>
    Record,

    /// <summary>Give up on requests that nobody answered.</summary>
    Linger,

    /// <summary>Repeat a reliable provisional response that has no PRACK yet (RFC 3262).</summary>
    Provisional,

    /// <summary>Refresh the caller's session, or end it since nobody did (RFC 4028).</summary>
    CallerSession,

    /// <summary>Likewise the vendor's.</summary>
    VendorSession,
}

/// <summary>
/// What a call does to the world. The actor is the only implementation in the switch; tests record it. Nothing here answers:
/// what comes back reaches the call as a later input.
/// </summary>
public interface ICallOutput
{
    /// <summary>Answer a request.</summary>
    void Respond(
        ServerRequest request,
        int status,
        string phrase,
        string toTag,
        ReadOnlyMemory<byte> headers,
        ReadOnlyMemory<byte> body);

    /// <summary>
    /// Send a request of a leg; its responses come back with <paramref name="key"/>. The gateway is the vendor whose settings
    /// the edge minds.
    /// </summary>
    void Send(LegId leg, int key, string remote, ReadOnlyMemory<byte> request, string gateway = "");

    /// <summary>Send the ACK of a 2xx.</summary>
    void SendAck(LegId leg, string remote, ReadOnlyMemory<byte> request);

    /// <summary>Tell the edge that repeats a 2xx that its ACK came in elsewhere.</summary>
    void PassAck(ServerRequest invite, string source, ReadOnlyMemory<byte> ack);

    /// <summary>CANCEL an INVITE that was sent with this key, with further header lines.</summary>
    void Cancel(int key, ReadOnlyMemory<byte> headers);

    /// <summary>Give up an INVITE that had no response at all.</summary>
    void Abandon(int key);

    /// <summary>Ask a gateway for a line.</summary>
    void Acquire(GatewayId gateway, byte attempt);

    /// <summary>Ask the registrar where a phone or dynamic gateway is.</summary>
    void Locate(GatewayId gateway);

    /// <summary>From now on requests of a leg leave through the edge of that node, which has the flow to the peer.</summary>
    void UseEdge(LegId leg, string node);

    /// <summary>Give a line back.</summary>
    void ReleaseLine(GatewayId gateway, byte attempt);

    /// <summary>Ask the paying account whether the call may start.</summary>
    void Authorise(AccountId account, string billedNumber, int callLevel);

    /// <summary>Hold money for more talk time.</summary>
    void Extend(AccountId account, RateQuote quote, int untilSecond);

    /// <summary>Note what the account holds for the call, so that a new owner of the account can learn it.</summary>
    void NoteHold(AccountId account, Money held);

    /// <summary>Let the hold go; nothing is charged.</summary>
    void ReleaseHold(AccountId account);

    /// <summary>Charge the call. Repeated with the same key until it is answered.</summary>
    void Charge(AccountCommands.Charge charge);

    /// <summary>Tell the detectors.</summary>
    void Observe(CallObserved observed);

    /// <summary>Store the record. Repeated until it is accepted.</summary>
    void Write(CallRecord record);

    /// <summary>How the call looks to operators now.</summary>
    void Show(RunningCall call);

    /// <summary>Start or restart a timer.</summary>
    void StartTimer(CallTimer timer, TimeSpan due);

    /// <summary>Stop a timer; nothing happens when it does not run.</summary>
    void StopTimer(CallTimer timer);

    /// <summary>The call is over, recorded and settled on both sides.</summary>
    void Finished();
}
