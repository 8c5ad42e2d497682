namespace Tandem.Sip.Messages;

/// <summary>
/// Header fields this stack knows by name, long and compact form alike; names are compared without case
/// (RFC 3261 §7.3.1). All others are <see cref="Unknown"/> and keep their own spelling in the message.
/// </summary>
/// <remarks>Numbers are local to the process: never store or send them.</remarks>
public enum SipHeaderName : byte
{
    /// <summary>A field that is not in this list.</summary>
    Unknown,
    /// <summary>Accept.</summary>
    Accept,
    /// <summary>Accept-Contact, compact form "a".</summary>
    AcceptContact,
    /// <summary>Accept-Encoding.</summary>
    AcceptEncoding,
    /// <summary>Accept-Language.</summary>
    AcceptLanguage,
    /// <summary>Alert-Info.</summary>
    AlertInfo,
    /// <summary>Allow.</summary>
    Allow,
    /// <summary>Allow-Events, compact form "u".</summary>
    AllowEvents,
    /// <summary>Authentication-Info.</summary>
    AuthenticationInfo,
    /// <summary>Authorization.</summary>
    Authorization,
    /// <summary>Call-ID, compact form "i".</summary>
    CallId,
    /// <summary>Call-Info.</summary>
    CallInfo,
    /// <summary>Contact, compact form "m".</summary>
    Contact,
    /// <summary>Content-Disposition.</summary>
    ContentDisposition,
    /// <summary>Content-Encoding, compact form "e".</summary>
    ContentEncoding,
    /// <summary>Content-Language.</summary>
    ContentLanguage,
    /// <summary>Content-Length, compact form "l".</summary>
    ContentLength,
    /// <summary>Content-Type, compact form "c".</summary>
    ContentType,
    /// <summary>CSeq.</summary>
    CSeq,
    /// <summary>Date.</summary>
    Date,
    /// <summary>Diversion.</summary>
    Diversion,
    /// <summary>Error-Info.</summary>
    ErrorInfo,
    /// <summary>Event, compact form "o".</summary>
    Event,
    /// <summary>Expires.</summary>
    Expires,
    /// <summary>From, compact form "f".</summary>
    From,
    /// <summary>Geolocation.</summary>
    Geolocation,
    /// <summary>History-Info.</summary>
    HistoryInfo,
    /// <summary>Identity, compact form "y".</summary>
    Identity,
    /// <summary>Identity-Info, compact form "n".</summary>
    IdentityInfo,
    /// <summary>In-Reply-To.</summary>
    InReplyTo,
    /// <summary>Join.</summary>
    Join,
    /// <summary>Max-Breadth.</summary>
    MaxBreadth,
    /// <summary>Max-Forwards.</summary>
    MaxForwards,
    /// <summary>MIME-Version.</summary>
    MimeVersion,
    /// <summary>Min-Expires.</summary>
    MinExpires,
    /// <summary>Min-SE.</summary>
    MinSe,
    /// <summary>Organization.</summary>
    Organization,
    /// <summary>P-Access-Network-Info.</summary>
    PAccessNetworkInfo,
    /// <summary>P-Asserted-Identity.</summary>
    PAssertedIdentity,
    /// <summary>P-Called-Party-ID.</summary>
    PCalledPartyId,
    /// <summary>P-Charging-Vector.</summary>
    PChargingVector,
    /// <summary>P-Early-Media.</summary>
    PEarlyMedia,
    /// <summary>P-Preferred-Identity.</summary>
    PPreferredIdentity,
    /// <summary>Path.</summary>
    Path,
    /// <summary>Priority.</summary>
    Priority,
    /// <summary>Privacy.</summary>
    Privacy,
    /// <summary>Proxy-Authenticate.</summary>
    ProxyAuthenticate,
    /// <summary>Proxy-Authorization.</summary>
    ProxyAuthorization,
    /// <summary>Proxy-Require.</summary>
    ProxyRequire,
    /// <summary>RAck.</summary>
    RAck,
    /// <summary>Reason.</summary>
    Reason,
    /// <summary>Record-Route.</summary>
    RecordRoute,
    /// <summary>Recv-Info.</summary>
    RecvInfo,
    /// <summary>Info-Package.</summary>
    InfoPackage,
    /// <summary>Refer-To, compact form "r".</summary>
    ReferTo,
    /// <summary>Referred-By, compact form "b".</summary>
    ReferredBy,
    /// <summary>Reject-Contact, compact form "j".</summary>
    RejectContact,
    /// <summary>Remote-Party-ID.</summary>
    RemotePartyId,
    /// <summary>Replaces.</summary>
    Replaces,
    /// <summary>Reply-To.</summary>
    ReplyTo,
    /// <summary>Request-Disposition, compact form "d".</summary>
    RequestDisposition,
    /// <summary>Require.</summary>
    Require,
    /// <summary>Resource-Priority.</summary>
    ResourcePriority,
    /// <summary>Retry-After.</summary>
    RetryAfter,
    /// <summary>Route.</summary>
    Route,
    /// <summary>RSeq.</summary>
    RSeq,
    /// <summary>Server.</summary>
    Server,
    /// <summary>Service-Route.</summary>
    ServiceRoute,
    /// <summary>Session-Expires, compact form "x".</summary>
    SessionExpires,
    /// <summary>Session-ID.</summary>
    SessionId,
    /// <summary>SIP-ETag.</summary>
    SipETag,
    /// <summary>SIP-If-Match.</summary>
    SipIfMatch,
    /// <summary>Subject, compact form "s".</summary>
    Subject,
    /// <summary>Subscription-State.</summary>
    SubscriptionState,
    /// <summary>Supported, compact form "k".</summary>
    Supported,
    /// <summary>Timestamp.</summary>
    Timestamp,
    /// <summary>To, compact form "t".</summary>
    To,
    /// <summary>Unsupported.</summary>
    Unsupported,
    /// <summary>User-Agent.</summary>
    UserAgent,
    /// <summary>User-to-User.</summary>
    UserToUser,
    /// <summary>Via, compact form "v".</summary>
    Via,
    /// <summary>Warning.</summary>
    Warning,
    /// <summary>WWW-Authenticate.</summary>
    WwwAuthenticate,
}
