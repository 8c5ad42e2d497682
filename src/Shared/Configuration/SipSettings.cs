namespace Tandem.Shared.Configuration;

// Words of gateways' SIP settings, named as VOS3000 has them.

/// <summary>How a gateway is known (VOS3000 registerType).</summary>
public enum RegisterType : byte
{
    /// <summary>By its configured address.</summary>
    Static,

    /// <summary>It registers with us; its address is that of its binding.</summary>
    Dynamic,

    /// <summary>We register with it (routing gateways only).</summary>
    Registration,
}

/// <summary>How a call of a mapping gateway proves where it is from (VOS3000 sipAuthenticationMethod).</summary>
public enum SourceAuthentication : byte
{
    /// <summary>By address.</summary>
    Ip,

    /// <summary>By address and port: entries without a port do not count.</summary>
    IpPort,

    /// <summary>By address if one is configured, and by digest (RFC 3261 §22).</summary>
    Password,
}

/// <summary>Where responses go (VOS3000 sipResponseAddressMethod).</summary>
public enum ResponseAddressMethod : byte
{
    /// <summary>To the socket that the request came from.</summary>
    Socket,

    /// <summary>To its address, at the port of the topmost Via.</summary>
    ViaPort,

    /// <summary>To the topmost Via (RFC 3261 §18.2.2 without rport).</summary>
    Via,
}

/// <summary>Where requests in a dialog go (VOS3000 sipRequestAddressMethod).</summary>
public enum RequestAddressMethod : byte
{
    /// <summary>To the socket of the peer's last request, or the configured address.</summary>
    Socket,

    /// <summary>To that address, at the port of the Contact.</summary>
    ContactPort,

    /// <summary>By route set and Contact (RFC 3261 §12.2.1.1).</summary>
    Contact,
}

/// <summary>How the caller sees ringing (VOS3000 sipRemoteRingSignal).</summary>
public enum RemoteRingSignal : byte
{
    /// <summary>As the vendor sends it.</summary>
    Passthrough,

    /// <summary>183 with SDP.</summary>
    ProgressSdp,

    /// <summary>180 with SDP.</summary>
    RingingSdp,
}

/// <summary>Where the caller's number stands (VOS3000 sipCallerE164Domain).</summary>
public enum CallerDomain : byte
{
    /// <summary>From.</summary>
    From,

    /// <summary>Remote-Party-ID.</summary>
    RemotePartyId,

    /// <summary>The display name of From.</summary>
    Display,

    /// <summary>P-Asserted-Identity (RFC 3325).</summary>
    PAssertedIdentity,

    /// <summary>P-Preferred-Identity (RFC 3325).</summary>
    PPreferredIdentity,
}

/// <summary>Where the callee's number stands (VOS3000 sipCalleeE164Domain).</summary>
public enum CalleeDomain : byte
{
    /// <summary>The Request-URI.</summary>
    RequestLine,

    /// <summary>To.</summary>
    To,

    /// <summary>The first Diversion (RFC 5806).</summary>
    Diversion,
}

/// <summary>What SDP says of G.729 Annex B or G.723.1 Annex A.</summary>
public enum AnnexMode : byte
{
    /// <summary>Nothing is changed.</summary>
    Auto,

    /// <summary>yes.</summary>
    Yes,

    /// <summary>no.</summary>
    No,

    /// <summary>The parameter is taken out.</summary>
    Absent,

    /// <summary>As the other side says it.</summary>
    Passthrough,
}

/// <summary>What becomes of REFER in a dialog (RFC 3515).</summary>
public enum ReferMode : byte
{
    /// <summary>Refused with 405.</summary>
    Refuse,

    /// <summary>Carried to the other side.</summary>
    Carry,
}

/// <summary>How a vendor is reached.</summary>
public enum RoutingTransport : byte
{
    /// <summary>UDP.</summary>
    Udp,

    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>TLS over TCP.</summary>
    Tls,

    /// <summary>By NAPTR and SRV (RFC 3263 §4.1), with TCP for large requests (RFC 3261 §18.1.1).</summary>
    Auto,
}

/// <summary>The Privacy header towards a vendor (VOS3000 sipPrivacy).</summary>
public enum PrivacyMode : byte
{
    /// <summary>As the caller sent it.</summary>
    Passthrough,

    /// <summary>No Privacy header.</summary>
    None,

    /// <summary>Privacy: id (RFC 3325).</summary>
    Id,

    /// <summary>Privacy: none (RFC 3323).</summary>
    NoneValue,
}

/// <summary>An identity header towards a vendor.</summary>
public enum IdentityMode : byte
{
    /// <summary>Not sent.</summary>
    None,

    /// <summary>As the caller sent it.</summary>
    Passthrough,

    /// <summary>With the caller's number.</summary>
    Caller,
}

/// <summary>How a vendor is told of a forwarding (VOS3000 "call forward signal").</summary>
public enum ForwardSignal : byte
{
    /// <summary>Not told.</summary>
    None,

    /// <summary>Diversion (RFC 5806).</summary>
    Diversion,

    /// <summary>History-Info (RFC 7044).</summary>
    HistoryInfo,

    /// <summary>Both headers.</summary>
    Both,
}

/// <summary>Which of the caller's headers that the switch does not know reach a vendor.</summary>
public enum ExtraHeaders : byte
{
    /// <summary>None.</summary>
    None,

    /// <summary>All.</summary>
    All,

    /// <summary>Those in sipExtraHeaderNames.</summary>
    Listed,
}

/// <summary>What becomes of a vendor's 3xx.</summary>
public enum RedirectMode : byte
{
    /// <summary>A failure as any other.</summary>
    Refuse,

    /// <summary>Its Contacts are tried in the order of q (RFC 3261 §8.1.3.4).</summary>
    Follow,
}
