using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Edge.Health;

/// <summary>Puts the health of gateways into a node.</summary>
public static class GatewayHealthHosting
{
    // Nodes ask and report again by themselves.
    private const int ProxyBuffer = 16;

    /// <summary>The replica, for every node, as <see cref="IGatewayHealth"/>.</summary>
    public static IServiceCollection AddGatewayHealth(this IServiceCollection services)
    {
        services.TryAddSingleton<GatewayHealthReplica>();
        services.TryAddSingleton<IGatewayHealth>(provider => provider.GetRequiredService<GatewayHealthReplica>());
        return services;
    }

    /// <summary>
    /// The owner, for nodes with the role edge: the singleton that checks. Call it after the edge and before
    /// <see cref="WithGatewayHealthNode"/>.
    /// </summary>
    /// <param name="builder">The node.</param>
    /// <param name="hostPort">host[:port] of ours that a peer at a remote address sees.</param>
    public static AkkaConfigurationBuilder WithGatewayHealth(this AkkaConfigurationBuilder builder, Func<string, string> hostPort) =>
        builder.WithSingleton<IGatewayHealthCentral>(
            GatewayHealthActor.Name,
            (system, registry, resolver) => GatewayHealthActor.CreateProps(new GatewayHealthServices(
                registry.Get<IEdge>(),
                resolver.GetService<IConfigurationSource>(),
                new ClusterHealthPublisher(system),
                hostPort,
                resolver.GetService<TimeProvider>())),
            new ClusterSingletonOptions { Role = Roles.Edge, BufferSize = ProxyBuffer });

    /// <summary>
    /// The replica's actor under <see cref="IGatewayHealthNode"/>, for every node; with a proxy to the owner when this node
    /// has not the role edge itself.
    /// </summary>
    public static AkkaConfigurationBuilder WithGatewayHealthNode(this AkkaConfigurationBuilder builder, bool hasEdgeRole)
    {
        if (!hasEdgeRole)
        {
            builder.WithSingletonProxy<IGatewayHealthCentral>(
                GatewayHealthActor.Name, new ClusterSingletonOptions { Role = Roles.Edge, BufferSize = ProxyBuffer });
        }

        return builder.WithActors((system, registry, resolver) => registry.Register<IGatewayHealthNode>(system.ActorOf(
            GatewayHealthNodeActor.CreateProps(
                registry.Get<IGatewayHealthCentral>(),
                resolver.GetService<GatewayHealthReplica>(),
                resolver.GetService<TimeProvider>()),
            GatewayHealthNodeActor.Name)));
    }
}

/// <summary>Tells the <see cref="GatewayHealthNodeActor"/> of every member that runs; one per process.</summary>
public sealed class ClusterHealthPublisher(ActorSystem system) : IHealthPublisher
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);

    /// <inheritdoc />
    public void Publish(object message, IActorRef sender)
    {
        foreach (var member in _cluster.State.Members)
        {
            if (member.Status is not (Akka.Cluster.MemberStatus.Up
                or Akka.Cluster.MemberStatus.WeaklyUp or Akka.Cluster.MemberStatus.Leaving)) continue;
            system.ActorSelection(new RootActorPath(member.Address) / "user" / GatewayHealthNodeActor.Name).Tell(message, sender);
        }
    }
}
