using System.Net;
using Tandem.Sip.Messages;
using Tandem.Sip.Tests.Parsing;
using Tandem.Sip.Writing;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Writing;

public sealed class ResponseWriterTests
{
    private const string Rest = "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n";

    private static string Respond(SipMessage request, int status, string toTag = "", SipSource? source = null)
    {
        using var writer = new SipWriter();
        writer.WriteShortResponse(request, status, toTag: Bytes(toTag), source: source);
        return Text(writer.WrittenSpan);
    }

    private static string TopVia(string via, string address, int port)
    {
        var request = Parse($"INVITE sip:c@d SIP/2.0\r\nVia: {via}\r\n{Rest}\r\n");
        var response = Respond(request, 180, "t", new SipSource(IPAddress.Parse(address), port));
        return response.Split("\r\n").First(line => line.StartsWith("Via: ", StringComparison.Ordinal))[5..];
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

    [Fact]
    public void Copies_all_Vias_in_order_and_fills_only_the_topmost()
    {
        var request = Parse(
            "INVITE sip:c@d SIP/2.0\r\nv: SIP/2.0/UDP h;rport;branch=z9hG4bK1 ,\r\n SIP/2.0/TCP i;rport\r\n"
            + $"Subject: x\r\nVia: SIP/2.0/UDP j;rport\r\n{Rest}\r\n");
        var response = Parse(Respond(request, 180, "t", new SipSource(IPAddress.Loopback, 9)));
        Assert.Equal(
            [
                "SIP/2.0/UDP h;branch=z9hG4bK1;received=127.0.0.1;rport=9", "SIP/2.0/TCP i;rport",
                "SIP/2.0/UDP j;rport",
            ],
            Values(response, SipHeaderName.Via));
        Assert.False(response.HasHeader(SipHeaderName.Subject));
    }

    [Theory]
    [Trait("RFC", "3261 §18.2.1, 3581 §4")]
    [InlineData("SIP/2.0/UDP 192.0.2.1:5060;branch=z1", "192.0.2.1", "SIP/2.0/UDP 192.0.2.1:5060;branch=z1")]
    [InlineData("SIP/2.0/UDP 192.0.2.1;branch=z1", "192.0.2.2", "SIP/2.0/UDP 192.0.2.1;branch=z1;received=192.0.2.2")]
    [InlineData("SIP/2.0/UDP h", "192.0.2.2", "SIP/2.0/UDP h;received=192.0.2.2")]
    [InlineData("SIP/2.0/UDP 192.0.2.1;rport", "192.0.2.1", "SIP/2.0/UDP 192.0.2.1;received=192.0.2.1;rport=77")]
    [InlineData("SIP/2.0/UDP h;received=1.1.1.1;rport=5", "192.0.2.2", "SIP/2.0/UDP h;received=192.0.2.2;rport=77")]
    [InlineData("SIP/2.0/UDP h;received=1.1.1.1;ttl=1", "192.0.2.2", "SIP/2.0/UDP h;ttl=1;received=192.0.2.2")]
    [InlineData("SIP/2.0/UDP [2001:DB8:0::1]", "2001:db8::1", "SIP/2.0/UDP [2001:DB8:0::1]")]
    [InlineData("SIP/2.0/UDP [2001:db8::1]", "2001:db8::2", "SIP/2.0/UDP [2001:db8::1];received=2001:db8::2")]
    [InlineData("SIP/2.0/UDP [2001:db8::1]", "fe80::1%3", "SIP/2.0/UDP [2001:db8::1];received=fe80::1")]
    [InlineData("SIP/2.0/UDP 192.0.2.1", "::ffff:192.0.2.1", "SIP/2.0/UDP 192.0.2.1")]
    public void Tells_the_client_where_the_request_came_from(string via, string address, string expected) =>
        Assert.Equal(expected, TopVia(via, address, 77));

    [Fact]
    public void A_Via_broken_behind_sent_by_is_answered_without_what_is_broken()
    {
        var result = Tandem.Sip.Parsing.SipParser.ParseDatagram(
            Bytes($"INVITE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP h:5;;branch\r\n{Rest}\r\n"));
        Assert.Equal(400, result.StatusToAnswer);
        Assert.Equal(("h", 5), (Text(result.Message!.TopVia.Host), result.Message.TopVia.Port));
        Assert.Contains(
            "\r\nVia: SIP/2.0/UDP h:5;received=127.0.0.1\r\n",
            Respond(result.Message, 400, "t", new SipSource(IPAddress.Loopback, 5)));
    }

    [Theory]
    [Trait("RFC", "3261 §12.1.1")]
    [InlineData("INVITE", 180, true)]
    [InlineData("INVITE", 200, true)]
    [InlineData("INVITE", 100, false)]
    [InlineData("INVITE", 404, false)]
    [InlineData("BYE", 200, false)]
    public void Copies_Record_Route_where_a_dialog_is_made(string method, int status, bool copied)
    {
        var request = Parse(
            $"{method} sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nRecord-Route: <sip:p1;lr>, <sip:p2;lr>\r\n"
            + Rest.Replace("INVITE", method, StringComparison.Ordinal) + "Record-Route: <sip:p3;lr>\r\n\r\n");
        string[] expected = copied ? ["<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>"] : [];
        Assert.Equal(expected, Values(Parse(Respond(request, status, "t")), SipHeaderName.RecordRoute));
    }

    [Fact]
    public void A_tag_of_the_request_stays_and_100_copies_Timestamp()
    {
        var request = Parse(
            "INVITE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nTimestamp: 54.2\r\n"
            + Rest.Replace("<sip:c@d>", "<sip:c@d>;tag=old", StringComparison.Ordinal) + "\r\n");
        Assert.Contains("\r\nTo: <sip:c@d>;tag=old\r\n", Respond(request, 200, "new"));
        Assert.Contains("\r\nTimestamp: 54.2\r\n", Respond(request, 100));
        Assert.DoesNotContain("Timestamp", Respond(request, 200));
    }
}
