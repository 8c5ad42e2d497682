using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Tandem.Sip.Transport;

/// <summary>
/// One bound, non-blocking UDP socket that moves datagrams in batches (recvmmsg and sendmmsg), which costs a quarter to
/// an eighth of one call per datagram. Used by one thread; <see cref="KernelDrops"/> may be read by any.
/// Works on Linux only. Moves datagrams without allocating managed memory.
/// </summary>
public sealed unsafe class UdpSocket : IDisposable
{
    private const int MemInfoWords = 9;
    private const int MemInfoDrops = 8;

    private readonly Socket _socket;
    private long _received;
    private long _truncated;

    private UdpSocket(Socket socket, byte local)
    {
        (_socket, Local) = (socket, local);
        Descriptor = (int)socket.Handle;
        IsV6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        ReceiveBufferBytes = socket.ReceiveBufferSize;
        SendBufferBytes = socket.SendBufferSize;
    }

    /// <summary>The address the socket is bound to, with the port the kernel chose if 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>
    /// The receive buffer the kernel gave, in bytes of its own accounting (it doubles what is asked for). Much less
    /// than asked for means that <c>net.core.rmem_max</c> is too low.
    /// </summary>
    public int ReceiveBufferBytes { get; }

    /// <summary>The send buffer the kernel gave, counted in the same way.</summary>
    public int SendBufferBytes { get; }

    /// <summary>Datagrams received.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Datagrams that were longer than the batch's buffers and so were dropped.</summary>
    public long Truncated => Volatile.Read(ref _truncated);

    /// <summary>
    /// Datagrams the kernel has dropped on this socket since it was opened, mostly because the receive buffer was full.
    /// A 32-bit counter that wraps. Costs a system call.
    /// </summary>
    public uint KernelDrops
    {
        get
        {
            Span<uint> words = stackalloc uint[MemInfoWords];
            var got = _socket.GetRawSocketOption(LibC.SolSocket, LibC.SoMemInfo, MemoryMarshal.AsBytes(words));
            return got >= MemInfoWords * sizeof(uint) ? words[MemInfoDrops] : 0;
        }
    }

    /// <summary>Ordinal of the listener.</summary>
    public byte Local { get; }

    internal int Descriptor { get; }

    internal bool IsV6 { get; }

    /// <summary>Opens and binds a socket.</summary>
    /// <param name="local">Address and port; port 0 lets the kernel choose.</param>
    /// <param name="options">How to set it up; null for the defaults.</param>
    /// <exception cref="SocketBindException">It could not be bound; the message says why and what to do.</exception>
    public static UdpSocket Bind(IPEndPoint local, UdpSocketOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(local);
        options ??= UdpSocketOptions.Default;
        Socket? socket = null;
        try
        {
            socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            if (options.ReusePort) SetOption(socket, LibC.SoReusePort, 1);
            SetBuffer(socket, LibC.SoRcvBufForce, SocketOptionName.ReceiveBuffer, options.ReceiveBufferBytes);
            SetBuffer(socket, LibC.SoSndBufForce, SocketOptionName.SendBuffer, options.SendBufferBytes);
            socket.Blocking = false;
            socket.Bind(local);
            return new UdpSocket(socket, options.Local);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new SocketBindException(local, e);
        }
    }

    /// <summary>
    /// Takes the datagrams that have arrived, at most as many as the batch holds, and never waits. What the batch held
    /// before is overwritten.
    /// </summary>
    /// <param name="batch">Where to put them.</param>
    /// <returns>The number of datagrams in the batch; less than its capacity means that the queue is empty.</returns>
    public int Receive(ReceiveBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Prepare(Local);
        while (true)
        {
            var count = LibC.ReceiveMany(Descriptor, batch.Messages, (uint)batch.Capacity, LibC.MsgDontWait, null);
            if (count >= 0)
            {
                Volatile.Write(ref _received, _received + count);
                var truncated = batch.Accept(count);
                if (truncated > 0) Volatile.Write(ref _truncated, _truncated + truncated);
                return batch.Count;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case LibC.Eintr: continue;
                case LibC.Eagain: return batch.Accept(0);
                // An ICMP error for something sent earlier: it is cleared by reading it, the queue behind it is intact.
                case LibC.EconnRefused or LibC.EhostUnreach or LibC.EnetUnreach: continue;
                case var error: throw new InvalidOperationException($"recvmmsg failed with errno {error}.");
            }
        }
    }

    /// <summary>Marks what is sent from now on (RFC 2474: DSCP in the upper six bits).</summary>
    /// <param name="value">IPv4's type of service, IPv6's traffic class: 0 to 255.</param>
    /// <returns>False if the kernel refuses.</returns>
    public bool SetTrafficClass(int value) => SocketSetup.TrySetTrafficClass(_socket, value);

    /// <summary>Closes the socket.</summary>
    public void Dispose() => _socket.Dispose();

    private static void SetOption(Socket socket, int option, int value) =>
        socket.SetRawSocketOption(LibC.SolSocket, option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    private static void SetBuffer(Socket socket, int force, SocketOptionName name, int bytes)
    {
        try
        {
            SetOption(socket, force, bytes);
        }
        catch (SocketException e)
            when (e.SocketErrorCode is SocketError.AccessDenied or SocketError.OperationNotSupported)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, name, bytes);
        }
    }
}
