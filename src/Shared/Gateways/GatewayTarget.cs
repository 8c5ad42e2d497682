using System.Globalization;
using System.Net;
using Tandem.Shared.Configuration;

namespace Tandem.Shared.Gateways;

/// <summary>
/// Where requests to a routing gateway go, as the edge reads it (<see cref="Edge.EdgeCommands.SendRequest"/>), and what
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
        if (RegistrationOf(configuration, gateway) is not { } registration)
            return Of(HostPort(gateway.RemoteIp, gateway.SignalPort), gateway.Transport);
        return registration.OutboundProxy.Length > 0
            ? Of(registration.OutboundProxy, registration.Transport)
            : Of(HostPort(registration.ServerIp, registration.SignalPort), registration.Transport);
    }

    /// <summary>The host part of Request-URI and To: never the proxy's; without the port when it is the standard one.</summary>
    /// <param name="configuration">Where the registration of registerType registration stands.</param>
    /// <param name="gateway">The gateway.</param>
    public static string UriHostOf(ConfigurationSnapshot configuration, RoutingGatewayConfiguration gateway)
    {
        if (RegistrationOf(configuration, gateway) is { } registration)
        {
            return registration.HostName.Length > 0
                ? registration.HostName
                : HostPort(registration.ServerIp, registration.SignalPort == 5060 ? 0 : registration.SignalPort);
        }

        return HostPort(gateway.RemoteIp, gateway.SignalPort == 5060 ? 0 : gateway.SignalPort);
    }

    /// <summary>The local socket that the gateway pins: <c>IP</c>, <c>IP:port</c> or <c>:port</c>; empty is any.</summary>
    /// <param name="gateway">The gateway.</param>
    public static string LocalOf(RoutingGatewayConfiguration gateway) => HostPort(gateway.LocalIp, gateway.SignalPortLocal);

    private static RegistrationConfiguration? RegistrationOf(
        ConfigurationSnapshot configuration, RoutingGatewayConfiguration gateway) =>
        gateway is { RegisterType: RegisterType.Registration, RemoteIp.Length: 0 }
            ? configuration.Registrations.GetValueOrDefault(gateway.Registration)
            : null;

    // host[:port][;transport=…]; a transport of its own wins.
    private static string Of(string target, RoutingTransport transport)
    {
        const string parameter = ";transport=";
        var at = target.IndexOf(parameter, StringComparison.OrdinalIgnoreCase);
        if (at >= 0)
        {
            var rest = target[(at + parameter.Length)..];
            var end = rest.IndexOf(';');
            return $"{(end < 0 ? rest : rest[..end]).ToLowerInvariant()}:{target[..at]}";
        }

        return transport switch
        {
            RoutingTransport.Udp => IPEndPoint.TryParse(target, out var address) && address.Port > 0 ? target : "udp:" + target,
            RoutingTransport.Tcp => "tcp:" + target,
            RoutingTransport.Tls => "tls:" + target,
            RoutingTransport.Auto => target,
        };
    }

    private static string HostPort(string host, int port)
    {
        if (host.Contains(':') && !host.StartsWith('[')) host = $"[{host}]";
        return port == 0 ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }
}
