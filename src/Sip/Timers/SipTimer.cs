namespace Tandem.Sip.Timers;

/// <summary>
/// The timers of the transactions by their letters (RFC 3261 §17, RFC 6026). A, E and G retransmit; the others bound
/// how long a transaction stays in its state, so a transaction has at most one of them.
/// </summary>
public enum SipTimer : byte
{
    /// <summary>No timer.</summary>
    None,

    /// <summary>INVITE client: retransmits the INVITE; T1, doubled each time.</summary>
    A,

    /// <summary>INVITE client: no answer at all; 64*T1.</summary>
    B,

    /// <summary>INVITE, both sides: no final response and no new provisional for too long (RFC 3261 §16.6).</summary>
    C,

    /// <summary>INVITE client: waits for repeated non-2xx responses; 32 s on UDP.</summary>
    D,

    /// <summary>Other client: retransmits the request; T1, doubled up to T2.</summary>
    E,

    /// <summary>Other client: no final answer; 64*T1.</summary>
    F,

    /// <summary>INVITE server: retransmits the final response; T1, doubled up to T2.</summary>
    G,

    /// <summary>INVITE server: no ACK for a non-2xx; 64*T1.</summary>
    H,

    /// <summary>INVITE server: waits for repeated ACKs; T4 on UDP.</summary>
    I,

    /// <summary>Other server: waits for repeated requests; 64*T1 on UDP.</summary>
    J,

    /// <summary>Other client: waits for repeated responses; T4 on UDP.</summary>
    K,

    /// <summary>INVITE server: waits for repeated INVITEs after a 2xx; 64*T1 (RFC 6026).</summary>
    L,

    /// <summary>INVITE client: waits for more 2xx responses; 64*T1 (RFC 6026).</summary>
    M,

    /// <summary>INVITE client: no final response after its CANCEL; 64*T1 (RFC 3261 §9.1).</summary>
    Cancelled,

    /// <summary>Other server: the transaction user has not answered and the client no longer waits; 64*T1.</summary>
    Unanswered,
}
