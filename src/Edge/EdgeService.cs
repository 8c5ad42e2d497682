using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Logging;
using Tandem.Edge.Authentication;
using Tandem.Edge.Resolution;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;

namespace Tandem.Edge;

/// <summary>
/// A node's edge: its workers, from the bound sockets to the end of the process. Made before the cluster is joined, so that an
/// address that is taken is known at once; starts to read only when the node is in service.
/// </summary>
public sealed class EdgeService : IDisposable
{
    private readonly List<EdgeWorker> _workers = [];
    private readonly Authenticator _authenticator;

    /// <summary>Binds the sockets.</summary>
    /// <exception cref="Sip.Transport.SocketBindException">The address cannot be had; the message names the fix.</exception>
    public EdgeService(
        EdgeOptions options, IConfigurationSource configuration, TimeProvider time, ILoggerFactory logs,
        AuthenticationGuard? guard = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        options = options with { Targets = options.Targets ?? TargetServices.Of(options, time) };
        var (rate, log) = (new RateGuard(), logs.CreateLogger<EdgeWorker>());
        _authenticator = new Authenticator(
            configuration, guard ?? new AuthenticationGuard(configuration, time), options.DigestSecret, time);
        try
        {
            for (var i = 0; i < options.Workers; i++)
            {
                // The others share the port that the first one got.
                var own = i == 0 ? options : options with { Bind = _workers[0].LocalEndPoint };
                _workers.Add(new EdgeWorker(i, own, configuration, Statistics, rate, _authenticator, time, log, index => _workers[index]));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Counters.</summary>
    public EdgeStatistics Statistics { get; } = new();

    /// <summary>The workers, in order.</summary>
    public IReadOnlyList<EdgeWorker> Workers => _workers;

    /// <summary>Begins to read.</summary>
    public void Start(EdgeCollaborators nodes)
    {
        foreach (var worker in _workers) worker.Start(nodes);
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
    }
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
