namespace Tandem.Sip.Transport;

/// <summary>Why a connection ended, or was not made.</summary>
public enum StreamEnd : byte
{
    /// <summary>The peer has closed it, in order.</summary>
    PeerClosed,

    /// <summary>It broke.</summary>
    Broken,

    /// <summary>Refused: too many are open.</summary>
    TooMany,

    /// <summary>Refused: too many of this address are open.</summary>
    TooManyOfSource,

    /// <summary>The peer did not take our connection, or not in time.</summary>
    ConnectFailed,

    /// <summary>The TLS handshake failed, or the peer's certificate is not accepted.</summary>
    HandshakeFailed,

    /// <summary>The TLS handshake took too long.</summary>
    HandshakeTimeout,

    /// <summary>No whole message came in time after the connection was made.</summary>
    NoMessage,

    /// <summary>A message was not whole in time (slow loris).</summary>
    MessageTimeout,

    /// <summary>Nothing came or went for too long.</summary>
    Idle,

    /// <summary>The peer did not read.</summary>
    SendTimeout,

    /// <summary>The bytes were no SIP, or nobody knew where a message ends.</summary>
    FramingLost,

    /// <summary>We go down.</summary>
    Shutdown,
}

/// <summary>Counters of a <see cref="StreamTransport"/> since its start; read from any thread.</summary>
public sealed class StreamStatistics
{
    private readonly long[] _ended = new long[Enum.GetValues<StreamEnd>().Length];
    private long _accepted;
    private long _opened;
    private long _received;
    private long _sent;
    private long _unsent;
    private long _overflows;
    private long _pings;
    private long _strangers;

    /// <summary>Connections of peers that were taken.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Connections that we began to open.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>Messages received, refused ones included.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Messages handed to the kernel.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Messages that could not be sent.</summary>
    public long Unsent => Volatile.Read(ref _unsent);

    /// <summary>Of those, since too many bytes waited on their connection.</summary>
    public long Overflows => Volatile.Read(ref _overflows);

    /// <summary>Keep-alives answered (RFC 5626 §4.4.1).</summary>
    public long Pings => Volatile.Read(ref _pings);

    /// <summary>Client certificates that are not signed by an authority of ours: their names count for nothing.</summary>
    public long UntrustedClientCertificates => Volatile.Read(ref _strangers);

    /// <summary>Connections that ended, or were not made, for a reason.</summary>
    /// <param name="end">The reason.</param>
    public long Ended(StreamEnd end) => Volatile.Read(ref _ended[(int)end]);

    internal void CountAccepted() => Interlocked.Increment(ref _accepted);

    internal void CountOpened() => Interlocked.Increment(ref _opened);

    internal void CountReceived() => Interlocked.Increment(ref _received);

    internal void CountSent(int messages) => Interlocked.Add(ref _sent, messages);

    internal void CountUnsent() => Interlocked.Increment(ref _unsent);

    internal void CountOverflow() => Interlocked.Increment(ref _overflows);

    internal void CountPing() => Interlocked.Increment(ref _pings);

    internal void CountStranger() => Interlocked.Increment(ref _strangers);

    internal void Count(StreamEnd end) => Interlocked.Increment(ref _ended[(int)end]);
}
