using System.Net;
using System.Net.Sockets;

namespace Tandem.Sip.Transport;

/// <summary>A socket could not be bound. The message names the address, the cause and what to do about it.</summary>
public sealed class SocketBindException : Exception
{
    internal SocketBindException(IPEndPoint local, SocketException cause, string protocol = "udp")
        : base($"Cannot listen on {protocol} {local}: {Explain(local, cause, protocol)}", cause)
    {
        (Local, Error) = (local, cause.SocketErrorCode);
    }

    /// <summary>The address that was asked for.</summary>
    public IPEndPoint Local { get; }

    /// <summary>The cause.</summary>
    public SocketError Error { get; }

    private static string Explain(IPEndPoint local, SocketException cause, string protocol) => cause.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse =>
            "the address is in use by another process (or by a socket without SO_REUSEPORT, or of another user). "
            + $"Find it with `ss -{protocol[0]}lpn sport = :{local.Port}`, stop it or choose another port.",
        SocketError.AddressNotAvailable =>
            $"no network interface of this machine has the address {local.Address}. "
            + "See `ip address` for those it has, or use 0.0.0.0 for all.",
        SocketError.AccessDenied =>
            $"no permission. Ports below 1024 need root, the capability CAP_NET_BIND_SERVICE, or "
            + $"`sysctl net.ipv4.ip_unprivileged_port_start={local.Port}`; or choose a port of 1024 or above.",
        SocketError.TooManyOpenSockets => "too many open files. Raise the limit (`ulimit -n`).",
        SocketError.AddressFamilyNotSupported => "this machine does not have that address family switched on.",
        _ => cause.Message,
    };
}
