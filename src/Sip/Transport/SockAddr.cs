using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tandem.Sip.Transport;

/// <summary>Translates between <see cref="SipEndPoint"/> and the kernel's sockaddr_in and sockaddr_in6.</summary>
internal static class SockAddr
{
    public static SipEndPoint Read(ReadOnlySpan<byte> address)
    {
        var family = MemoryMarshal.Read<ushort>(address);
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return family switch
        {
            LibC.FamilyV4 => SipEndPoint.FromV4(BinaryPrimitives.ReadUInt32BigEndian(address[4..]), port),
            LibC.FamilyV6 => SipEndPoint.FromV6(address.Slice(8, 16), port),
            _ => default,
        };
    }

    /// <summary>Writes the address in the form that a socket of the given family takes.</summary>
    /// <returns>The length, or 0 if an IPv4 socket can't reach the address.</returns>
    public static int Write(SipEndPoint endPoint, bool v6Socket, Span<byte> destination)
    {
        if (!v6Socket)
        {
            if (!endPoint.IsV4) return 0;
            MemoryMarshal.Write(destination, LibC.FamilyV4);
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], endPoint.Port);
            BinaryPrimitives.WriteUInt32BigEndian(destination[4..], endPoint.V4Address);
            destination.Slice(8, 8).Clear();
            return LibC.SockAddrV4Bytes;
        }

        destination[..LibC.SockAddrBytes].Clear();
        MemoryMarshal.Write(destination, LibC.FamilyV6);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], endPoint.Port);
        endPoint.WriteV6(destination[8..]);
        return LibC.SockAddrBytes;
    }
}
