using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tandem.Interop.Tests.Calls;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Transports;

/// <summary>A UDP socket that tells where each datagram came from and with which TOS byte (Linux).</summary>
internal sealed class ObservedSocket : IDisposable
{
    private const int IpProtocol = 0, ReceiveTos = 13, Tos = 1, DontWait = 0x40; // IPPROTO_IP, IP_RECVTOS, IP_TOS, MSG_DONTWAIT
    private const int BufferBytes = 65_536, ControlBytes = 64, AddressBytes = 16;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public ObservedSocket(IPEndPoint local)
    {
        _socket.Bind(local);
        _socket.SetRawSocketOption(IpProtocol, ReceiveTos, BitConverter.GetBytes(1));
    }

    /// <summary>The next request of this method, with its source and its TOS byte.</summary>
    public async Task<(RawMessage Message, IPEndPoint From, int TrafficClass)> ReceiveAsync(string method)
    {
        (RawMessage Message, IPEndPoint From, int TrafficClass)? received = null;
        await Eventually.HoldsAsync(
            () => (received = TryReceive()) is { } r && r.Message.StartLine.StartsWith(method + " ", StringComparison.Ordinal),
            TimeSpan.FromSeconds(8),
            () => $"no {method}");
        return received!.Value;
    }

    public void Send(string head, string body, IPEndPoint to) =>
        _socket.SendTo(System.Text.Encoding.Latin1.GetBytes($"{head}Content-Length: {body.Length}\r\n\r\n{body}"), to);

    public void Dispose() => _socket.Dispose();

    // struct msghdr of 64 bits: name, namelen, iov, iovlen, control, controllen, flags.
    private (RawMessage Message, IPEndPoint From, int TrafficClass)? TryReceive()
    {
        var memory = Marshal.AllocHGlobal(BufferBytes + ControlBytes + AddressBytes + 16 + 56);
        try
        {
            var (control, address) = (memory + BufferBytes, memory + BufferBytes + ControlBytes);
            var (vector, header) = (address + AddressBytes, address + AddressBytes + 16);
            Marshal.WriteIntPtr(vector, memory);
            Marshal.WriteInt64(vector, 8, BufferBytes);
            Marshal.WriteIntPtr(header, address);
            Marshal.WriteInt64(header, 8, AddressBytes);
            Marshal.WriteIntPtr(header, 16, vector);
            Marshal.WriteInt64(header, 24, 1);
            Marshal.WriteIntPtr(header, 32, control);
            Marshal.WriteInt64(header, 40, ControlBytes);
            Marshal.WriteInt64(header, 48, 0);
            var length = (int)recvmsg(_socket.Handle, header, DontWait);
            if (length < 0) return null;
            var bytes = new byte[length];
            Marshal.Copy(memory, bytes, 0, length);
            var port = (Marshal.ReadByte(address, 2) << 8) | Marshal.ReadByte(address, 3);
            var ip = new byte[4];
            Marshal.Copy(address + 4, ip, 0, 4);
            var has = Marshal.ReadInt64(header, 40) > 16 && Marshal.ReadInt32(control, 12) == Tos; // cmsg_len, level, type, byte
            return (new RawMessage(bytes), new IPEndPoint(new IPAddress(ip), port), has ? Marshal.ReadByte(control, 16) : -1);
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint recvmsg(nint socket, nint header, int flags);
}
