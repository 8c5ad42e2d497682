using System.Collections.Immutable;

namespace Tandem.Shared.Configuration;

/// <summary>What follows when all gateways of a prefix have failed (vos3000.md §3.2).</summary>
public enum PrefixStyle : byte
{
    /// <summary>Stop: shorter prefixes are not tried.</summary>
    Terminate,

    /// <summary>Shorter prefixes are tried, too.</summary>
    Continue,
}

/// <summary>A vendor's trunk (vos3000.md §2.2).</summary>
public sealed record RoutingGatewayConfiguration
{
    /// <summary>Unique among routing gateways.</summary>
    public string Name { get; init; } = "";

    /// <summary>Callee prefixes that it takes; an empty list is any.</summary>
    public ImmutableArray<string> Prefix { get; init; } = [];

    /// <summary>Whether shorter prefixes follow after it.</summary>
    public PrefixStyle PrefixStyle { get; init; }

    /// <summary>Line limit: calls at once; 0 is no limit.</summary>
    public int Capacity { get; init; }

    /// <summary>A locked gateway gets no calls.</summary>
    public LockType LockType { get; init; }

    /// <summary>The smaller number is tried first.</summary>
    public int Priority { get; init; }

    /// <summary>The vendor's address, or a host name (RFC 3263).</summary>
    public string RemoteIp { get; init; } = "";

    /// <summary>The vendor's port; 0 is by DNS SRV, or 5060 (5061 for TLS) without.</summary>
    public int SignalPort { get; init; } = 5060;

    /// <summary>The vendor's account; none means that nothing is cleared.</summary>
    public string ClearingAccount { get; init; } = "";

    /// <summary>Rate limit: new calls in any one second; 0 is no limit.</summary>
    public int MaxCallRate { get; init; }

    /// <summary>Seconds to wait for the first response; 0 is SS_SIP_TIMEOUT_INVITE.</summary>
    public int TimeoutInvite { get; init; }

    /// <summary>Seconds to wait after 100; 0 is SS_SIP_TIMEOUT_TRYING.</summary>
    public int TimeoutTrying { get; init; }

    /// <summary>Seconds to wait after 18x without SDP; 0 is SS_SIP_TIMEOUT_SESSION_PROGRESS.</summary>
    public int TimeoutSessionProgress { get; init; }

    /// <summary>Seconds to wait after 183 with SDP; 0 is SS_SIP_TIMEOUT_SESSION_PROGRESS_SDP.</summary>
    public int TimeoutSessionProgressSdp { get; init; }

    /// <summary>Seconds to wait after 180; 0 is SS_SIP_TIMEOUT_RINGING.</summary>
    public int TimeoutRinging { get; init; }

    /// <summary>"Switch gateway until connect": null is SS_GATEWAY_SWITCH_UNTIL_CONNECT.</summary>
    public bool? SwitchUntilConnect { get; init; }

    /// <summary>
    /// "Stop switching response code": a final status in this list ends the call at once. Null is the default list: 400–499
    /// without 408 and 480 (vos3000.md §3.7).
    /// </summary>
    public ImmutableArray<int>? StopSwitchSipCodes { get; init; }

    /// <summary>"Check rate": only used when its clearing account has a rate for the number.</summary>
    public bool FeerateRestrict { get; init; }

    /// <summary>Feeds and applies its own dynamic black list in standalone mode.</summary>
    public bool DynamicBlackListInStandalone { get; init; }

    /// <summary>Digest password for its challenges, and for its own registration when dynamic.</summary>
    public string Password { get; init; } = "";

    /// <summary>Digest user name; empty is the gateway's name.</summary>
    public string SipAuthenticationUser { get; init; } = "";

    /// <summary>By address, by its registration with us, or by ours with it.</summary>
    public RegisterType RegisterType { get; init; }

    /// <summary>Name of the registration that it uses (registerType registration).</summary>
    public string Registration { get; init; } = "";

