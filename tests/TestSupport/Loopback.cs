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

    /// <summary>A port of <paramref name="address"/> that is free now for UDP and TCP.</summary>
    public static int FreePort(IPAddress address)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            using var datagrams = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            datagrams.Bind(new IPEndPoint(address, 0));
            using var stream = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                stream.Bind(datagrams.LocalEndPoint!);
                return ((IPEndPoint)datagrams.LocalEndPoint!).Port;
            }
            catch (SocketException)
            {
                // Somebody has it for TCP.
            }
        }

        throw new InvalidOperationException($"{address} has no free port.");
    }

    /// <summary>True when some process has a UDP socket bound to exactly this address (Linux).</summary>
    public static bool IsUdpBound(IPEndPoint endPoint) => Stands(endPoint, "udp", "");

    /// <summary>True when some process listens for TCP at exactly this address (Linux).</summary>
    public static bool IsTcpListening(IPEndPoint endPoint) => Stands(endPoint, "tcp", " 0A "); // TCP_LISTEN

    private static bool Stands(IPEndPoint endPoint, string table, string state)
    {
        // The kernel prints an address as the numbers that it is in memory: bytes reversed on a little-endian machine.
        var words = endPoint.Address.GetAddressBytes().Chunk(4).Select(w => $"{BitConverter.ToUInt32(w):X8}");
        var wanted = $" {string.Concat(words)}:{endPoint.Port:X4} ";
        if (endPoint.AddressFamily == AddressFamily.InterNetworkV6) table += "6";
        return File.ReadLines("/proc/net/" + table).Any(line =>
            line.Contains(wanted, StringComparison.Ordinal) && line.Contains(state, StringComparison.Ordinal));
    }
}
