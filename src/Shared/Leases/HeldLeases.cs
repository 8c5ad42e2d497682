using System.Collections.Concurrent;
using Tandem.Shared.Calls;

namespace Tandem.Shared.Leases;

/// <summary>
/// The leases that calls on this node hold, by resource (text form of a gateway or account id): the owners' side, from which
/// a new owner of the resource learns what is taken (design §5). Written by call actors at grant and release, read when a
/// gateway or account actor asks; in memory only, since a lease lives no longer than its call.
/// </summary>
public sealed class HeldLeases
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<LeaseKey, long>> _byResource =
        new(StringComparer.Ordinal);

    /// <summary>A call on this node now holds, or is about to ask for, a lease.</summary>
    public void Add(string resource, LeaseKey lease, long amountMicros) =>
        _byResource.GetOrAdd(resource, static _ => new())[lease] = amountMicros;

    /// <summary>The call gave it back, or did not get it.</summary>
    public void Remove(string resource, LeaseKey lease)
    {
        if (_byResource.TryGetValue(resource, out var leases)) leases.TryRemove(lease, out _);
    }

    /// <summary>What is held of one resource now.</summary>
    public IReadOnlyList<HeldLease> Of(string resource) => _byResource.TryGetValue(resource, out var leases)
        ? [.. leases.Select(p => new HeldLease(p.Key, p.Value))]
        : [];

    /// <summary>Leases in all.</summary>
    public int Count => _byResource.Values.Sum(l => l.Count);
}
