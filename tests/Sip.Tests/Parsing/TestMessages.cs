using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Tests.Parsing;

/// <summary>Messages that several test classes start from.</summary>
internal static class TestMessages
{
    private const string Sdp =
        """
        v=0
        o=- 3890412345 3890412345 IN IP4 192.0.2.10
        s=-
        c=IN IP4 192.0.2.10
        t=0 0
        m=audio 16384 RTP/AVP 8 0 18 101
        a=rtpmap:8 PCMA/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:18 G729/8000
        a=fmtp:18 annexb=no
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-15
        a=ptime:20
        a=sendrecv

        """;

    /// <summary>What a carrier's gateway sends: fourteen header fields and SDP, about 900 bytes.</summary>
    public static readonly string Invite = Request(
        $"""
        INVITE sip:4930123456789@198.51.100.7:5060;user=phone SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds8a7;rport
        Max-Forwards: 70
        From: "4915112345678" <sip:4915112345678@192.0.2.10>;tag=1928301774
        To: <sip:4930123456789@198.51.100.7>
        Call-ID: a84b4c76e66710-2f1@192.0.2.10
        CSeq: 314159 INVITE
        Contact: <sip:4915112345678@192.0.2.10:5060>
        Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE
        Supported: timer, 100rel
        Session-Expires: 1800
        P-Asserted-Identity: "4915112345678" <sip:4915112345678@192.0.2.10>
        User-Agent: Gateway/2.4
        Content-Type: application/sdp

        """,
        Sdp);

    public static string Request(string head, string body = "") =>
        Crlf($"{head.TrimEnd('\n')}\nContent-Length: {Crlf(body).Length}\n\n{body}");

    public static string Crlf(string text) => text.ReplaceLineEndings("\r\n");

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static SipMessage Parse(string text)
    {
        var result = SipParser.ParseDatagram(Bytes(text));
        Assert.Equal((SipParseOutcome.Message, SipRejectReason.None), (result.Outcome, result.Reason));
        return result.Message!;
    }

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
