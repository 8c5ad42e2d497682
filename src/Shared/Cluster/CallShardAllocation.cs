using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Tandem.Shared.Cluster;

/// <summary>
/// Puts a call's shard on the node on which the call was born, and leaves it there: shards move only when their node goes
/// (design §3). A shard whose node is gone is adopted by the node that asks first.
/// </summary>
public sealed class CallShardAllocation(Akka.Cluster.Cluster cluster) : IShardAllocationStrategy
{
    private const int NodeDigits = 8;

    /// <inheritdoc />
    public Task<IActorRef> AllocateShard(
        IActorRef requester,
        string shardId,
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations)
    {
        var home = HomeOf(shardId);
        if (home is not null)
        {
            foreach (var region in currentShardAllocations.Keys)
            {
                // The coordinator knows the region of its own node by a path without address.
                var address = region.Path.Address.HasGlobalScope ? region.Path.Address : cluster.SelfAddress;
                if (address == home) return Task.FromResult(region);
            }
        }

        // A proxy may ask, too; only a region can own shards.
        return Task.FromResult(currentShardAllocations.ContainsKey(requester)
            ? requester
            : currentShardAllocations.MinBy(pair => pair.Value.Count).Key);
    }

    /// <inheritdoc />
    public Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations,
        IImmutableSet<string> rebalanceInProgress) =>
        Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);

    private Address? HomeOf(string shardId)
    {
        // An exception here would stop the coordinator.
        if (shardId.Length < NodeDigits
            || !uint.TryParse(
                shardId.AsSpan(0, NodeDigits),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var node))
            return null;
        foreach (var member in cluster.State.Members)
            if (NodeIdentity.Of(member.UniqueAddress) == node) return member.Address;
        return null;
    }
}

/// <summary>The 32 bits that name one incarnation of a node in call identities.</summary>
public static class NodeIdentity
{
    /// <summary>Of a cluster member.</summary>
    public static uint Of(Akka.Cluster.UniqueAddress address) => unchecked((uint)address.Uid);
}
