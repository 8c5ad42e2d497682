namespace Tandem.Sip.Transactions;

/// <summary>
/// What can happen to a transaction. A response is one received (client) or one the transaction user wants sent
/// (server).
/// </summary>
public enum TransactionInput : byte
{
    /// <summary>The request has arrived again.</summary>
    Request,

    /// <summary>An ACK has arrived.</summary>
    Ack,

    /// <summary>A 1xx.</summary>
    Provisional,

    /// <summary>A 2xx.</summary>
    Success,

    /// <summary>A 300 to 699.</summary>
    Failure,

    /// <summary>The timer for retransmission is due: A, E or G (or that of a 2xx, RFC 3261 §13.3.1.4).</summary>
    RetransmitDue,

    /// <summary>The lifetime timer of the state is due.</summary>
    LifetimeOver,

    /// <summary>The last message could not be sent.</summary>
    TransportError,

    /// <summary>INVITE client: a CANCEL was sent for it.</summary>
    CancelSent,

    /// <summary>INVITE client: the transaction user has given up; no further retransmission.</summary>
    Abandoned,
}
