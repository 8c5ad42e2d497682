using Tandem.Sip.Messages;

namespace Tandem.Sip.Parsing;

/// <summary>Why a datagram, or a request that parsed, is refused. Refusals are counted by these names.</summary>
public enum SipRejectReason : byte
{
    /// <summary>Not refused.</summary>
    None,
    /// <summary>Nothing but CRLF or NUL bytes: a NAT keep-alive (RFC 5626 §3.5.1 and habit).</summary>
    KeepAlive,
    /// <summary>The first line is neither a request line nor a status line of any SIP version.</summary>
    NotSip,
    /// <summary>The start line is SIP but not formed by RFC 3261 §7.1 and §7.2.</summary>
    BadStartLine,
    /// <summary>A SIP version other than 2.0.</summary>
    UnsupportedVersion,
    /// <summary>The Request-URI is not a URI, or a SIP URI with a part it must not have there (§19.1.1).</summary>
    BadRequestUri,
    /// <summary>A status code outside of 100–699.</summary>
    BadStatusCode,
    /// <summary>More bytes than <see cref="SipLimits.MaxMessageBytes"/>.</summary>
    MessageTooLarge,
    /// <summary>More header fields than <see cref="SipLimits.MaxHeaders"/>.</summary>
    TooManyHeaders,
    /// <summary>One header field or the start line is longer than <see cref="SipLimits.MaxHeaderBytes"/>.</summary>
    HeaderTooLong,
    /// <summary>The datagram ends before the empty line that ends the header section.</summary>
    HeadersCut,
    /// <summary>A CR without LF or an LF without CR in the header section.</summary>
    BadLineEnding,
    /// <summary>A line that does not begin with a token and a colon.</summary>
    BadHeader,
    /// <summary>A field that must be single came twice (§20).</summary>
    DuplicateHeader,
    /// <summary>No Via.</summary>
    MissingVia,
    /// <summary>No From.</summary>
    MissingFrom,
    /// <summary>No To.</summary>
    MissingTo,
    /// <summary>No Call-ID.</summary>
    MissingCallId,
    /// <summary>No CSeq.</summary>
    MissingCSeq,
    /// <summary>The topmost Via does not follow §20.42.</summary>
    BadVia,
    /// <summary>From does not follow §20.20.</summary>
    BadFrom,
    /// <summary>To does not follow §20.39.</summary>
    BadTo,
    /// <summary>Call-ID does not follow §20.8.</summary>
    BadCallId,
    /// <summary>CSeq does not follow §20.16, or its number is not below 2^31 (§8.1.1.5).</summary>
    BadCSeq,
    /// <summary>The method of CSeq is not that of the request line (§8.1.1.5).</summary>
    CSeqMethodMismatch,
    /// <summary>Max-Forwards is not a number of 0–255 (§20.22).</summary>
    BadMaxForwards,
    /// <summary>Content-Length is not a number (§20.14).</summary>
    BadContentLength,
    /// <summary>No Content-Length on a stream (§18.3).</summary>
    MissingContentLength,
    /// <summary>Content-Length promises more bytes than the datagram holds (§18.3).</summary>
    BodyCut,
    /// <summary>A Contact, Route or Record-Route does not follow its grammar (§20.10, §20.34, §20.30).</summary>
    BadAddress,

    /// <summary>Screening: a body without Content-Type (§20.15).</summary>
    MissingContentType,
    /// <summary>Screening: Max-Forwards is 0 (§16.3 step 3).</summary>
    TooManyHops,
    /// <summary>Screening: a known method that this element does not offer (§8.2.1).</summary>
    MethodNotAllowed,
    /// <summary>Screening: a method nobody here knows (§21.5.2).</summary>
    MethodNotImplemented,
    /// <summary>Screening: a Request-URI scheme not understood (§8.2.2.1).</summary>
    UnsupportedUriScheme,
    /// <summary>Screening: Require or Proxy-Require names an option not supported (§8.2.2.3).</summary>
    BadExtension,
    /// <summary>Screening: body type or encoding not understood, and not optional (§8.2.3).</summary>
    UnsupportedMediaType,
    /// <summary>Screening: Accept leaves out every body this element could answer with (§21.4.7).</summary>
    NotAcceptable,
}

/// <summary>The one table from <see cref="SipRejectReason"/> to what is answered (style: errors are values).</summary>
public static class SipRejection
{
    /// <summary>
    /// The status to answer a request with, 400–699; 0 means silence. Says nothing about whether an answer can be
    /// sent at all: see <see cref="StatusToAnswer"/>.
    /// </summary>
    public static int Status(this SipRejectReason reason) => reason switch
    {
        SipRejectReason.None or SipRejectReason.KeepAlive or SipRejectReason.NotSip => 0,
        SipRejectReason.UnsupportedVersion => 505,
        SipRejectReason.MessageTooLarge => 513,
        SipRejectReason.TooManyHops => 483,
        SipRejectReason.MethodNotAllowed => 405,
        SipRejectReason.MethodNotImplemented => 501,
        SipRejectReason.UnsupportedUriScheme => 416,
        SipRejectReason.BadExtension => 420,
        SipRejectReason.UnsupportedMediaType => 415,
        SipRejectReason.NotAcceptable => 406,
        _ => 400,
    };

    /// <summary>
    /// The status to answer this refused message with; 0 means silence: responses and ACK are never answered
    /// (§17, §8.1.3), and without a usable topmost Via there is nowhere to send an answer (§18.2.2).
    /// </summary>
    public static int StatusToAnswer(this SipRejectReason reason, SipMessage? message) =>
        message is { CanBeAnswered: true } ? reason.Status() : 0;

    /// <summary>
    /// The reason phrase for the answer: the standard one for all but 400, which says what was wrong (§21.4.1).
    /// </summary>
    public static ReadOnlySpan<byte> ReasonPhrase(this SipRejectReason reason) => reason switch
    {
        SipRejectReason.BadStartLine => "Bad Request Line"u8,
        SipRejectReason.BadRequestUri => "Bad Request-URI"u8,
        SipRejectReason.TooManyHeaders => "Too Many Header Fields"u8,
        SipRejectReason.HeaderTooLong => "Header Field Too Long"u8,
        SipRejectReason.HeadersCut => "Header Section Incomplete"u8,
        SipRejectReason.BadLineEnding => "Bad Line Ending"u8,
        SipRejectReason.BadHeader => "Bad Header Field"u8,
        SipRejectReason.DuplicateHeader => "Repeated Header Field"u8,
        SipRejectReason.MissingFrom => "Missing From"u8,
        SipRejectReason.MissingTo => "Missing To"u8,
        SipRejectReason.MissingCallId => "Missing Call-ID"u8,
        SipRejectReason.MissingCSeq => "Missing CSeq"u8,
        SipRejectReason.BadFrom => "Bad From"u8,
        SipRejectReason.BadTo => "Bad To"u8,
        SipRejectReason.BadCallId => "Bad Call-ID"u8,
        SipRejectReason.BadCSeq => "Bad CSeq"u8,
        SipRejectReason.CSeqMethodMismatch => "CSeq Method Mismatch"u8,
        SipRejectReason.BadMaxForwards => "Bad Max-Forwards"u8,
        SipRejectReason.BadContentLength => "Bad Content-Length"u8,
        SipRejectReason.MissingContentLength => "Missing Content-Length"u8,
        SipRejectReason.BodyCut => "Body Incomplete"u8,
        SipRejectReason.MissingContentType => "Missing Content-Type"u8,
        SipRejectReason.BadAddress => "Bad Address Header Field"u8,
        _ => SipStatus.ReasonPhrase(reason.Status()),
    };
}
