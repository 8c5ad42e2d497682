namespace Tandem.Sip.Transactions;

/// <summary>What a transaction wants done, in the order in which the bits stand.</summary>
[Flags]
public enum TransactionActions : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Send the request (again).</summary>
    SendRequest = 1 << 0,

    /// <summary>Send the latest response (again).</summary>
    SendResponse = 1 << 1,

    /// <summary>Send the ACK of the non-2xx response.</summary>
    SendAck = 1 << 2,

    /// <summary>Send a CANCEL, since the other side does not end the INVITE.</summary>
    SendCancel = 1 << 3,

    /// <summary>Refuse the request with a 500, since the transaction user does not answer.</summary>
    Refuse = 1 << 4,

    /// <summary>Start the retransmission timer with T1.</summary>
    StartRetransmit = 1 << 5,

    /// <summary>Start it again with twice the interval (timer A).</summary>
    BackOff = 1 << 6,

    /// <summary>Start it again with twice the interval, T2 at most (timers E and G).</summary>
    BackOffToT2 = 1 << 7,

    /// <summary>Start it again with T2 (timer E in Proceeding).</summary>
    RetransmitAtT2 = 1 << 8,

    /// <summary>Stop the retransmission timer.</summary>
    StopRetransmit = 1 << 9,

    /// <summary>Pass what came in to the transaction user.</summary>
    PassUp = 1 << 10,

    /// <summary>Tell the transaction user that time has run out.</summary>
    ReportTimeout = 1 << 11,

    /// <summary>Tell the transaction user that the message could not be sent.</summary>
    ReportTransportError = 1 << 12,
}
