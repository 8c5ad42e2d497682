namespace Tandem.Sip.Transactions;

/// <summary>
/// The states of the four transaction machines, named as in the figures of RFC 3261 §17 and RFC 6026.
/// </summary>
public enum TransactionState : byte
{
    /// <summary>INVITE client: sent, nothing heard yet.</summary>
    Calling,

    /// <summary>Not INVITE: client has sent, server has received, no response yet.</summary>
    Trying,

    /// <summary>A provisional response was received or sent (INVITE server: the first state).</summary>
    Proceeding,

    /// <summary>A final response (of INVITE: not a 2xx) was received or sent.</summary>
    Completed,

    /// <summary>INVITE server: the ACK of a non-2xx has arrived.</summary>
    Confirmed,

    /// <summary>INVITE: a 2xx was received or sent (RFC 6026).</summary>
    Accepted,

    /// <summary>The end: the layer has forgotten the transaction.</summary>
    Terminated,
}
