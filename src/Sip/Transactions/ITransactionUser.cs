using Tandem.Sip.Messages;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Transactions;

/// <summary>
/// The transaction user (RFC 3261 §5): what a <see cref="TransactionLayer"/> tells of. Called on the layer's thread;
/// each method may call the layer's commands. A <see cref="SipMessage"/> that is passed is valid during the call only,
/// unless said otherwise (<see cref="SipMessage.Detach"/> keeps it).
/// </summary>
public interface ITransactionUser
{
    /// <summary>
    /// What <see cref="Admit"/> returns for a request that it has answered itself, with
    /// <see cref="TransactionLayer.RespondStateless"/>.
    /// </summary>
    const int AlreadyAnswered = int.MinValue;

    /// <summary>
    /// Asked before anything is allocated for a new request (inside or outside of a dialog), so that a flood costs
    /// little. Not asked for retransmissions, ACK and CANCEL. Without an implementation all are let in.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="remote">Where it came from.</param>
    /// <returns>
    /// 0 to let it in; a status of 300 to 699 to refuse it without a transaction (its ACK then comes as one without
    /// INVITE); <see cref="AlreadyAnswered"/> if it needs no transaction; another negative number to drop it in
    /// silence.
    /// </returns>
    int Admit(SipMessage request, SipEndPoint remote) => 0;

    /// <summary>
    /// A new request, inside or outside of a dialog; never a retransmission, an ACK or a CANCEL. It must be answered
    /// with <see cref="TransactionLayer.Respond"/>, now or later.
    /// </summary>
    /// <param name="transaction">Its transaction; its <see cref="ServerTransaction.Request"/> may be kept.</param>
    /// <param name="request">The same request.</param>
    void OnRequest(ServerTransaction transaction, SipMessage request);

    /// <summary>
    /// The caller has cancelled an INVITE that has no final response yet. The CANCEL is answered already; the INVITE is
    /// to be answered with 487 (RFC 3261 §9.2).
    /// </summary>
    /// <param name="inviteTransaction">The INVITE.</param>
    /// <param name="cancel">The CANCEL, for its Reason (RFC 3326).</param>
    void OnCancel(ServerTransaction inviteTransaction, SipMessage cancel);

    /// <summary>An ACK that is not that of a non-2xx (those are absorbed).</summary>
    /// <param name="inviteTransaction">
    /// The INVITE whose 2xx it acknowledges (RFC 3261 §13.3.1.4); its 2xx is no longer repeated. Null if none is known:
    /// a late repeat, the ACK of a refusal that was sent without a transaction, or one for another worker
    /// (<see cref="TransactionLayer.TryAcceptAck"/>).
    /// </param>
    /// <param name="ack">The ACK.</param>
    /// <param name="remote">Where it came from.</param>
    void OnAck(ServerTransaction? inviteTransaction, SipMessage ack, SipEndPoint remote);

    /// <summary>No ACK came for a 2xx in 64*T1: the session is to be ended with BYE (RFC 3261 §13.3.1.4).</summary>
    /// <param name="inviteTransaction">The INVITE; it has ended.</param>
    void OnAckTimeout(ServerTransaction inviteTransaction);

    /// <summary>
    /// The user has left a request without an answer for too long (INVITE: timer C without a response, and a 500 was
    /// sent; others: 64*T1, and the client has stopped waiting).
    /// </summary>
    /// <param name="transaction">The request.</param>
    void OnUnanswered(ServerTransaction transaction);

    /// <summary>
    /// A response: each provisional, the first final, and each 2xx of an INVITE, also repeated or forked ones (the user
    /// sends the ACK of each with <see cref="TransactionLayer.SendAck"/>; RFC 3261 §13.2.2.4, RFC 6026 §7.2).
    /// </summary>
    /// <param name="transaction">The request it answers.</param>
    /// <param name="response">The response.</param>
    void OnResponse(ClientTransaction transaction, SipMessage response);

    /// <summary>
    /// No final response came in time (timer B or F, or 64*T1 after a CANCEL): to be treated as 408 (RFC 3261
    /// §8.1.3.1). The transaction has ended. Of final response, this and
    /// <see cref="OnTransportError(ClientTransaction)"/>, exactly one comes for each request, unless it was not an
    /// INVITE and was abandoned.
    /// </summary>
    /// <param name="transaction">The request.</param>
    void OnTimeout(ClientTransaction transaction);

    /// <summary>
    /// The request could not be sent (RFC 3261 §8.1.3.1: to be treated as 503); or, after a final response, its ACK.
    /// The transaction has ended.
    /// </summary>
    /// <param name="transaction">The request.</param>
    void OnTransportError(ClientTransaction transaction);

    /// <summary>A response could not be sent. An INVITE transaction goes on, others have ended.</summary>
    /// <param name="transaction">The request.</param>
    void OnTransportError(ServerTransaction transaction);

    /// <summary>
    /// A response that belongs to no transaction of this layer: a late 2xx, one for another worker
    /// (<see cref="TransactionLayer.TryGetWorkerOfBranch"/>: hand it over, detached), or a forgery.
    /// </summary>
    /// <param name="response">The response.</param>
    /// <param name="remote">Where it came from.</param>
    void OnStrayResponse(SipMessage response, SipEndPoint remote);
}
