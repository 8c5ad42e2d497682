using System.Net;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;

namespace Tandem.Shared.Gateways;

/// <summary>
/// Where requests to a routing gateway go, as the edge reads it (<see cref="EdgeCommands.SendRequest"/>), and what
/// stands in their URIs. Pure; for gateways that do not register with us.
/// </summary>
public static class GatewayTarget
{
    /// <summary>
    /// <c>[transport:]host[:port]</c>: the outbound proxy, the registration's server, or the gateway itself. A UDP gateway
    /// with an address and a port has no transport before it.
    /// </summary>
    /// <param name="configuration">Where the registration of registerType registration stands.</param>
    /// <param name="gateway">The gateway.</param>
    public static string RemoteOf(ConfigurationSnapshot configuration, RoutingGatewayConfiguration gateway)
    {
        if (gateway.OutboundProxy.Length > 0) return Of(gateway.OutboundProxy, gateway.Transport);
        if (configuration.RegistrationOf(gateway) is not { } registration)
            return Of(RemoteText.HostPort(gateway.RemoteIp, gateway.SignalPort), gateway.Transport);
        return registration.OutboundProxy.Length > 0
            ? Of(registration.OutboundProxy, registration.Transport)
            : Of(RemoteText.HostPort(registration.ServerIp, registration.SignalPort), registration.Transport);
    }

    /// <summary>The host part of Request-URI and To: never the proxy's; without the port when it is the standard one.</summary>
    /// <param name="configuration">Where the registration of registerType registration stands.</param>
    /// <param name="gateway">The gateway.</param>
    public static string UriHostOf(ConfigurationSnapshot configuration, RoutingGatewayConfiguration gateway)
    {
        if (configuration.RegistrationOf(gateway) is { } registration)
        {
            return registration.HostName.Length > 0
                ? registration.HostName
                : RemoteText.HostPort(registration.ServerIp, registration.SignalPort == 5060 ? 0 : registration.SignalPort);
        }

        return RemoteText.HostPort(gateway.RemoteIp, gateway.SignalPort == 5060 ? 0 : gateway.SignalPort);
    }

    /// <summary>The local socket that the gateway pins: <c>IP</c>, <c>IP:port</c> or <c>:port</c>; empty is any.</summary>
    /// <param name="gateway">The gateway.</param>
    public static string LocalOf(RoutingGatewayConfiguration gateway) => RemoteText.HostPort(gateway.LocalIp, gateway.SignalPortLocal);

    // An address with a port is what most vendors have: it needs no transport before it.
    private static string Of(string target, RoutingTransport transport)
    {
        const string udp = "udp:";
        var remote = RemoteText.Of(target, transport);
        return remote.StartsWith(udp, StringComparison.Ordinal) && transport == RoutingTransport.Udp
            && IPEndPoint.TryParse(remote.AsSpan(udp.Length), out var address) && address.Port > 0
                ? remote[udp.Length..]
                : remote;
    }
}
