using System.Runtime.InteropServices;

namespace Tandem.Sip.Transport;

/// <summary>
/// Room for a number of datagrams, allocated once and used for each receive call. What it holds is valid until the next
/// <see cref="UdpSocket.Receive"/> with it. Used by one thread.
/// </summary>
public sealed unsafe class ReceiveBatch : IDisposable
{
    /// <summary>Default number of datagrams.</summary>
    public const int DefaultCapacity = 64;

    /// <summary>
    /// Default room for a datagram: the most that UDP over IPv4 can carry, rounded up to whole pages.
    /// </summary>
    public const int DefaultDatagramBytes = 65_536;

    private readonly byte[] _bytes;
    private readonly int _datagramBytes;
    private readonly byte* _native;
    private readonly byte* _names;
    private readonly int[] _index;
    private byte _local;
    private bool _disposed;

    /// <summary>Allocates the room.</summary>
    /// <param name="capacity">Most datagrams that one call takes, 1 to 1,024.</param>
    /// <param name="datagramBytes">Longest datagram; a longer one is dropped and counted.</param>
    public ReceiveBatch(int capacity = DefaultCapacity, int datagramBytes = DefaultDatagramBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1024);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(datagramBytes);
        (Capacity, _datagramBytes) = (capacity, datagramBytes);
        // Pinned and not cleared: pages that no datagram has reached cost no memory.
        _bytes = GC.AllocateUninitializedArray<byte>(checked(capacity * datagramBytes), pinned: true);
        _index = new int[capacity];
        var perMessage = sizeof(LibC.MMsgHdr) + sizeof(LibC.IoVec) + LibC.SockAddrBytes;
        _native = (byte*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)perMessage);
        Messages = (LibC.MMsgHdr*)_native;
        var vectors = (LibC.IoVec*)(Messages + capacity);
        _names = (byte*)(vectors + capacity);
        var data = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);
        for (var i = 0; i < capacity; i++)
        {
            vectors[i] = new LibC.IoVec { Base = data + ((long)i * datagramBytes), Length = (nuint)datagramBytes };
            Messages[i].Header.Vectors = vectors + i;
            Messages[i].Header.VectorCount = 1;
            Messages[i].Header.Name = _names + (i * LibC.SockAddrBytes);
        }
    }

    /// <summary>Most datagrams that one call takes.</summary>
    public int Capacity { get; }

    /// <summary>Datagrams that it holds now.</summary>
    public int Count { get; private set; }

    internal LibC.MMsgHdr* Messages { get; }

    /// <summary>A datagram.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public Datagram this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            var at = _index[index];
            var name = new ReadOnlySpan<byte>(_names + (at * LibC.SockAddrBytes), LibC.SockAddrBytes);
            var bytes = new ReadOnlyMemory<byte>(_bytes, at * _datagramBytes, (int)Messages[at].Length);
            return new Datagram(bytes, SockAddr.Read(name).WithLocal(_local));
        }
    }

    /// <summary>Gives the native memory back.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        (_disposed, Count) = (true, 0);
        NativeMemory.Free(_native);
        GC.SuppressFinalize(this);
    }

    /// <summary>Resets what the kernel overwrites.</summary>
    internal void Prepare(byte local)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _local = local;
        for (var i = 0; i < Capacity; i++) Messages[i].Header.NameLength = LibC.SockAddrBytes;
    }

    /// <summary>
    /// Takes over what the kernel has written; returns the number of truncated datagrams, which it leaves out.
    /// </summary>
    internal int Accept(int received)
    {
        Count = 0;
        for (var i = 0; i < received; i++)
            if ((Messages[i].Header.Flags & LibC.MsgTrunc) == 0)
                _index[Count++] = i;
        return received - Count;
    }

    /// <summary>One datagram of a batch.</summary>
    /// <param name="Bytes">Its bytes, valid until the next receive call with this batch.</param>
    /// <param name="Remote">Who sent it.</param>
    public readonly record struct Datagram(ReadOnlyMemory<byte> Bytes, SipEndPoint Remote);

    /// <summary>Frees the native memory of a batch that was not disposed.</summary>
    ~ReceiveBatch()
    {
        if (!_disposed) NativeMemory.Free(_native);
    }
}
