using Akka.Actor;
using Akka.Cluster;
using Tandem.Shared.Cluster;

namespace Tandem.Billing.Accounts;

/// <summary>A node that runs calls, and the actor there that lists what they hold.</summary>
internal sealed record CallNode(string Address, ICanTell Calls);

/// <summary>The nodes whose calls may hold money of accounts.</summary>
internal interface ICallNodes
{
    /// <summary>Address of this node, the sender's when a reply comes from beside us.</summary>
    string Self { get; }

    /// <summary>Every member that may run calls: Up, or on its way out.</summary>
    IReadOnlyList<CallNode> Current();

    /// <summary>Has <see cref="ClusterEvent.MemberRemoved"/> sent to an actor.</summary>
    void Subscribe(IActorRef account);

    /// <summary>Ends that.</summary>
    void Unsubscribe(IActorRef account);
}

/// <summary>The members of the cluster that have the role <c>call</c>.</summary>
internal sealed class ClusterCallNodes(ActorSystem system) : ICallNodes
{
    /// <summary>Where each node has the actor registered under <see cref="INodeCalls"/>.</summary>
    private static readonly string[] NodeCallsPath = ["user", "node-calls"];

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);

    /// <inheritdoc />
    public string Self => _cluster.SelfAddress.ToString();

    /// <inheritdoc />
    public IReadOnlyList<CallNode> Current() =>
    [
        .. _cluster.State.Members
            .Where(m => m.HasRole(Roles.Call)
                && m.Status is not (MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Removed))
            .Select(m => new CallNode(
                m.Address.ToString(),
                system.ActorSelection(new RootActorPath(m.Address) / NodeCallsPath))),
    ];

    /// <inheritdoc />
    public void Subscribe(IActorRef account) => _cluster.Subscribe(
        account,
        ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
        typeof(ClusterEvent.MemberRemoved));

    /// <inheritdoc />
    public void Unsubscribe(IActorRef account) => _cluster.Unsubscribe(account);
}
