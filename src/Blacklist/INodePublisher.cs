using Akka.Actor;

namespace Tandem.Blacklist;

/// <summary>How the owner of a list reaches the <see cref="BlacklistNodeActor"/> of every node.</summary>
public interface INodePublisher
{
    /// <summary>Tells all nodes; what is lost is found by its version.</summary>
    void Publish(object message, IActorRef sender);
}

/// <summary>
/// Tells the actor at <see cref="BlacklistNodeActor.Path"/> of every member that runs; one per process.
/// </summary>
public sealed class ClusterNodePublisher(ActorSystem system) : INodePublisher
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);

    /// <inheritdoc />
    public void Publish(object message, IActorRef sender)
    {
        foreach (var member in _cluster.State.Members)
        {
            if (member.Status is not (Akka.Cluster.MemberStatus.Up
                or Akka.Cluster.MemberStatus.WeaklyUp or Akka.Cluster.MemberStatus.Leaving)) continue;
            system.ActorSelection(new RootActorPath(member.Address) / "user" / BlacklistNodeActor.Name)
                .Tell(message, sender);
        }
    }
}
