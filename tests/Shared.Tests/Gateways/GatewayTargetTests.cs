using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Shared.Tests.Gateways;

public sealed class GatewayTargetTests
{
    [Theory]
    [InlineData("192.0.2.1", 5060, RoutingTransport.Udp, "", "192.0.2.1:5060", "192.0.2.1")]
    [InlineData("192.0.2.1", 5080, RoutingTransport.Tls, "", "tls:192.0.2.1:5080", "192.0.2.1:5080")]
    [InlineData("2001:db8::1", 5060, RoutingTransport.Udp, "", "[2001:db8::1]:5060", "[2001:db8::1]")]
    [InlineData("192.0.2.1", 0, RoutingTransport.Udp, "", "udp:192.0.2.1", "192.0.2.1")]
    [InlineData("vendor.test", 0, RoutingTransport.Udp, "", "udp:vendor.test", "vendor.test")]
    [InlineData("vendor.test", 0, RoutingTransport.Auto, "", "vendor.test", "vendor.test")]
    [InlineData("vendor.test", 5080, RoutingTransport.Udp, "", "udp:vendor.test:5080", "vendor.test:5080")]
    [InlineData("vendor.test", 0, RoutingTransport.Udp, "proxy.test:5070", "udp:proxy.test:5070", "vendor.test")]
    [InlineData("vendor.test", 0, RoutingTransport.Udp, "proxy.test;transport=TLS", "tls:proxy.test", "vendor.test")]
    public void Says_where_requests_go_and_what_their_URIs_say(
        string host, int port, RoutingTransport transport, string proxy, string remote, string uri)
    {
        var gateway = new RoutingGatewayConfiguration
        {
            RemoteIp = host,
            SignalPort = port,
            Transport = transport,
            OutboundProxy = proxy,
        };
        Assert.Equal(remote, GatewayTarget.RemoteOf(ConfigurationSnapshot.Empty, gateway));
        Assert.Equal(uri, GatewayTarget.UriHostOf(ConfigurationSnapshot.Empty, gateway));
    }

    [Fact]
    public void Takes_the_server_of_the_registration_that_a_gateway_uses()
    {
        var configuration = new ConfigurationSnapshot(1, new SwitchConfiguration
        {
            Registrations = [new() { Name = "r", ServerIp = "registrar.test", SignalPort = 0, HostName = "domain.test", Transport = RoutingTransport.Tcp }],
        });
        var gateway = new RoutingGatewayConfiguration { RegisterType = RegisterType.Registration, Registration = "r" };
        Assert.Equal("tcp:registrar.test", GatewayTarget.RemoteOf(configuration, gateway));
        Assert.Equal("domain.test", GatewayTarget.UriHostOf(configuration, gateway));
    }

    [Theory]
    [InlineData("", 0, "")]
    [InlineData("192.0.2.9", 0, "192.0.2.9")]
    [InlineData("192.0.2.9", 5070, "192.0.2.9:5070")]
    [InlineData("", 5070, ":5070")]
    public void Says_which_local_socket_is_pinned(string address, int port, string local) => Assert.Equal(
        local, GatewayTarget.LocalOf(new RoutingGatewayConfiguration { LocalIp = address, SignalPortLocal = port }));
}
