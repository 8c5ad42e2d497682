using System.Text;

namespace Tandem.SipBench;

/// <summary>The messages that are measured, as a carrier's gateway sends them.</summary>
internal static class SampleMessages
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

    /// <summary>An INVITE of fourteen header fields and SDP, about 900 bytes.</summary>
    public static readonly byte[] Invite = Message(
        """
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

    /// <summary>The 200 to it.</summary>
    public static readonly byte[] Ok = Message(
        """
        SIP/2.0 200 OK
        Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK5f00a1b2c3d4e5f6;received=198.51.100.7;rport=5060
        From: "4915112345678" <sip:4915112345678@198.51.100.7>;tag=000000002a0123456789abcdefb1
        To: <sip:4930123456789@203.0.113.20>;tag=as5a2d9e1b
        Call-ID: 0f2e4d6c8b0a19283746556473829100
        CSeq: 1 INVITE
        Contact: <sip:4930123456789@203.0.113.20:5060>
        Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE
        Supported: timer
        Server: Vendor/7.1
        Content-Type: application/sdp
        """,
        Sdp);

    private static byte[] Message(string head, string body)
    {
        var content = body.ReplaceLineEndings("\r\n");
        return Encoding.ASCII.GetBytes($"{head.ReplaceLineEndings("\r\n")}\r\nContent-Length: {content.Length}\r\n\r\n{content}");
    }
}
