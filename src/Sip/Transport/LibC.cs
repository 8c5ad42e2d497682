using System.Runtime.InteropServices;

namespace Tandem.Sip.Transport;

/// <summary>The few Linux (x64, arm64) calls that .NET has no batched form of, with their structures.</summary>
internal static unsafe partial class LibC
{
    public const int Eintr = 4;
    public const int Eagain = 11;
    public const int EnetUnreach = 101;
    public const int EconnRefused = 111;
    public const int EhostUnreach = 113;
    public const int MsgDontWait = 0x40;
    public const int MsgTrunc = 0x20;
    public const short PollIn = 1;
    public const short PollOut = 4;
    public const int SolSocket = 1;
    public const int SoReusePort = 15;
    public const int SoSndBufForce = 32;
    public const int SoRcvBufForce = 33;
    public const int SoMemInfo = 55;
    public const int IpProtoIp = 0;
    public const int IpTos = 1;
    public const int IpRecvErr = 11;
    public const int IpProtoV6 = 41;
    public const int Ipv6TClass = 67;
    public const int Ipv6RecvErr = 25;
    public const int EventFdCloseOnExec = 0x80000;
    public const int EventFdNonBlock = 0x800;

    /// <summary>sizeof(struct sockaddr_in6): the largest address that we take.</summary>
    public const int SockAddrBytes = 28;
    public const int SockAddrV4Bytes = 16;
    public const ushort FamilyV4 = 2;
    public const ushort FamilyV6 = 10;

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    public static partial int ReceiveMany(int socket, MMsgHdr* messages, uint count, int flags, TimeSpec* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    public static partial int SendMany(int socket, MMsgHdr* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollFd* descriptors, ulong count, TimeSpec* timeout, nint signalMask);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint bytes);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* buffer, nuint bytes);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    public struct IoVec
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct MsgHdr
    {
        public byte* Name;
        public uint NameLength;
        public IoVec* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct MMsgHdr
    {
        public MsgHdr Header;
        public uint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
