using Akka.Actor;
using Akka.Hosting;
using Tandem.Shared.Calls;
using Tandem.Shared.Cluster;
using Tandem.Shared.Leases;

namespace Tandem.Routing.NodeCalls;

/// <summary>
/// Answers for this node's calls: which run, and which leases they hold. One on each node with the call role, from start to
/// end of the process, at a fixed path by which owners of leases on other nodes find it.
/// </summary>
public sealed class NodeCallsActor : ReceiveActor
{
    /// <summary>Name under <c>/user</c>: gateway and account actors on other nodes select it by path.</summary>
    public const string Name = "node-calls";

    /// <summary>Starts answering for <paramref name="node"/>, the address of this node as leases name it.</summary>
    public NodeCallsActor(string node, RunningCalls calls, HeldLeases leases)
    {
        Receive<NodeCallQueries.HeldLeases>(query =>
            Sender.Tell(new NodeCallReplies.HeldLeases(query.Resource, node, leases.Of(query.Resource))));
        Receive<NodeCallQueries.List>(query =>
            Sender.Tell(new NodeCallReplies.Calls(node, calls.Count, calls.List(query.Limit))));
    }

    /// <summary>How to start one.</summary>
    public static Props CreateProps(string node, RunningCalls calls, HeldLeases leases) =>
        Props.Create(() => new NodeCallsActor(node, calls, leases));
}

/// <summary>Starts the actor with the node.</summary>
public static class NodeCallsHosting
{
    /// <summary>Starts <see cref="NodeCallsActor"/> under <see cref="INodeCalls"/> on a node with the call role.</summary>
    public static AkkaConfigurationBuilder WithNodeCalls(
        this AkkaConfigurationBuilder builder,
        RunningCalls calls,
        HeldLeases leases) => builder.WithActors((system, registry) =>
    {
        var node = Akka.Cluster.Cluster.Get(system).SelfAddress.ToString();
        registry.Register<INodeCalls>(system.ActorOf(NodeCallsActor.CreateProps(node, calls, leases), NodeCallsActor.Name));
    });
}
