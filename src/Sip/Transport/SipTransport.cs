namespace Tandem.Sip.Transport;

/// <summary>The transport protocol of an address (the <c>transport</c> production of RFC 3261 §25.1).</summary>
public enum SipTransport : byte
{
    /// <summary>UDP: unreliable, so the transactions retransmit (RFC 3261 §17).</summary>
    Udp = 0,

    /// <summary>TCP: reliable.</summary>
    Tcp = 1,

    /// <summary>TLS over TCP: reliable.</summary>
    Tls = 2,
}
