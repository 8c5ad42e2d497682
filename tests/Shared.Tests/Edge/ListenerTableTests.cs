using System.Net;
using System.Net.Sockets;
using Tandem.Shared.Edge;

namespace Tandem.Shared.Tests.Edge;

public sealed class ListenerTableTests
{
    private readonly ListenerTable _table = new(
    [
        new(IPEndPoint.Parse("192.0.2.1:5060"), ListenerTransports.Udp | ListenerTransports.Tcp, "192.0.2.1:5060"),
        new(IPEndPoint.Parse("192.0.2.2:5070"), ListenerTransports.Udp, "trunk.example"),
        new(IPEndPoint.Parse("[2001:db8::1]:5061"), ListenerTransports.Tls, "[2001:db8::1]:5061"),
        new(IPEndPoint.Parse("192.0.2.1:5061"), ListenerTransports.Tls, "192.0.2.1:5061"),
    ]);

    [Theory]
    [InlineData("198.51.100.1:5060", "", "192.0.2.1:5060")]
    [InlineData("udp:198.51.100.1:5060", "", "192.0.2.1:5060")]
    [InlineData("auto:vendor.example", "", "192.0.2.1:5060")]
    [InlineData("198.51.100.1:5060%1", "", "trunk.example")]
    [InlineData("198.51.100.1:5060", "192.0.2.2", "trunk.example")]
    [InlineData("198.51.100.1:5060", ":5070", "trunk.example")]
    [InlineData("198.51.100.1:5060%0", "192.0.2.2:5070", "trunk.example")]
    [InlineData("tcp:198.51.100.1:5060", "", "192.0.2.1:5060;transport=tcp")]
    [InlineData("tls:198.51.100.1:5061", "", "192.0.2.1:5061;transport=tls")]
    [InlineData("tls:[2001:db8::9]:5061", "", "[2001:db8::1]:5061;transport=tls")]
    [InlineData("tls:[2001:db8::9]:5061%2", "", "[2001:db8::1]:5061;transport=tls")]
    [InlineData("TLS:vendor.example", "", "[2001:db8::1]:5061;transport=tls")]
    [InlineData("tls:vendor.example", "192.0.2.1", "192.0.2.1:5061;transport=tls")]
    public void Tells_a_peer_the_listener_that_it_is_reached_by(string remote, string local, string contact)
    {
        Assert.Equal(contact, _table.Contact(remote, local));
        Assert.Equal(contact.Split(';')[0], _table.HostPort(remote, local));
    }

    [Theory]
    [InlineData(ListenerTransports.Udp, AddressFamily.InterNetworkV6, "")]
    [InlineData(ListenerTransports.Udp, AddressFamily.InterNetwork, "192.0.2.9")]
    [InlineData(ListenerTransports.Udp, AddressFamily.InterNetwork, ":5061")]
    [InlineData(ListenerTransports.Tcp, AddressFamily.InterNetwork, "192.0.2.2")]
    [InlineData(ListenerTransports.Udp, AddressFamily.InterNetwork, "nonsense")]
    public void Finds_none_where_none_fits(ListenerTransports transport, AddressFamily family, string local) =>
        Assert.Equal(-1, _table.Find(transport, family, local));

    [Fact]
    public void Keeps_to_the_listener_where_the_peer_was_met_unless_another_is_pinned()
    {
        Assert.Equal(1, _table.Find(ListenerTransports.Udp, AddressFamily.InterNetwork, preferred: 1));
        Assert.Equal(0, _table.Find(ListenerTransports.Udp, AddressFamily.InterNetwork, ":5060", preferred: 1));
        Assert.Equal(0, _table.Find(ListenerTransports.Tcp, AddressFamily.InterNetwork, preferred: 1));
    }
}
