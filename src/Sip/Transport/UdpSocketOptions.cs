namespace Tandem.Sip.Transport;

/// <summary>How a UDP socket is set up. All have working defaults.</summary>
public sealed record UdpSocketOptions
{
    /// <summary>
    /// Default of <see cref="ReceiveBufferBytes"/>: 8 MiB hold about half a second of 900-byte messages at 8,000 a
    /// second, which covers a collection pause or a burst (the kernel accounts about 2 KB for such a datagram).
    /// </summary>
    public const int DefaultReceiveBufferBytes = 8 * 1024 * 1024;

    /// <summary>Default of <see cref="SendBufferBytes"/>: 4 MiB.</summary>
    public const int DefaultSendBufferBytes = 4 * 1024 * 1024;

    /// <summary>The options that are used when none are given.</summary>
    public static UdpSocketOptions Default { get; } = new();

    /// <summary>
    /// Sets SO_REUSEPORT: several sockets share the port and the kernel spreads the senders over them. All of them
    /// must set it and belong to one user.
    /// </summary>
    public bool ReusePort { get; init; } = true;

    /// <summary>Ordinal of the listener: that of all that is met by this socket (<see cref="SipEndPoint.Local"/>).</summary>
    public byte Local { get; init; }

    /// <summary>
    /// SO_RCVBUF in bytes. With the right CAP_NET_ADMIN it is set even above <c>net.core.rmem_max</c>; without it the
    /// kernel silently cuts it to that limit, see <see cref="UdpSocket.ReceiveBufferBytes"/>.
    /// </summary>
    public int ReceiveBufferBytes { get; init; } = DefaultReceiveBufferBytes;

    /// <summary>SO_SNDBUF in bytes, limited in the same way by <c>net.core.wmem_max</c>.</summary>
    public int SendBufferBytes { get; init; } = DefaultSendBufferBytes;
}
