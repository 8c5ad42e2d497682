using System.Globalization;
using Tandem.Shared.Configuration;

namespace Tandem.Shared.Registrar;

/// <summary>Where a registration of ours leads, for its REGISTER and for the calls of its gateways: pure.</summary>
public static class RegistrationAddress
{
    /// <summary><c>[transport:]host[:port]</c> of the server, or of the outbound proxy; no transport is by DNS.</summary>
    public static string RemoteOf(RegistrationConfiguration registration)
    {
        var transport = registration.Transport switch
        {
            RoutingTransport.Udp => "udp:",
            RoutingTransport.Tcp => "tcp:",
            RoutingTransport.Tls => "tls:",
            RoutingTransport.Auto => "",
        };
        if (registration.OutboundProxy.Length > 0) return ProxyOf(registration.OutboundProxy, transport);
        var host = registration.ServerIp.Contains(':') ? $"[{registration.ServerIp.Trim('[', ']')}]" : registration.ServerIp;
        return registration.SignalPort == 0
            ? transport + host
            : string.Create(CultureInfo.InvariantCulture, $"{transport}{host}:{registration.SignalPort}");
    }

    /// <summary>The pinned local socket: <c>IP</c>, <c>IP:port</c> or <c>:port</c>; empty is any.</summary>
    public static string LocalOf(RegistrationConfiguration registration) => registration.SignalPortLocal == 0
        ? registration.LocalIp
        : string.Create(CultureInfo.InvariantCulture, $"{registration.LocalIp}:{registration.SignalPortLocal}");

    /// <summary>The domain of the address of record.</summary>
    public static string DomainOf(RegistrationConfiguration registration) =>
        registration.HostName.Length > 0 ? registration.HostName : registration.ServerIp;

    /// <summary>The digest user name.</summary>
    public static string UserOf(RegistrationConfiguration registration) =>
        registration.AuthenticationName.Length > 0 ? registration.AuthenticationName : registration.Username;

    private static string ProxyOf(string proxy, string transport)
    {
        const string parameter = "transport=";
        var semicolon = proxy.IndexOf(';');
        if (semicolon < 0) return transport + proxy;
        var at = proxy.IndexOf(parameter, semicolon, StringComparison.OrdinalIgnoreCase);
        return at < 0
            ? transport + proxy[..semicolon]
            : $"{proxy[(at + parameter.Length)..].ToLowerInvariant()}:{proxy[..semicolon]}";
    }
}
