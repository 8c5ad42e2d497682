using System.Collections.Concurrent;
using Tandem.Shared;
using Tandem.Shared.Gateways;

namespace Tandem.Routing.Selection;

/// <summary>
/// What this node last heard of each routing gateway's load: keys 2 and 3 of the order of routes. One per node, written by
/// call actors from the replies of gateway actors, read by the selector; approximate, and only for the order: whether a line
/// is free is decided by the gateway actor alone.
/// </summary>
/// <remarks>Grows with the names of configured gateways only.</remarks>
public sealed class GatewayLoad
{
    private readonly ConcurrentDictionary<string, Entry> _byName = new(StringComparer.Ordinal);

    /// <summary>A line was granted.</summary>
    public void Granted(GatewayReplies.Granted reply)
    {
        if (reply.GatewayId.Kind != GatewayKind.Routing) return;
        var entry = Of(reply.GatewayId.Name);
        Volatile.Write(ref entry.LinesInUse, reply.LinesInUse);
        Volatile.Write(ref entry.TotalCalls, reply.TotalCalls);
    }

    /// <summary>A line was refused; the reply says how many are in use.</summary>
    public void Refused(GatewayReplies.Refused reply)
    {
        if (reply.GatewayId.Kind == GatewayKind.Routing)
            Volatile.Write(ref Of(reply.GatewayId.Name).LinesInUse, reply.LinesInUse);
    }

    /// <summary>A call of this node gave its line back: without this a gateway would look busy until its next grant.</summary>
    public void Released(GatewayId gateway)
    {
        if (gateway.Kind != GatewayKind.Routing || !_byName.TryGetValue(gateway.Name, out var entry)) return;
        if (Interlocked.Decrement(ref entry.LinesInUse) < 0) Volatile.Write(ref entry.LinesInUse, 0);
    }

    /// <summary>Lines in use and calls so far; zeros for a gateway that was never asked.</summary>
    public (int LinesInUse, long TotalCalls) Read(string routingGateway) => _byName.TryGetValue(routingGateway, out var e)
        ? (Volatile.Read(ref e.LinesInUse), Volatile.Read(ref e.TotalCalls))
        : (0, 0);

    private Entry Of(string name) => _byName.GetOrAdd(name, static _ => new Entry());

    private sealed class Entry
    {
        public int LinesInUse;
        public long TotalCalls;
    }
}
