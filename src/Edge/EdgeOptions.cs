using System.Net;
using System.Security.Cryptography;
using Tandem.Edge.Resolution;
using Tandem.Sip.Authentication;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

/// <summary>How a node's edge is set up; fixed for the life of the process.</summary>
public sealed record EdgeOptions
{
    /// <summary>Calls in set-up that one worker has at once; more are refused with 503 (I10).</summary>
    public const int DefaultMaxSetups = 20_000;

    /// <summary>Where SIP is received, by UDP and TCP, unless <see cref="Listeners"/> says more.</summary>
    public required IPEndPoint Bind { get; init; }

    /// <summary><c>host:port</c> that peers of <see cref="Bind"/> are told.</summary>
    public required string SentBy { get; init; }

    /// <summary>All addresses, by their ordinals; none is the one of <see cref="Bind"/>.</summary>
    public IReadOnlyList<EdgeListener> Listeners { get; init; } = [];

    /// <summary>For TLS.</summary>
    public TlsCertificates Certificates { get; init; } = TlsCertificates.None;

    /// <summary>Bounds and time-outs of connections.</summary>
    public StreamOptions Streams { get; init; } = StreamOptions.Default;

    internal IReadOnlyList<EdgeListener> AllListeners =>
        Listeners.Count > 0 ? Listeners : [new EdgeListener(Bind, EdgeListener.DefaultTransports, SentBy)];

    /// <summary>Sockets that share the port by SO_REUSEPORT, each with a thread and a transaction layer of its own.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Name servers for hosts that requests go to; none: those of the system.</summary>
    public IReadOnlyList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>How hosts are resolved; null: made of the other options, for all workers together.</summary>
    public TargetServices? Targets { get; init; }

    /// <summary>Signs the nonces of digest: the same on all nodes (<see cref="Authentication.DigestSecret"/>).</summary>
    public ReadOnlyMemory<byte> DigestSecret { get; init; } = RandomNumberGenerator.GetBytes(DigestNonces.SecretBytes);

    /// <summary>Bound on unanswered INVITEs per worker.</summary>
    public int MaxSetups { get; init; } = DefaultMaxSetups;
}