    /// <summary>How it is reached.</summary>
    public RoutingTransport Transport { get; init; }

    /// <summary>host[:port][;transport=…] that gets its requests in place of remoteIp; empty is none.</summary>
    public string OutboundProxy { get; init; } = "";

    /// <summary>Local address that requests leave from; empty is any.</summary>
    public string LocalIp { get; init; } = "";

    /// <summary>Local port that requests leave from; 0 is any.</summary>
    public int SignalPortLocal { get; init; }

    /// <summary>Name in its certificate; empty is remoteIp.</summary>
    public string TlsServerName { get; init; } = "";

    /// <summary>Its certificate is verified.</summary>
    public bool TlsVerify { get; init; } = true;

    /// <summary>Name of the node's certificate to present; empty is none.</summary>
    public string TlsCertificate { get; init; } = "";

    /// <summary>Where requests in a dialog go.</summary>
    public RequestAddressMethod SipRequestAddressMethod { get; init; }

    /// <summary>From has the caller's display name.</summary>
    public bool SipDisplay { get; init; } = true;

    /// <summary>Remote-Party-ID is sent.</summary>
    public bool SipRemotePartyId { get; init; }

    /// <summary>The Privacy header.</summary>
    public PrivacyMode SipPrivacy { get; init; }

    /// <summary>P-Preferred-Identity.</summary>
    public IdentityMode SipPPreferredIdentity { get; init; }

    /// <summary>P-Asserted-Identity.</summary>
    public IdentityMode SipPAssertedIdentity { get; init; }

    /// <summary>How it is told of a forwarding.</summary>
    public ForwardSignal SipForwardSignal { get; init; }

    /// <summary>Prefixes of the forwarding number; empty is any.</summary>
    public ImmutableArray<string> CallinForwardPrefixes { get; init; } = [];

    /// <summary>True: only those; false: all but those.</summary>
    public bool CallinForwardPrefixesAllow { get; init; } = true;

    /// <summary>URIs have user=phone.</summary>
    public bool SipUserPhone { get; init; }

    /// <summary>Header lines added to INVITE, such as "X-Trunk: 7".</summary>
    public ImmutableArray<string> SipInviteHeaders { get; init; } = [];

    /// <summary>Which unknown headers of the caller pass.</summary>
    public ExtraHeaders SipExtraHeaders { get; init; }

    /// <summary>Their names (sipExtraHeaders listed).</summary>
    public ImmutableArray<string> SipExtraHeaderNames { get; init; } = [];

    /// <summary>Session timer (RFC 4028).</summary>
    public bool SipTimer { get; init; } = true;

    /// <summary>Reliable provisional responses (RFC 3262).</summary>
    public bool Sip100Rel { get; init; } = true;

    /// <summary>CANCEL and BYE carry Reason with the Q.850 cause (RFC 3326).</summary>
    public bool SipReason { get; init; } = true;

    /// <summary>What becomes of 3xx.</summary>
    public RedirectMode SipRedirect { get; init; }

    /// <summary>What becomes of REFER.</summary>
    public ReferMode SipRefer { get; init; }

    /// <summary>A failure with Retry-After suspends the gateway for that time.</summary>
    public bool SipRetryAfter { get; init; } = true;

    /// <summary>OPTIONS every SS_SIP_OPTIONS_CHECK_PERIOD; silent gateways get no calls.</summary>
    public bool OptionsCheck { get; init; }

    /// <summary>Codecs that SDP may name, such as PCMA or G729; empty is all.</summary>
    public ImmutableArray<string> SipCodecs { get; init; } = [];

    /// <summary>annexb of G729 in SDP to the gateway.</summary>
    public AnnexMode SipG729Annexb { get; init; }

    /// <summary>annexa of G723 in SDP to the gateway.</summary>
    public AnnexMode SipG723Annexa { get; init; }

    /// <summary>For people.</summary>
    public string Memo { get; init; } = "";
}
