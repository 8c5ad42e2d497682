using Tandem.Sip.Parsing;

namespace Tandem.Sip.Transport;

/// <summary>Bounds and time-outs of the connections of a <see cref="StreamTransport"/>. All have working defaults.</summary>
public sealed record StreamOptions
{
    /// <summary>Default of <see cref="MaxAccepted"/>: with its buffers a silent connection costs about 10 KB.</summary>
    public const int DefaultMaxAccepted = 10_000;

    /// <summary>Default of <see cref="MaxAcceptedPerSource"/>: a carrier's proxy opens few, a test tool one per call.</summary>
    public const int DefaultMaxAcceptedPerSource = 500;

    /// <summary>Default of <see cref="MaxOpened"/>.</summary>
    public const int DefaultMaxOpened = 2_000;

    /// <summary>Default of <see cref="MaxQueuedBytes"/>: about 700 messages.</summary>
    public const int DefaultMaxQueuedBytes = 1024 * 1024;

    /// <summary>Default of <see cref="ConnectTimeout"/>: less than the wait for a gateway's first response.</summary>
    public static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Default of <see cref="HandshakeTimeout"/>.</summary>
    public static readonly TimeSpan DefaultHandshakeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Default of <see cref="FirstMessageTimeout"/>.</summary>
    public static readonly TimeSpan DefaultFirstMessageTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Default of <see cref="MessageTimeout"/>: 64 KiB in it are a modem's speed.</summary>
    public static readonly TimeSpan DefaultMessageTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Default of <see cref="IdleTimeout"/>: longer than the refresh of a session timer (RFC 4028) is apart.</summary>
    public static readonly TimeSpan DefaultIdleTimeout = TimeSpan.FromMinutes(15);

    /// <summary>Default of <see cref="SendTimeout"/>.</summary>
    public static readonly TimeSpan DefaultSendTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Default of <see cref="Linger"/>.</summary>
    public static readonly TimeSpan DefaultLinger = TimeSpan.FromSeconds(1);

    /// <summary>Default of <see cref="SweepInterval"/>.</summary>
    public static readonly TimeSpan DefaultSweepInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>The defaults.</summary>
    public static StreamOptions Default { get; } = new();

    /// <summary>Most connections that peers have opened; one more is closed at once.</summary>
    public int MaxAccepted { get; init; } = DefaultMaxAccepted;

    /// <summary>Most connections that one IP address has opened; one more is closed at once.</summary>
    public int MaxAcceptedPerSource { get; init; } = DefaultMaxAcceptedPerSource;

    /// <summary>Most connections that we have opened. A bound of its own, so that a flood of peers stops no call out.</summary>
    public int MaxOpened { get; init; } = DefaultMaxOpened;

    /// <summary>Most bytes that wait to be sent on one connection; above it messages fail.</summary>
    public int MaxQueuedBytes { get; init; } = DefaultMaxQueuedBytes;

    /// <summary>How long opening a connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = DefaultConnectTimeout;

    /// <summary>How long a TLS handshake may take.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = DefaultHandshakeTimeout;

    /// <summary>How long a peer may be connected before it has sent a whole message.</summary>
    public TimeSpan FirstMessageTimeout { get; init; } = DefaultFirstMessageTimeout;

    /// <summary>How long a message may take from its first byte to its last (slow loris).</summary>
    public TimeSpan MessageTimeout { get; init; } = DefaultMessageTimeout;

    /// <summary>How long nothing may come or go, keep-alives included.</summary>
    public TimeSpan IdleTimeout { get; init; } = DefaultIdleTimeout;

    /// <summary>How long the peer may not read what is sent to it.</summary>
    public TimeSpan SendTimeout { get; init; } = DefaultSendTimeout;

    /// <summary>How long a connection whose framing is lost stays open for the answer that says so.</summary>
    public TimeSpan Linger { get; init; } = DefaultLinger;

    /// <summary>How often the time-outs are looked at: they are late by this much at most.</summary>
    public TimeSpan SweepInterval { get; init; } = DefaultSweepInterval;

    /// <summary>What the parser accepts.</summary>
    public SipLimits Limits { get; init; } = SipLimits.Default;

    /// <summary>See <see cref="SipFramer.DefaultMaxHeaderSectionBytes"/>.</summary>
    public int MaxHeaderSectionBytes { get; init; } = SipFramer.DefaultMaxHeaderSectionBytes;
}
