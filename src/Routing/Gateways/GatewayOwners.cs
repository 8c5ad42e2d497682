using System.Collections.Concurrent;
using Tandem.Shared;

namespace Tandem.Routing.Gateways;

/// <summary>
/// What this node knows of earlier owners of gateways: whether there can have been one elsewhere, and how those of this node
/// ended. It lets a node that was always alone grant its first call at once. One per node, made with the region.
/// </summary>
/// <remarks>Grows with the names of configured gateways only.</remarks>
public sealed class GatewayOwners
{
    private readonly ConcurrentDictionary<GatewayId, (long LastGrant, int Leases)> _ended = new();
    private long _epoch;
    private volatile bool _othersSeen;

    /// <summary>True once another node that runs calls was seen in the cluster: then an earlier owner may be anywhere.</summary>
    public bool OthersSeen => _othersSeen;

    /// <summary>Another node that runs calls is, or was, in the cluster.</summary>
    public void SawOthers() => _othersSeen = true;

    /// <summary>A new epoch: later than all before it on this node, also after a restart unless the clock was set back.</summary>
    public long NextEpoch(DateTimeOffset now)
    {
        while (true)
        {
            var last = Volatile.Read(ref _epoch);
            var next = Math.Max(now.UtcTicks, last + 1);
            if (Interlocked.CompareExchange(ref _epoch, next, last) == last) return next;
        }
    }

    /// <summary>An owner on this node has ended: when it last granted, and how many leases it left behind.</summary>
    public void Ended(GatewayId id, long lastGrant, int leases) => _ended[id] = (lastGrant, leases);

    /// <summary>How the last owner on this node ended; null when there was none.</summary>
    public (long LastGrant, int Leases)? LastOf(GatewayId id) => _ended.TryGetValue(id, out var last) ? last : null;
}
