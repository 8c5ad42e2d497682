using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;

namespace Tandem.Shared.Registrar;

/// <summary>Where a registration of ours leads, for its REGISTER and for the calls of its gateways: pure.</summary>
public static class RegistrationAddress
{
    /// <summary><c>[transport:]host[:port]</c> of the server, or of the outbound proxy; no transport is by DNS.</summary>
    public static string RemoteOf(RegistrationConfiguration registration) => RemoteText.Of(
        registration.OutboundProxy.Length > 0
            ? registration.OutboundProxy
            : RemoteText.HostPort(registration.ServerIp, registration.SignalPort),
        registration.Transport);

    /// <summary>The pinned local socket: <c>IP</c>, <c>IP:port</c> or <c>:port</c>; empty is any.</summary>
    public static string LocalOf(RegistrationConfiguration registration) =>
        RemoteText.HostPort(registration.LocalIp, registration.SignalPortLocal);

    /// <summary>The domain of the address of record.</summary>
    public static string DomainOf(RegistrationConfiguration registration) =>
        registration.HostName.Length > 0 ? registration.HostName : registration.ServerIp;
}
