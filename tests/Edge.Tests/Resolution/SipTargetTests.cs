using Tandem.Edge.Resolution;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Tests.Resolution;

public sealed class SipTargetTests
{
    [Theory]
    [InlineData("vendor.test", "vendor.test", 0, null)]
    [InlineData("vendor.test:5080", "vendor.test", 5080, null)]
    [InlineData("udp:vendor.test", "vendor.test", 0, SipTransport.Udp)]
    [InlineData("tls:vendor.test:5071", "vendor.test", 5071, SipTransport.Tls)]
    [InlineData("tcp:192.0.2.1", "192.0.2.1", 0, SipTransport.Tcp)]
    [InlineData("[2001:db8::1]", "2001:db8::1", 0, null)]
    [InlineData("udp:[2001:db8::1]:5070", "2001:db8::1", 5070, SipTransport.Udp)]
    [InlineData("sip:vendor.test", "vendor.test", 0, null)]
    [InlineData("sip:442@vendor.test:5080;transport=tcp", "vendor.test", 5080, SipTransport.Tcp)]
    [InlineData("sip:vendor.test;transport=TLS", "vendor.test", 0, SipTransport.Tls)]
    [InlineData("sips:vendor.test;transport=tcp", "vendor.test", 0, SipTransport.Tls)]
    [InlineData("proxy.test:5080;transport=udp", "proxy.test", 5080, SipTransport.Udp)]
    [InlineData("vendor.test.", "vendor.test", 0, null)]
    public void Reads_host_port_and_transport(string text, string host, int port, SipTransport? transport)
    {
        Assert.True(SipTarget.TryParse(text, out var target));
        Assert.Equal(new SipTarget(host, port, transport), target);
    }

    [Theory]
    [InlineData("")]
    [InlineData("udp:")]
    [InlineData("vendor.test:0")]
    [InlineData("vendor.test:65536")]
    [InlineData("vendor.test:a")]
    [InlineData("vendor test")]
    [InlineData("[2001:db8::1")]
    [InlineData("2001:db8::1")]
    [InlineData("sip:vendor.test;transport=sctp")]
    [InlineData("tel:+4420")]
    [InlineData(".")]
    public void Refuses_what_is_no_host(string text) => Assert.False(SipTarget.TryParse(text, out _));
}
