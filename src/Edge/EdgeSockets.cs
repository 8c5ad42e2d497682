using System.Collections.Immutable;
using System.Net;
using Tandem.Shared.Edge;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

/// <summary>
/// The bound addresses of an edge: a UDP socket per worker and listener, and TCP and TLS of all workers together. Made by
/// the edge's service before anything is read; closed by it at the end.
/// </summary>
internal sealed class EdgeSockets : IDisposable
{
    private readonly List<UdpSocket?[]> _udp = [];

    /// <summary>Binds all, or nothing.</summary>
    /// <exception cref="SocketBindException">An address cannot be had; the message names the fix.</exception>
    public EdgeSockets(EdgeOptions options, IStreamUser user, TimeProvider time)
    {
        var listeners = options.AllListeners;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(listeners.Count, ListenerTable.MaxListeners, nameof(options));
        try
        {
            for (var worker = 0; worker < options.Workers; worker++)
            {
                var own = new UdpSocket?[listeners.Count];
                _udp.Add(own);
                for (var i = 0; i < own.Length; i++)
                {
                    if ((listeners[i].Transports & ListenerTransports.Udp) == 0) continue;

                    // The others share the port that the first one got.
                    var at = worker == 0 ? listeners[i].Bind : _udp[0][i]!.LocalEndPoint;
                    own[i] = UdpSocket.Bind(at, new UdpSocketOptions { Local = (byte)i });
                }
            }

            var streams = listeners.SelectMany((l, i) => StreamsOf(l, (byte)i, PortOf(i) is { } at ? at : l.Bind));
            Streams = new StreamTransport(
                streams, listeners.Select((l, i) => (l, i)).ToDictionary(p => (byte)p.i, p => p.l.Bind),
                options.Certificates, user, time, options.Streams);
        }
        catch
        {
            foreach (var socket in _udp.SelectMany(s => s)) socket?.Dispose();
            throw;
        }

        Table = new ListenerTable([.. listeners.Select((l, i) =>
        {
            var at = PortOf(i) ?? Streams.Listeners.First(s => s.Local == i).Address;
            return new Listener(at, l.Transports, l.SentBy ?? at.ToString());
        })]);
    }

    /// <summary>TCP and TLS.</summary>
    public StreamTransport Streams { get; }

    /// <summary>What was bound.</summary>
    public ListenerTable Table { get; }

    /// <summary>The sockets of a worker, by ordinal.</summary>
    public UdpSocket?[] UdpOf(int worker) => _udp[worker];

    /// <summary>Closes TCP and TLS; each worker closes its own sockets.</summary>
    public void Dispose() => Streams.Dispose();

    private IPEndPoint? PortOf(int ordinal) => _udp[0][ordinal]?.LocalEndPoint;

    private static ImmutableArray<StreamListener> StreamsOf(EdgeListener listener, byte ordinal, IPEndPoint at)
    {
        var streams = ImmutableArray.CreateBuilder<StreamListener>();
        if ((listener.Transports & ListenerTransports.Tcp) != 0) streams.Add(new(ordinal, at, SipTransport.Tcp));
        if ((listener.Transports & ListenerTransports.Tls) != 0) streams.Add(new(ordinal, at, SipTransport.Tls));
        return streams.ToImmutable();
    }
}
