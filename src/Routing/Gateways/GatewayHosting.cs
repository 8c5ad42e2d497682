using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Hosting;
using Tandem.Shared;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Gateways;

/// <summary>Starts the gateway shard region, or a proxy to it.</summary>
public static class GatewayHosting
{
    /// <summary>
    /// The region under <see cref="IGatewayRegion"/> on a node with the call role. Such a node also needs
    /// <c>WithNodeCalls</c>: without its answers no gateway grants anything.
    /// </summary>
    public static AkkaConfigurationBuilder WithGatewayActors(
        this AkkaConfigurationBuilder builder,
        IConfigurationSource configuration,
        GatewayMetrics metrics,
        TimeProvider time,
        GatewayOptions? options = null)
    {
        var owners = new GatewayOwners();
        var inForce = options ?? new GatewayOptions();
        return builder
            .WithActors((system, _) => system.ActorOf(Props.Create(() => new OthersWatch(owners)), "gateway-others"))
            .WithShardRegion<IGatewayRegion>(
                GatewayShardExtractor.TypeName,
                (_, _, _) => entityId => GatewayActor.CreateProps(Parse(entityId), configuration, owners, metrics, time, inForce),
                new GatewayShardExtractor(),
                new ShardOptions
                {
                    Role = Roles.Call,
                    StateStoreMode = StateStoreMode.DData,
                    RememberEntities = false,
                    ShouldPassivateIdleEntities = false, // A gateway with leases must stay; it puts itself away.
                });
    }

    /// <summary>A proxy under <see cref="IGatewayRegion"/> on a node without the call role.</summary>
    public static AkkaConfigurationBuilder WithGatewayProxy(this AkkaConfigurationBuilder builder) =>
        builder.WithShardRegionProxy<IGatewayRegion>(GatewayShardExtractor.TypeName, Roles.Call, new GatewayShardExtractor());

    private static GatewayId Parse(string entityId) => GatewayId.TryParse(entityId, out var id)
        ? id
        : throw new ArgumentException($"'{entityId}' is no gateway.", nameof(entityId));

    /// <summary>Tells <see cref="GatewayOwners"/> of other nodes from the node's start on, not only while a gateway is awake.</summary>
    private sealed class OthersWatch : ReceiveActor
    {
        public OthersWatch(GatewayOwners owners)
        {
            var cluster = Akka.Cluster.Cluster.Get(Context.System);
            Receive<ClusterEvent.IMemberEvent>(e =>
            {
                if (e.Member.HasRole(Roles.Call) && e.Member.UniqueAddress != cluster.SelfUniqueAddress) owners.SawOthers();
            });
            cluster.Subscribe(
                Self,
                ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
                typeof(ClusterEvent.IMemberEvent));
        }

        protected override void PostStop() => Akka.Cluster.Cluster.Get(Context.System).Unsubscribe(Self);
    }
}
