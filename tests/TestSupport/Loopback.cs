using System.Net;
using System.Net.Sockets;

namespace Tandem.TestSupport;

/// <summary>
/// Addresses and ports on loopback that no other test uses. Every test process has a /16 of 127.0.0.0/8 of its own, so that
/// standard ports (5060) can be used by many peers at once.
/// </summary>
public static class Loopback
{
    private static int _next;

    /// <summary>A new address; at most 65,000 in one process.</summary>
    public static IPAddress NextAddress()
    {
        var n = Interlocked.Increment(ref _next);
        if (n > 65_000) throw new InvalidOperationException("This process has used up its loopback addresses.");
        return new IPAddress([127, (byte)(64 + (Environment.ProcessId % 180)), (byte)(n / 250), (byte)((n % 250) + 2)]);
    }

    /// <summary>A new address with <paramref name="port"/>.</summary>
    public static IPEndPoint NextEndPoint(int port = 5060) => new(NextAddress(), port);

    /// <summary>A TCP port of <paramref name="address"/> that is free now.</summary>
    public static int FreeTcpPort(IPAddress address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>True when some process has a UDP socket bound to exactly this address (Linux).</summary>
    public static bool IsUdpBound(IPEndPoint endPoint)
    {
        // The kernel prints the address as the number that it is in memory: bytes reversed on a little-endian machine.
        var wanted = $"{BitConverter.ToUInt32(endPoint.Address.GetAddressBytes()):X8}:{endPoint.Port:X4}";
        return File.ReadLines("/proc/net/udp").Any(line => line.Contains(wanted, StringComparison.Ordinal));
    }
}
