using System.Net;
using Tandem.Shared.Edge;

namespace Tandem.Edge.Tests;

/// <summary>How addresses of the command line are read.</summary>
public sealed class EdgeListenerTests
{
    [Theory]
    [InlineData("127.0.0.1:5060", "127.0.0.1:5060", ListenerTransports.Udp | ListenerTransports.Tcp, null)]
    [InlineData("udp:127.0.0.1:5070", "127.0.0.1:5070", ListenerTransports.Udp, null)]
    [InlineData("tcp:[::1]:5060", "[::1]:5060", ListenerTransports.Tcp, null)]
    [InlineData("TLS:[::1]:5061=sip.example.com", "[::1]:5061", ListenerTransports.Tls, "sip.example.com")]
    [InlineData("0.0.0.0:5060=192.0.2.1:15060", "0.0.0.0:5060", ListenerTransports.Udp | ListenerTransports.Tcp, "192.0.2.1:15060")]
    [InlineData("[::]:5060=[2001:db8::1]:5060", "[::]:5060", ListenerTransports.Udp | ListenerTransports.Tcp, "[2001:db8::1]:5060")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0", ListenerTransports.Udp | ListenerTransports.Tcp, null)]
    public void Address_with_a_port_is_read(string text, string bind, ListenerTransports transports, string? sentBy)
    {
        Assert.True(EdgeListener.TryParse(text, out var listener));
        Assert.Equal(new EdgeListener(IPEndPoint.Parse(bind), transports, sentBy), listener);
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::1:5060")]
    [InlineData("[::1]")]
    [InlineData("127.0.0.1:70000")]
    [InlineData("host.example:5060")]
    [InlineData("sctp:127.0.0.1:5060")]
    [InlineData("127.0.0.1:5060=")]
    [InlineData("127.0.0.1:5060=host:0")]
    [InlineData("127.0.0.1:5060=2001:db8::1")]
    [InlineData("127.0.0.1:5060=a b")]
    public void Anything_else_is_refused(string text) => Assert.False(EdgeListener.TryParse(text, out _));

    [Fact]
    public void Same_address_twice_is_one_listener_and_the_first_name_counts()
    {
        var at = IPEndPoint.Parse("192.0.2.1:5060");
        var other = new EdgeListener(IPEndPoint.Parse("192.0.2.1:5061"), ListenerTransports.Tls);

        var merged = EdgeListener.Merge(
            [new(at, ListenerTransports.Udp), other, new(at, ListenerTransports.Tcp, "a.example"), new(at, ListenerTransports.Udp, "b.example")]);

        Assert.Equal([new(at, ListenerTransports.Udp | ListenerTransports.Tcp, "a.example"), other], merged);
    }
}
