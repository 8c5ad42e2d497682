using System.Net;
using System.Text;
using CsCheck;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Tests.Transport;

public sealed class SipEndPointTests
{
    [Theory]
    [InlineData("192.0.2.1:5060")]
    [InlineData("0.0.0.0:0")]
    [InlineData("255.255.255.255:65535")]
    [InlineData("[2001:db8::1]:5060")]
    [InlineData("tcp:192.0.2.1:5060")]
    [InlineData("tls:[2001:db8::1]:5061")]
    [InlineData("192.0.2.1:5060%1")]
    [InlineData("tcp:[2001:db8::1]:5060%255")]
    public void Writes_what_it_reads(string text) => Assert.Equal(text, SipEndPoint.Parse(text).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(":5060")]
    [InlineData("192.0.2.1")]
    [InlineData("192.0.2.1:65536")]
    [InlineData("192.0.2.1:-1")]
    [InlineData("2001:db8::1:5060")]
    [InlineData("example.org:5060")]
    [InlineData("sctp:192.0.2.1:5060")]
    [InlineData("192.0.2.1:5060%")]
    [InlineData("192.0.2.1:5060%256")]
    [InlineData("192.0.2.1:5060%x")]
    public void Refuses_what_is_no_address(string? text) => Assert.False(SipEndPoint.TryParse(text, out _));

    [Fact]
    public void Is_equal_for_the_same_IPv4_address_in_both_forms()
    {
        var v4 = SipEndPoint.From(IPAddress.Parse("192.0.2.1"), 5060);
        var mapped = SipEndPoint.From(IPAddress.Parse("::ffff:192.0.2.1"), 5060);
        Assert.Equal(v4, mapped);
        Assert.Equal(v4.GetHashCode(), mapped.GetHashCode());
        Assert.True(mapped.IsV4);
    }

    [Fact]
    public void Is_another_by_another_listener_and_by_another_transport()
    {
        var first = SipEndPoint.Parse("192.0.2.1:5060");
        Assert.NotEqual(first, first.WithLocal(1));
        Assert.NotEqual(first.GetHashCode(), first.WithLocal(1).GetHashCode());
        Assert.NotEqual(first, first.WithTransport(SipTransport.Tcp));
        Assert.Equal(first.WithLocal(2), SipEndPoint.Parse("192.0.2.1:5060%2"));
        Assert.Equal("tls:192.0.2.1:5061%2", first.WithLocal(2).WithTransport(SipTransport.Tls).WithPort(5061).ToString());
    }

    [Fact]
    public void Reads_dotted_decimal_as_IPAddress_does() =>
        Gen.UInt.Sample(number =>
        {
            var expected = SipEndPoint.FromV4(number, 1);
            var text = expected.ToIPAddress().ToString();
            Assert.True(SipEndPoint.TryParseAddress(Encoding.ASCII.GetBytes(text), 1, SipTransport.Udp, out var read));
            Assert.Equal(expected, read);
            var buffer = new byte[45];
            Assert.Equal(text, Encoding.ASCII.GetString(buffer, 0, read.FormatAddress(buffer)));
        });

    [Theory]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("1..3.4")]
    [InlineData("1.2.3.")]
    [InlineData("host.example")]
    [InlineData("fe80")]
    public void Refuses_a_host_name_as_address(string host) =>
        Assert.False(SipEndPoint.TryParseAddress(Encoding.ASCII.GetBytes(host), 1, SipTransport.Udp, out _));

    [Fact]
    public void Reads_an_IPv6_reference_with_and_without_brackets()
    {
        Assert.True(SipEndPoint.TryParseAddress("[2001:db8::1]"u8, 5060, SipTransport.Tcp, out var bracketed));
        Assert.True(SipEndPoint.TryParseAddress("2001:db8::1"u8, 5060, SipTransport.Tcp, out var bare));
        Assert.Equal(bracketed, bare);
        Assert.Equal("tcp:[2001:db8::1]:5060", bare.ToString());
    }

    [Fact]
    public void Converts_to_and_from_IPEndPoint()
    {
        foreach (var text in new[] { "10.1.2.3:5060", "[2001:db8::1]:5062" })
        {
            var endPoint = IPEndPoint.Parse(text);
            Assert.Equal(endPoint, SipEndPoint.From(endPoint).ToIPEndPoint());
        }
    }
}
