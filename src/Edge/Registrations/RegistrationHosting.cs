using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;

namespace Tandem.Edge.Registrations;

/// <summary>Brings our registrations with other platforms to a node.</summary>
public static class RegistrationHosting
{
    /// <summary>How long the last node's stop waits for registrars to confirm.</summary>
    public static readonly TimeSpan UnregisterTime = TimeSpan.FromSeconds(3);

    // Nodes ask again by themselves.
    private const int ProxyBuffer = 4;

    /// <summary>
    /// The keeper's singleton on a node with the edge role, after <c>WithEdge</c>. When the last such node stops as planned, it
    /// gives the registrations up before its sockets close.
    /// </summary>
    public static AkkaConfigurationBuilder WithRegistrationKeeper(
        this AkkaConfigurationBuilder builder, IConfigurationSource configuration, ListenerTable listeners, TimeProvider time)
    {
        var local = new LocalKeeper();
        return builder
            .WithSingleton<IRegistrationKeeper>(
                RegistrationKeeperActor.Name,
                (system, registry, _) => RegistrationKeeperActor.CreateProps(
                    registry.Get<IEdge>(), configuration, listeners, local, Akka.Cluster.Cluster.Get(system).SelfAddress.ToString(), time),
                new ClusterSingletonOptions
                {
                    Role = Roles.Edge,
                    BufferSize = ProxyBuffer,
                    TerminationMessage = RegistrationKeeperActor.Stop.Instance,
                })
            .WithActors((system, _) => CoordinatedShutdown.Get(system).AddTask(
                CoordinatedShutdown.PhaseServiceRequestsDone, "unregister", async () =>
                {
                    if (local.Actor is not { } keeper || !IsLast(Akka.Cluster.Cluster.Get(system))) return Akka.Done.Instance;
                    try
                    {
                        return await keeper.Ask<Akka.Done>(new RegistrationKeeperActor.UnregisterAll(), UnregisterTime).ConfigureAwait(false);
                    }
                    catch (AskTimeoutException)
                    {
                        return Akka.Done.Instance; // They end by themselves.
                    }
                }));
    }

    /// <summary>The proxy to the keeper on a node without the edge role.</summary>
    public static AkkaConfigurationBuilder WithRegistrationProxy(this AkkaConfigurationBuilder builder) => builder
        .WithSingletonProxy<IRegistrationKeeper>(
            RegistrationKeeperActor.Name, new ClusterSingletonOptions { Role = Roles.Edge, BufferSize = ProxyBuffer });

    /// <summary>This node's view of the states, for every node.</summary>
    public static AkkaConfigurationBuilder WithRegistrationStates(this AkkaConfigurationBuilder builder, RegistrationStates states) =>
        builder.WithActors((system, registry) => system.ActorOf(
            RegistrationNodeActor.CreateProps(registry.Get<IRegistrationKeeper>(), states), RegistrationNodeActor.Name));

    private static bool IsLast(Akka.Cluster.Cluster cluster) => !cluster.State.Members.Any(m =>
        m.UniqueAddress != cluster.SelfUniqueAddress && m.HasRole(Roles.Edge)
        && m.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Joining);
}
