using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tandem.Blacklist.Lists;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist;

/// <summary>Puts the black list into a node.</summary>
public static class BlacklistHosting
{
    // Nodes ask again by themselves, and hold calls back while the singleton is away: a proxy needs no buffer to speak
    // of.
    private const int ProxyBuffer = 16;

    /// <summary>
    /// The process-wide parts, for every node: <see cref="IDynamicBlacklist"/>, metrics, storage. Needs
    /// <see cref="IConfigurationSource"/>, <see cref="TimeProvider"/> and, with the role, a
    /// <see cref="Shared.Storage.Database"/> with <see cref="BlacklistMigrations.All"/> applied.
    /// </summary>
    public static IServiceCollection AddBlacklist(this IServiceCollection services)
    {
        services.TryAddSingleton<DynamicBlacklistReplica>();
        services.TryAddSingleton<IDynamicBlacklist>(provider => provider.GetRequiredService<DynamicBlacklistReplica>());
        services.TryAddSingleton<BlacklistMetrics>();
        services.TryAddSingleton<IBlacklistStore, BlacklistStore>();
        return services;
    }

    /// <summary>
    /// The owners of the lists, for nodes with the role <c>blacklist</c>: the singleton of the central mode and the
    /// region of the standalone mode. Call it before <see cref="WithBlacklistNode"/>.
    /// </summary>
    public static AkkaConfigurationBuilder WithBlacklist(this AkkaConfigurationBuilder builder) => builder
        .WithSingleton<IBlacklistCentral>(
            BlacklistCentralActor.Name,
            (system, _, resolver) => BlacklistCentralActor.CreateProps(OwnerServices(system, resolver)),
            new ClusterSingletonOptions
            {
                Role = Roles.Blacklist,
                BufferSize = ProxyBuffer,
                TerminationMessage = BlacklistOwnerActor.Stop.Instance,
            })
        .WithShardRegion<IBlacklistGatewayRegion>(
            BlacklistGatewayShardExtractor.TypeName,
            (system, _, resolver) =>
            {
                var services = OwnerServices(system, resolver);
                return entityId => BlacklistGatewayActor.CreateProps(entityId, services);
            },
            new BlacklistGatewayShardExtractor(),
            new ShardOptions
            {
                Role = Roles.Blacklist,
                StateStoreMode = StateStoreMode.DData,
                RememberEntities = false,
                ShouldPassivateIdleEntities = false, // Ends by itself when its gateway is no longer ticked.
                HandOffStopMessage = BlacklistOwnerActor.Stop.Instance,
            });

    /// <summary>
    /// The replica's actor, for every node, under <see cref="IBlacklistNode"/>; with proxies to the owners when this
    /// node has not the role <c>blacklist</c> itself.
    /// </summary>
    public static AkkaConfigurationBuilder WithBlacklistNode(
        this AkkaConfigurationBuilder builder, bool hasBlacklistRole)
    {
        if (!hasBlacklistRole)
        {
            builder
                .WithSingletonProxy<IBlacklistCentral>(
                    BlacklistCentralActor.Name,
                    new ClusterSingletonOptions { Role = Roles.Blacklist, BufferSize = ProxyBuffer })
                .WithShardRegionProxy<IBlacklistGatewayRegion>(
                    BlacklistGatewayShardExtractor.TypeName, Roles.Blacklist, new BlacklistGatewayShardExtractor());
        }

        return builder.WithActors((system, registry, resolver) => registry.Register<IBlacklistNode>(system.ActorOf(
            BlacklistNodeActor.CreateProps(
                registry.Get<IBlacklistCentral>(),
                registry.Get<IBlacklistGatewayRegion>(),
                resolver.GetService<DynamicBlacklistReplica>(),
                resolver.GetService<IConfigurationSource>(),
                resolver.GetService<BlacklistMetrics>(),
                resolver.GetService<TimeProvider>()),
            BlacklistNodeActor.Name)));
    }

    private static BlacklistOwnerServices OwnerServices(
        ActorSystem system, Akka.DependencyInjection.IDependencyResolver resolver) => new(
        resolver.GetService<IConfigurationSource>(),
        resolver.GetService<IBlacklistStore>(),
        new ClusterNodePublisher(system),
        resolver.GetService<BlacklistMetrics>(),
        resolver.GetService<TimeProvider>());
}
