using Akka.Cluster;
using Tandem.Shared.Cluster;

namespace Tandem.Node;

/// <summary>Chooses the node for a new call.</summary>
internal static class CallNodes
{
    /// <summary>
    /// This node when it has the call role (the call then lives beside its socket); otherwise the members that have it, in
    /// turn.
    /// </summary>
    public static Func<uint> Choose(Akka.Cluster.Cluster cluster, bool hasCallRole)
    {
        var self = NodeIdentity.Of(cluster.SelfUniqueAddress);
        if (hasCallRole) return () => self;
        var turn = 0;
        return () =>
        {
            var nodes = cluster.State.Members.Where(m => m.Status == MemberStatus.Up && m.HasRole(Roles.Call)).ToList();

            // With no call node there is nothing to choose: the region holds the call back until one is there.
            return nodes.Count == 0
                ? self
                : NodeIdentity.Of(nodes[(int)((uint)Interlocked.Increment(ref turn) % nodes.Count)].UniqueAddress);
        };
    }
}
