using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Logging;
using Tandem.Edge.Authentication;
using Tandem.Edge.Resolution;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

/// <summary>
/// A node's edge: its workers, from the bound sockets to the end of the process. Made before the cluster is joined, so that an
/// address that is taken is known at once; starts to read only when the node is in service.
/// </summary>
public sealed class EdgeService : IStreamUser, IDisposable
{
    private readonly List<EdgeWorker> _workers = [];
    private readonly Authenticator _authenticator;
    private readonly EdgeSockets _sockets;
    private readonly ILogger _log;

    /// <summary>Binds the sockets.</summary>
    /// <exception cref="Sip.Transport.SocketBindException">The address cannot be had; the message names the fix.</exception>
    public EdgeService(
        EdgeOptions options, IConfigurationSource configuration, TimeProvider time, ILoggerFactory logs,
        AuthenticationGuard? guard = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        options = options with { Targets = options.Targets ?? TargetServices.Of(options, time) };
        var (rate, log) = (new RateGuard(), logs.CreateLogger<EdgeWorker>());
        _log = log;
        _sockets = new EdgeSockets(options, this, time);
        _authenticator = new Authenticator(
            configuration, guard ?? new AuthenticationGuard(configuration, time), options.DigestSecret, time);
        for (var i = 0; i < options.Workers; i++)
        {
            _workers.Add(new EdgeWorker(
                i, options, _sockets, configuration, Statistics, rate, _authenticator, time, log, index => _workers[index]));
        }
    }

    /// <summary>Counters.</summary>
    public EdgeStatistics Statistics { get; } = new();

    /// <summary>Where it listens.</summary>
    public ListenerTable Listeners => _sockets.Table;

    /// <summary>Counters of connections.</summary>
    public StreamStatistics Streams => _sockets.Streams.Statistics;

    /// <summary>Connections that are open or being made.</summary>
    public int Connections => _sockets.Streams.Connections;

    /// <summary>The workers, in order.</summary>
    public IReadOnlyList<EdgeWorker> Workers => _workers;

    /// <summary>Begins to read.</summary>
    public void Start(EdgeCollaborators nodes)
    {
        foreach (var worker in _workers) worker.Start(nodes);
        _sockets.Streams.Start();
    }

    /// <summary>New calls are refused with 503 from now on, and OPTIONS too, so that load balancers turn away.</summary>
    public void Drain()
    {
        foreach (var worker in _workers) worker.Drain();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var worker in _workers) worker.Dispose();
        _authenticator.Dispose();
        _sockets.Dispose();
    }

    // Requests of one call go through one worker, so that CANCEL finds its INVITE; a response where its request is.
    ValueTask IStreamUser.OnMessageAsync(SipParseResult result, SipEndPoint remote, CancellationToken cancel)
    {
        if (result.Message is not { } message) return _workers[0].EnqueueAsync(result, remote, cancel); // To be counted.
        if (message.IsResponse && TransactionLayer.TryGetWorkerOfBranch(message.TopVia.Branch, out var worker))
            return _workers[worker % _workers.Count].EnqueueAsync(result, remote, cancel);
        var hash = new HashCode();
        hash.AddBytes(message.CallId);
        return _workers[(int)((uint)hash.ToHashCode() % (uint)_workers.Count)].EnqueueAsync(result, remote, cancel);
    }

    void IStreamUser.OnFault(Exception failure, SipEndPoint remote) =>
        _log.LogError(failure, "The connection of {Remote} was ended by a fault of the switch", remote);
}

/// <summary>Brings the edge to a node with the role.</summary>
public static class EdgeHosting
{
    /// <summary>
    /// The edge actor under <see cref="IEdge"/>; when the node goes down it first refuses new calls and closes its sockets
    /// last, after the node's calls have ended.
    /// </summary>
    public static AkkaConfigurationBuilder WithEdge(this AkkaConfigurationBuilder builder, EdgeService edge) =>
        builder.WithActors((system, registry) =>
        {
            registry.Register<IEdge>(system.ActorOf(EdgeActor.CreateProps(edge.Workers), EdgeActor.Name));
            var shutdown = CoordinatedShutdown.Get(system);
            shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "refuse-new-calls", () =>
            {
                edge.Drain();
                return Task.FromResult(Akka.Done.Instance);
            });
            shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "close-sockets", () => Task.Run(() =>
            {
                edge.Dispose();
                return Akka.Done.Instance;
            }));
        });
}
