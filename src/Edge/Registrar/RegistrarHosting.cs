using Akka.Cluster;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Hosting;
using Tandem.Shared;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;

namespace Tandem.Edge.Registrar;

/// <summary>Marker of the node's <see cref="RegisterDesk"/>.</summary>
public interface IRegisterDesk;

/// <summary>Brings the registrar to a node.</summary>
public static class RegistrarHosting
{
    /// <summary>
    /// The region under <see cref="IRegistrarRegion"/> with its entities on this node, the writer, the desk and the keep-alive.
    /// After <c>WithEdge</c>.
    /// </summary>
    public static AkkaConfigurationBuilder WithRegistrar(
        this AkkaConfigurationBuilder builder, IBindingStore store, IConfigurationSource configuration, TimeProvider time) => builder
        .WithShardRegion<IRegistrarRegion>(
            RegistrarShardExtractor.TypeName,
            (system, _, _) =>
            {
                var writer = system.ActorOf(BindingWriterActor.CreateProps(store, time), BindingWriterActor.Name);
                var cluster = Akka.Cluster.Cluster.Get(system);
                var services = new RegistrarServices(store, writer, configuration, (node, id) => IsMember(cluster, node, id), time);
                return entityId => RegistrarActor.CreateProps(Parse(entityId), services);
            },
            new RegistrarShardExtractor(),
            new ShardOptions
            {
                Role = Roles.Edge,
                StateStoreMode = StateStoreMode.DData,
                RememberEntities = false,
                ShouldPassivateIdleEntities = false, // A phone with contacts must be found from memory; it puts itself away.
                HandOffStopMessage = RegistrarActor.Stop.Instance,
            })
        .WithActors((system, registry) =>
        {
            var self = Akka.Cluster.Cluster.Get(system).SelfUniqueAddress;
            var (node, id, edge) = (self.Address.ToString(), NodeIdentity.Of(self), registry.Get<IEdge>());
            var keepAlive = system.ActorOf(KeepAliveActor.CreateProps(edge, configuration, node, id, time), KeepAliveActor.Name);
            registry.Register<IRegisterDesk>(system.ActorOf(
                RegisterDesk.CreateProps(registry.Get<IRegistrarRegion>(), edge, keepAlive, node, id, time), RegisterDesk.Name));
        });

    /// <summary>A proxy under <see cref="IRegistrarRegion"/> on a node without the edge role.</summary>
    public static AkkaConfigurationBuilder WithRegistrarProxy(this AkkaConfigurationBuilder builder) =>
        builder.WithShardRegionProxy<IRegistrarRegion>(RegistrarShardExtractor.TypeName, Roles.Edge, new RegistrarShardExtractor());

    private static bool IsMember(Akka.Cluster.Cluster cluster, string node, uint id)
    {
        var state = cluster.State;
        foreach (var member in state.Members)
        {
            if (NodeIdentity.Of(member.UniqueAddress) == id && member.Address.ToString() == node)
                return member.Status is not (MemberStatus.Down or MemberStatus.Removed or MemberStatus.Exiting)
                    && !state.Unreachable.Contains(member);
        }

        return false;
    }

    private static GatewayId Parse(string entityId) => GatewayId.TryParse(entityId, out var id)
        ? id
        : throw new ArgumentException($"'{entityId}' is no gateway.", nameof(entityId));
}
