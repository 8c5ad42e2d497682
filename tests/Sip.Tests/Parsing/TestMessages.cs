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

    public static List<string> Values(SipMessage message, SipHeaderName name)
    {
        var values = new List<string>();
        foreach (var value in message.Values(name)) values.Add(Text(value));
        return values;
    }

    /// <summary>Reads everything that a message can be asked; returns something to keep the reads alive.</summary>
    public static int Touch(SipMessage message)
    {
        var sum = message.MethodToken.Length + message.RequestUri.Length + message.ReasonPhrase.Length
            + message.CallId.Length + (int)message.CSeqNumber + message.CSeqMethodToken.Length + message.FromTag.Length
            + message.ToTag.Length + message.Body.Length + message.ContentType.Length + (message.MaxForwards ?? 0)
            + (message.ContentLength ?? 0);
        if (message.TryGetRequestUri(out var uri)) sum += Touch(uri);
        var top = message.TopVia;
        sum += top.Branch.Length + top.Rport + top.Ttl + top.Received.Length + top.Maddr.Length + (int)top.Transport;
        foreach (var header in message.Headers)
        {
            sum += header.NameText.Length + header.Raw.Length + header.Value.Length;
            foreach (var value in new SipListSplitter(header.Value))
            {
                sum += value.Length;
                if (SipVia.TryParse(value, out var via)) sum += via.Branch.Length;
                if (!NameAddress.TryParse(value, out var address)) continue;
                sum += address.Tag.Length + address.DisplayName.Length;
                foreach (var parameter in address.Parameters) sum += parameter.Value.Length;
                if (address.TryGetUri(out uri)) sum += Touch(uri);
            }
        }
        foreach (var value in message.Values(SipHeaderName.Via)) sum += value.Length;
        foreach (var value in message.Values(SipHeaderName.Unknown)) sum += value.Length;
        if (message.IsRequest) sum += (int)RequestScreening.Screen(message, ScreeningRules.Default);
        return sum;
    }

    private static int Touch(SipUri uri)
    {
        var sum = uri.User.Length + uri.Host.Length + uri.Port + (int)uri.HostKind + uri.Headers.Length;
        foreach (var parameter in uri.Parameters) sum += parameter.Value.Length;
        Span<byte> buffer = stackalloc byte[uri.User.Length < 256 ? 256 : 0];
        if (!buffer.IsEmpty) sum += SipEscaping.Unescape(uri.User, buffer);
        return sum + (uri.IsEquivalentTo(uri) ? 1 : 0);
    }
}
