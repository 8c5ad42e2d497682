using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Parsing;

public sealed class SipParserTests
{
    [Fact]
    public void Reads_a_plain_INVITE()
    {
        var message = Parse(Invite);

        Assert.True(message.IsRequest);
        Assert.Equal(SipMethod.Invite, message.Method);
        Assert.Equal("INVITE", Text(message.MethodToken));
        Assert.Equal("sip:4930123456789@198.51.100.7:5060;user=phone", Text(message.RequestUri));
        Assert.Equal("a84b4c76e66710-2f1@192.0.2.10", Text(message.CallId));
        Assert.Equal(314159u, message.CSeqNumber);
        Assert.Equal(SipMethod.Invite, message.CSeqMethod);
        Assert.Equal("\"4915112345678\" <sip:4915112345678@192.0.2.10>;tag=1928301774", Text(message.From));
        Assert.Equal("1928301774", Text(message.FromTag));
        Assert.Equal("<sip:4930123456789@198.51.100.7>", Text(message.To));
        Assert.True(message.ToTag.IsEmpty);
        Assert.Equal(70, message.MaxForwards);
        Assert.Equal("application/sdp", Text(message.ContentType));
        Assert.Equal(message.ContentLength, message.Body.Length);
        Assert.StartsWith("v=0\r\n", Text(message.Body.Span));
        var via = message.TopVia;
        Assert.Equal(ViaTransport.Udp, via.Transport);
        Assert.Equal("192.0.2.10:5060", Text(via.SentBy));
        Assert.Equal("192.0.2.10", Text(via.Host));
        Assert.Equal(5060, via.Port);
        Assert.Equal("z9hG4bK776asdhds8a7", Text(via.Branch));
        Assert.True(via.HasRport);
        Assert.Equal(-1, via.Rport);
    }

    [Fact]
    public void Allocates_at_most_200_bytes_for_a_900_byte_INVITE()
    {
        ReadOnlyMemory<byte> bytes = Bytes(Invite);
        Assert.InRange(bytes.Length, 850, 950);
        const int rounds = 100;
        for (var i = 0; i < rounds; i++) SipParser.ParseDatagram(bytes);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < rounds; i++) SipParser.ParseDatagram(bytes);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / rounds;

        Assert.InRange(each, 1, 200);
    }
}
