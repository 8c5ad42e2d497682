using System.Net;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;
using Tandem.Sip.Tests.Parsing;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Writing;

public sealed class ResponseWriterTests
{
    private static string Respond(SipMessage request, int status, string toTag = "", SipSource? source = null)
    {
        using var writer = new SipWriter();
        writer.WriteShortResponse(request, status, toTag: Bytes(toTag), source: source);
        return Text(writer.WrittenSpan);
    }

    [Fact]
    [Trait("RFC", "3261 §8.2.6.2")]
    public void Copies_the_header_fields_of_the_request()
    {
        var response = Respond(Parse(Invite), 486, "b-1", new SipSource(IPAddress.Parse("203.0.113.9"), 40_001));

        Assert.Equal(
            Crlf(
                """
                SIP/2.0 486 Busy Here
                Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds8a7;received=203.0.113.9;rport=40001
                From: "4915112345678" <sip:4915112345678@192.0.2.10>;tag=1928301774
                To: <sip:4930123456789@198.51.100.7>;tag=b-1
                Call-ID: a84b4c76e66710-2f1@192.0.2.10
                CSeq: 314159 INVITE
                Content-Length: 0


                """),
            response);
    }
}
