using Tandem.Sip.Messages;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Messages;

public sealed class SipViaTests
{
    [Fact]
    public void Reads_all_parameters()
    {
        Assert.True(SipVia.TryParse(
            "SIP/2.0/tls [2001:db8::9:1]:5061;Branch=z9hG4bKx;received=2001:db8::9:255;RPORT=1234;maddr=h;ttl=16"u8,
            out var via));

        Assert.Equal((ViaTransport.Tls, "tls"), (via.Transport, Text(via.TransportToken)));
        Assert.Equal(("[2001:db8::9:1]:5061", "[2001:db8::9:1]", 5061), (Text(via.SentBy), Text(via.Host), via.Port));
        Assert.Equal("z9hG4bKx", Text(via.Branch));
        Assert.True(via.HasRfc3261Branch);
        Assert.Equal("2001:db8::9:255", Text(via.Received));
        Assert.True(via.HasRport);
        Assert.Equal(1234, via.Rport);
        Assert.Equal("h", Text(via.Maddr));
        Assert.Equal(16, via.Ttl);
        Assert.Equal(("SIP", "2.0"), (Text(via.ProtocolName), Text(via.ProtocolVersion)));
    }

    [Theory]
    [InlineData("SIP/2.0/UDP h", -1, -1, -1, false)]
    [InlineData("SIP/2.0/UDP h;rport;ttl=256", -1, -1, -1, true)]
    [InlineData("SIP/2.0/UDP h:5060;rport=0;ttl=255", 5060, -1, 255, true)]
    [InlineData("SIP/2.0/UDP h : 5060 ;rport=65535", 5060, 65535, -1, true)]
    [InlineData("sip / 2.0 / UDP\r\n h;rport=65536", -1, -1, -1, true)]
    public void Reads_numbers_or_says_none(string text, int port, int rport, int ttl, bool hasRport)
    {
        Assert.True(SipVia.TryParse(Bytes(text), out var via));
        Assert.Equal((port, rport, ttl, hasRport), (via.Port, via.Rport, via.Ttl, via.HasRport));
        Assert.Equal("h", Text(via.Host));
    }

    [Theory]
    [InlineData("")]
    [InlineData("SIP/2.0")]
    [InlineData("SIP/2.0/UDP")]
    [InlineData("SIP/2.0/UDP ")]
    [InlineData("SIP/2.0/UDPh")]
    [InlineData("SIP/2.0 UDP h")]
    [InlineData("SIP/2.0/UDP h:")]
    [InlineData("SIP/2.0/UDP h:1x")]
    [InlineData("SIP/2.0/UDP h;")]
    [InlineData("SIP/2.0/UDP h;branch=")]
    [InlineData("SIP/2.0/UDP h;=x")]
    [InlineData("SIP/2.0/UDP [::1")]
    [InlineData("SIP/2.0/UDP []")]
    [InlineData("SIP/2.0/UDP h i")]
    [InlineData("SIP/2.0/UDP h;branch=x y")]
    [InlineData("SIP/2.0/UDP h, SIP/2.0/UDP i")]
    public void Refuses(string text) => Assert.False(SipVia.TryParse(Bytes(text), out _));

    [Fact]
    public void A_bare_magic_cookie_is_no_branch_of_RFC_3261()
    {
        Assert.True(SipVia.TryParse("SIP/2.0/UDP h;branch=z9hG4bK"u8, out var bare));
        Assert.False(bare.HasRfc3261Branch);
        Assert.True(SipVia.TryParse("SIP/2.0/UDP h;branch=Z9HG4BKx"u8, out var full));
        Assert.True(full.HasRfc3261Branch);
    }
}
