using System.Collections.Immutable;

namespace Tandem.Shared.Configuration;

/// <summary>A customer's trunk (vos3000.md §2.1).</summary>
public sealed record MappingGatewayConfiguration
{
    /// <summary>Unique among mapping gateways.</summary>
    public string Name { get; init; } = "";

    /// <summary>The account that pays.</summary>
    public string Account { get; init; } = "";

    /// <summary>A locked gateway's calls are refused.</summary>
    public LockType LockType { get; init; }

    /// <summary>Highest rate type that it may call: 1, 2, 4 or 5.</summary>
    public int CallLevel { get; init; } = 5;

    /// <summary>Line limit: calls at once; 0 is no limit.</summary>
    public int Capacity { get; init; }

    /// <summary>When several gateways share an address the smaller number wins.</summary>
    public int Priority { get; init; }

    /// <summary>Addresses of the customer: <c>IP</c> or <c>IP:port</c>.</summary>
    public ImmutableArray<string> RemoteIps { get; init; } = [];

    /// <summary>Rate limit: new calls in any one second; 0 is no limit.</summary>
    public int MaxCallRate { get; init; }

    /// <summary>Longest talk time in seconds; 0 is none.</summary>
    public int MaxCallDuration { get; init; }

    /// <summary>Feeds and applies its own dynamic black list in standalone mode.</summary>
    public bool DynamicBlackListInStandalone { get; init; }

    /// <summary>Digest password; empty: it cannot authenticate.</summary>
    public string Password { get; init; } = "";

    /// <summary>By address, or by registration with digest.</summary>
    public RegisterType RegisterType { get; init; }

    /// <summary>How calls prove where they are from; dynamic gateways always by digest.</summary>
    public SourceAuthentication SipAuthenticationMethod { get; init; }

    /// <summary>Digest user name; empty is the gateway's name.</summary>
    public string SipAuthenticationUser { get; init; } = "";

    /// <summary>Names of client certificates of which one must be presented; empty: none is asked for.</summary>
    public ImmutableArray<string> TlsPeerNames { get; init; } = [];

    /// <summary>Only calls that come in at this local address; empty is any.</summary>
    public string LocalIp { get; init; } = "";

    /// <summary>Only calls that come in at this local port; 0 is any.</summary>
    public int SignalPortLocal { get; init; }

    /// <summary>Where responses go.</summary>
    public ResponseAddressMethod SipResponseAddressMethod { get; init; }

    /// <summary>Where requests in a dialog go.</summary>
    public RequestAddressMethod SipRequestAddressMethod { get; init; }

    /// <summary>How the caller sees ringing.</summary>
    public RemoteRingSignal SipRemoteRingSignal { get; init; }

    /// <summary>Where the caller's number stands.</summary>
    public CallerDomain SipCallerE164Domain { get; init; }

    /// <summary>Where the callee's number stands.</summary>
    public CalleeDomain SipCalleeE164Domain { get; init; }

    /// <summary>Session timer (RFC 4028).</summary>
    public bool SipTimer { get; init; } = true;

    /// <summary>Reliable provisional responses (RFC 3262).</summary>
    public bool Sip100Rel { get; init; } = true;

    /// <summary>Privacy (RFC 3323, RFC 3325) is heeded.</summary>
    public bool SipPrivacySupport { get; init; } = true;

    /// <summary>Diversion and History-Info are read.</summary>
    public bool SipForwardSignal { get; init; } = true;

    /// <summary>Failures and BYE carry Reason with the Q.850 cause (RFC 3326).</summary>
    public bool SipReason { get; init; } = true;

    /// <summary>What becomes of REFER.</summary>
    public ReferMode SipRefer { get; init; }

    /// <summary>Final status to the caller as orig:target; orig 0 is any other, target 0 keeps it.</summary>
    public ImmutableArray<string> CallFailedSipCode { get; init; } = [];

    /// <summary>Q.850 cause to the caller as orig:target, likewise.</summary>
    public ImmutableArray<string> CallFailedQ931CauseValue { get; init; } = [];

    /// <summary>Codecs that SDP may name, such as PCMA or G729; empty is all.</summary>
    public ImmutableArray<string> SipCodecs { get; init; } = [];

    /// <summary>annexb of G729 in SDP to the gateway.</summary>
    public AnnexMode SipG729Annexb { get; init; }

    /// <summary>annexa of G723 in SDP to the gateway.</summary>
    public AnnexMode SipG723Annexa { get; init; }

    /// <summary>For people.</summary>
    public string Memo { get; init; } = "";
}
