using System.Runtime.InteropServices;

namespace Tandem.Sip.Transport;

/// <summary>
/// Collects datagrams and hands them to the kernel together. Flushes itself when it is full; the loop flushes it before
/// it sleeps. Used by one thread; the counters may be read by any.
/// </summary>
public sealed unsafe class SendBatch : IDatagramSink, IDisposable
{
    /// <summary>Default number of datagrams.</summary>
    public const int DefaultCapacity = 64;

    /// <summary>Default room for all datagrams of a batch together.</summary>
    public const int DefaultBytes = 256 * 1024;

    /// <summary>The most that a UDP datagram over IPv4 can carry.</summary>
    public const int MaxDatagramBytes = 65_507;

    /// <summary>
    /// How long <see cref="Flush"/> waits for room in the kernel's send buffer before it drops the rest of the batch:
    /// the transactions above repeat what matters, and a loop that waits longer serves nobody.
    /// </summary>
    public static readonly TimeSpan DefaultFullWait = TimeSpan.FromMilliseconds(20);

    private readonly UdpSocket _socket;
    private readonly TimeSpan _fullWait;
    private readonly byte[] _bytes;
    private readonly byte* _data;
    private readonly byte* _native;
    private readonly LibC.MMsgHdr* _messages;
    private readonly LibC.IoVec* _vectors;
    private readonly byte* _names;
    private readonly SipEndPoint[] _remotes;
    private readonly int _capacity;
    private int _used;
    private long _sent;
    private long _dropped;
    private long _failed;
    private bool _disposed;

    /// <summary>Allocates the room.</summary>
    /// <param name="socket">The socket that sends.</param>
    /// <param name="capacity">Most datagrams of a batch, 1 to 1,024.</param>
    /// <param name="bytes">Room for them together, at least <see cref="MaxDatagramBytes"/>.</param>
    /// <param name="fullWait">See <see cref="DefaultFullWait"/>.</param>
    public SendBatch(
        UdpSocket socket, int capacity = DefaultCapacity, int bytes = DefaultBytes, TimeSpan? fullWait = null)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, MaxDatagramBytes);
        (_socket, _capacity, _fullWait) = (socket, capacity, fullWait ?? DefaultFullWait);
        _remotes = new SipEndPoint[capacity];
        _bytes = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        _data = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);
        var perMessage = sizeof(LibC.MMsgHdr) + sizeof(LibC.IoVec) + LibC.SockAddrBytes;
        _native = (byte*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)perMessage);
        _messages = (LibC.MMsgHdr*)_native;
        _vectors = (LibC.IoVec*)(_messages + capacity);
        _names = (byte*)(_vectors + capacity);
        for (var i = 0; i < capacity; i++)
        {
            _messages[i].Header.Vectors = _vectors + i;
            _messages[i].Header.VectorCount = 1;
            _messages[i].Header.Name = _names + (i * LibC.SockAddrBytes);
        }
    }

    /// <summary>
    /// Told of a datagram that the kernel refused (no route, forbidden, too long for the path), with the errno; called
    /// from <see cref="Flush"/>. The bytes are valid during the call only. It may add datagrams to this batch only
    /// after <see cref="Flush"/> has returned.
    /// </summary>
    public SendFailureHandler? OnFailure { get; set; }

    /// <summary>Datagrams that wait for <see cref="Flush"/>.</summary>
    public int Count { get; private set; }

    /// <summary>Datagrams that the kernel took.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Datagrams dropped since the kernel's send buffer stayed full.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Datagrams that could not be sent: refused by the kernel, or longer than UDP can carry.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>What <see cref="OnFailure"/> looks like.</summary>
    /// <param name="remote">Where the datagram was to go.</param>
    /// <param name="datagram">Its bytes.</param>
    /// <param name="errno">The error number of Linux.</param>
    public delegate void SendFailureHandler(SipEndPoint remote, ReadOnlySpan<byte> datagram, int errno);

    /// <summary>Copies a datagram into the batch, after flushing if there is no room.</summary>
    /// <param name="remote">Where it goes.</param>
    /// <param name="datagram">Its bytes, at most <see cref="MaxDatagramBytes"/>.</param>
    /// <returns>False if it can't be sent at all: too long, or an IPv6 address on an IPv4 socket.</returns>
    public bool Add(SipEndPoint remote, ReadOnlySpan<byte> datagram)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (datagram.Length > MaxDatagramBytes) return CountFailure();
        if (Count == _capacity || datagram.Length > _bytes.Length - _used) Flush();
        var at = Count;
        var name = new Span<byte>(_names + (at * LibC.SockAddrBytes), LibC.SockAddrBytes);
        var nameLength = SockAddr.Write(remote, _socket.IsV6, name);
        if (nameLength == 0) return CountFailure();
        datagram.CopyTo(_bytes.AsSpan(_used));
        _vectors[at] = new LibC.IoVec { Base = _data + _used, Length = (nuint)datagram.Length };
        _messages[at].Header.NameLength = (uint)nameLength;
        _remotes[at] = remote;
        _used += datagram.Length;
        Count++;
        return true;
    }

    /// <inheritdoc />
    void IDatagramSink.Send(SipEndPoint remote, ReadOnlySpan<byte> datagram) => Add(remote, datagram);

    /// <summary>
    /// Hands all datagrams to the kernel. One that the kernel refuses is reported and skipped; if there is no room in
    /// the send buffer it waits a little, then drops and counts the rest.
    /// </summary>
    /// <returns>The number of datagrams the kernel took.</returns>
    public int Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var (total, at, sent, waited) = (Count, 0, 0, false);
        while (at < total)
        {
            var count = LibC.SendMany(_socket.Descriptor, _messages + at, (uint)(total - at), LibC.MsgDontWait);
            if (count > 0)
            {
                (at, sent, waited) = (at + count, sent + count, false);
                continue;
            }

            var errno = Marshal.GetLastPInvokeError();
            if (errno == LibC.Eintr) continue;
            if (errno == LibC.Eagain)
            {
                if (!waited && WaitForRoom())
                {
                    waited = true;
                    continue;
                }

                Volatile.Write(ref _dropped, _dropped + total - at);
                break;
            }

            CountFailure();
            OnFailure?.Invoke(_remotes[at], DatagramAt(at), errno);
            at++;
        }

        (Count, _used) = (0, 0);
        Volatile.Write(ref _sent, _sent + sent);
        return sent;
    }

    /// <summary>Gives the native memory back; what was not flushed is lost.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        NativeMemory.Free(_native);
        GC.SuppressFinalize(this);
    }

    private ReadOnlySpan<byte> DatagramAt(int index) => new(_vectors[index].Base, (int)_vectors[index].Length);

    private bool CountFailure()
    {
        Volatile.Write(ref _failed, _failed + 1);
        return false;
    }

    private bool WaitForRoom()
    {
        var descriptor = new LibC.PollFd { Descriptor = _socket.Descriptor, Events = LibC.PollOut };
        var wait = new LibC.TimeSpec { Nanoseconds = _fullWait.Ticks * 100 };
        return LibC.Poll(&descriptor, 1, &wait, 0) > 0;
    }

    /// <summary>Frees the native memory of a batch that was not disposed.</summary>
    ~SendBatch()
    {
        if (!_disposed) NativeMemory.Free(_native);
    }
}
