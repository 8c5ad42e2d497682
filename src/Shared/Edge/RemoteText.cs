using System.Globalization;
using Tandem.Shared.Configuration;

namespace Tandem.Shared.Edge;

/// <summary>Addresses of peers as an edge reads them (<see cref="EdgeCommands.SendRequest"/>), from how they are configured: pure.</summary>
public static class RemoteText
{
    private const string TransportParameter = "transport=";

    /// <summary><c>[transport:]host[:port]</c>; no transport is by DNS.</summary>
    /// <param name="target"><c>host[:port][;transport=…]</c>; a transport of its own wins.</param>
    /// <param name="transport">The transport when the target names none.</param>
    public static string Of(string target, RoutingTransport transport)
    {
        var parts = target.Split(';');
        var named = Array.Find(parts, p => p.StartsWith(TransportParameter, StringComparison.OrdinalIgnoreCase));
        if (named is not null) return $"{named[TransportParameter.Length..].ToLowerInvariant()}:{parts[0]}";
        return transport switch
        {
            RoutingTransport.Udp => "udp:" + parts[0],
            RoutingTransport.Tcp => "tcp:" + parts[0],
            RoutingTransport.Tls => "tls:" + parts[0],
            RoutingTransport.Auto => parts[0],
        };
    }

    /// <summary><c>host[:port]</c>, IPv6 in brackets; port 0 is none. Without a host it is <c>:port</c>, as a pinned socket is written.</summary>
    public static string HostPort(string host, int port)
    {
        if (host.Contains(':') && !host.StartsWith('[')) host = $"[{host}]";
        return port == 0 ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }
}
