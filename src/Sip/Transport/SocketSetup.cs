using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Tandem.Sip.Transport;

/// <summary>Socket options that .NET has no name for.</summary>
internal static class SocketSetup
{
    /// <summary>
    /// Sets the byte of IPv4's type of service or IPv6's traffic class (RFC 2474: DSCP in its upper six bits). False when
    /// the kernel refuses, which costs nothing but the mark.
    /// </summary>
    public static bool TrySetTrafficClass(Socket socket, int value)
    {
        try
        {
            var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value));
            if (socket.AddressFamily == AddressFamily.InterNetworkV6) socket.SetRawSocketOption(LibC.IpProtoV6, LibC.Ipv6TClass, bytes);
            else socket.SetRawSocketOption(LibC.IpProtoIp, LibC.IpTos, bytes);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
